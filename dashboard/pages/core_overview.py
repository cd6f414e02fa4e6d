"""Core Overview: money, orders and users of all three businesses, and the exchange result."""

from dashboard.formats import Kind
from dashboard.pages.context import MONEY_KEYS, Context, Measure, cny, period_measures
from dashboard.pages.model import Page

QUERIES = ("core_overview_daily", "core_overview_types", "core_overview_currencies", "core_overview_fx")

_DAILY = (
    *(
        Measure(
            f"net_revenue_{business_type}",
            Kind.MONEY,
            "core_daily",
            "net_revenue_cny",
            part=("business_type", business_type),
        )
        for business_type in ("purchase", "forwarding", "service")
    ),
    Measure("net_revenue", Kind.MONEY, "core_daily", "net_revenue_cny"),
    Measure("paid_order_count", Kind.COUNT, "core_daily", "paid_order_count"),
    Measure("new_user_count", Kind.COUNT, "core_daily", "new_user_count"),
)
_PAID = Measure("gross_paid", Kind.MONEY, "core_daily", "gross_paid_cny")
_PAID_IN, _MARGIN, _FEE, _REALISED, _OPEN, _UNREALISED = cny(
    "core_fx_daily", "amount_cny", "margin_cny", "fee_cny", "realised_cny", "open_cny", "unrealised_cny"
)
_FX = (
    Measure("payment_count", Kind.COUNT, "core_fx_daily", "payment_count"),
    _PAID_IN,
    _MARGIN,
    _FEE,
    _REALISED,
    _OPEN,
    _UNREALISED,
    Measure("rate_cny", Kind.RATE, "core_fx_daily", "rate_cny"),
)
(_PAID_CNY,) = cny("core_daily", "gross_paid_cny")


def page(context: Context) -> Page:
    daily = context.rows("core_overview_daily")
    return Page(
        tiles=context.tiles(
            "all",
            period_measures(
                *MONEY_KEYS,
                "paid_order_count",
                "paying_user_count",
                "new_user_count",
            ),
        ),
        charts=[
            context.chart(
                "net_revenue_by_type",
                daily,
                _DAILY,
                ("net_revenue_purchase", "net_revenue_forwarding", "net_revenue_service"),
            ),
            context.chart("orders_and_users", daily, _DAILY, ("paid_order_count", "new_user_count")),
        ],
        donuts=[
            context.donut(
                "types", "paid_by_type", context.rows("core_overview_types"), "business_type", _PAID
            ),
            context.donut(
                "currencies",
                "paid_by_currency",
                context.rows("core_overview_currencies"),
                "currency_code",
                _PAID_CNY,
            ),
        ],
        tables=[
            context.table(
                "fx",
                "fx_result",
                context.rows("core_overview_fx"),
                ["currency_code"],
                _FX,
                note=context.text("fx_note"),
                at_most=10,
            )
        ],
        daily=context.daily(daily, _DAILY),
    )
