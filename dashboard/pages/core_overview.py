"""Core Overview: money, orders and users of all three businesses, today by the hour, and the exchange result."""

from dashboard.formats import Kind
from dashboard.pages.context import Context
from dashboard.pages.measure import MONEY_KEYS, Measure, Over, cny, count, period_measures
from dashboard.pages.model import Page, Tile
from dashboard.pages.tables import donut, ranking, series
from dashboard.pages.tiles import period_tile, period_tiles, standouts
from dashboard.pages.trend_charts import hour_chart, trend_charts

QUERIES = (
    "core_overview_daily",
    "core_overview_hours",
    "core_overview_publications",
    "core_overview_types",
    "core_overview_currencies",
    "core_overview_fx",
)
COMPARED = ()

_DAILY = (
    Measure("net_revenue", Kind.MONEY, "core_daily", "net_revenue_cny"),
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
    count("core_daily", "paid_order_count"),
    count("core_daily", "paying_user_count", Over.MEAN),
    count("core_daily", "new_user_count"),
)
_CHARTS = (
    "net_revenue",
    "net_revenue_purchase",
    "net_revenue_forwarding",
    "net_revenue_service",
    "paid_order_count",
    "new_user_count",
)
_PAID = Measure("gross_paid", Kind.MONEY, "core_daily", "gross_paid_cny")
(_HOURS,) = cny("core_hourly", "gross_paid_cny")
(_CURRENCY_PAID,) = cny("core_daily", "gross_paid_cny")
_FX = (
    Measure("payment_count", Kind.COUNT, "core_fx_daily", "payment_count"),
    *cny(
        "core_fx_daily", "amount_cny", "margin_cny", "fee_cny", "realised_cny", "open_cny", "unrealised_cny"
    ),
    Measure("rate_cny", Kind.RATE, "core_fx_daily", "rate_cny", adds_up=False),
)
# The page that says more, the business type it is about, and its figures.
_MODULES = (
    ("order_operations", "purchase", ("net_revenue", "paid_order_count")),
    ("logistics_forwarding", "forwarding", ("net_revenue", "paid_order_count")),
    ("logistics_forwarding", "service", ("net_revenue", "paid_order_count")),
    ("user_growth", "all", ("paying_user_count", "new_user_count")),
)


def page(context: Context) -> Page:
    daily = context.rows("core_overview_daily")
    return Page(
        tiles=period_tiles(
            context,
            "all",
            period_measures(*MONEY_KEYS, "paid_order_count", "paying_user_count", "new_user_count"),
        ),
        standouts=standouts(context, daily, _DAILY),
        charts=trend_charts(context, daily, _DAILY, _CHARTS),
        donuts=[
            donut(
                context,
                "types",
                "paid_by_type",
                context.rows("core_overview_types"),
                dimension="business_type",
                measure=_PAID,
            ),
            donut(
                context,
                "currencies",
                "paid_by_currency",
                context.rows("core_overview_currencies"),
                dimension="currency_code",
                measure=_CURRENCY_PAID,
            ),
        ],
        tables=[
            ranking(
                context,
                "fx",
                "fx_result",
                "core_overview_fx",
                ["currency_code"],
                measures=_FX,
                note=context.text("fx_note"),
            )
        ],
        series=series(context, daily, _DAILY),
        modules=[_module(context, *module) for module in _MODULES],
        hours=hour_chart(
            context, context.rows("core_overview_hours"), context.rows("core_overview_publications"), _HOURS
        ),
    )


def _module(context: Context, page_key: str, business_type: str, keys: tuple[str, ...]) -> Tile:
    title = (
        context.text(page_key)
        if business_type == "all"
        else context.text(
            "part", measure=context.text(page_key), part=context.code("business_type", business_type)
        )
    )
    return period_tile(
        context, title, "this_month", business_type, measures=period_measures(*keys), address=page_key
    )
