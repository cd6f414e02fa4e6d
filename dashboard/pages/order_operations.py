"""Order Operations: purchase orders from creation to refund."""

from dashboard.formats import Kind
from dashboard.pages.context import MONEY_KEYS, Context, Measure, cny, cny_whole, period_measures
from dashboard.pages.model import Page

QUERIES = (
    "order_operations_daily",
    "order_operations_platforms",
    "order_operations_countries",
    "order_operations_channels",
    "order_operations_cohorts",
    "order_operations_refunds",
    "order_operations_reasons",
)

_MONEY = cny_whole("orders_daily")
_PAID = _MONEY[0]
(_REFUND,) = cny("orders_refunds_daily", "refund_cny")
_ORDERS = Measure("paid_order_count", Kind.COUNT, "orders_daily", "paid_order_count")
_DAILY = (
    *(
        Measure(key, Kind.MONEY, "orders_daily", f"{key}_cny")
        for key in ("gross_paid", "refund", "chargeback", "net_revenue")
    ),
    Measure("created_order_count", Kind.COUNT, "orders_conversion_daily", "created_order_count"),
    _ORDERS,
    Measure("paid_72h_ratio", Kind.RATIO, "orders_conversion_daily", "paid_72h_ratio"),
)
_COHORTS = (
    Measure("paid_order_count", Kind.COUNT, "orders_cohort_daily", "paid_order_count"),
    Measure("completed_order_count", Kind.COUNT, "orders_cohort_daily", "completed_order_count"),
    Measure("cancelled_order_count", Kind.COUNT, "orders_cohort_daily", "cancelled_order_count"),
    Measure("refunded_order_count", Kind.COUNT, "orders_cohort_daily", "refunded_order_count"),
    Measure(
        "purchase_cost_known_order_count",
        Kind.COUNT,
        "orders_cohort_daily",
        "purchase_cost_known_order_count",
    ),
    *cny("orders_cohort_daily", "purchase_margin_cny"),
)


def page(context: Context) -> Page:
    daily = context.rows("order_operations_daily")
    last_30 = context.text("last_30")
    return Page(
        tiles=context.tiles(
            "purchase",
            period_measures(
                *MONEY_KEYS,
                "paid_order_count",
                "paying_user_count",
                "new_user_count",
            ),
        ),
        charts=[
            context.chart("paid_and_refunded", daily, _DAILY, ("gross_paid", "refund", "chargeback")),
            context.chart("created_and_paid", daily, _DAILY, ("created_order_count", "paid_order_count")),
            context.chart("paid_72h", daily, _DAILY, ("paid_72h_ratio",)),
        ],
        donuts=[
            context.donut(
                "platform-shares",
                "paid_by_platform",
                context.rows("order_operations_platforms"),
                "platform",
                _PAID,
            ),
            context.donut(
                "reason-shares",
                "refund_by_reason",
                context.rows("order_operations_reasons"),
                "reason",
                _REFUND,
            ),
        ],
        tables=[
            context.table(
                "platforms",
                "platforms",
                context.rows("order_operations_platforms"),
                ["platform"],
                [
                    _ORDERS,
                    Measure("item_quantity", Kind.COUNT, "orders_daily", "item_quantity"),
                    *_MONEY,
                ],
                note=last_30,
            ),
            context.table(
                "countries",
                "countries",
                context.rows("order_operations_countries"),
                ["country_code"],
                [_ORDERS, *_MONEY],
                note=last_30,
            ),
            context.table(
                "channels",
                "channels_of_users",
                context.rows("order_operations_channels"),
                ["acquisition_channel"],
                [_ORDERS, *_MONEY],
                note=last_30,
            ),
            context.table(
                "refunds",
                "refunds",
                context.rows("order_operations_refunds"),
                ["component", "reason"],
                [
                    Measure("refund_count", Kind.COUNT, "orders_refunds_daily", "refund_count"),
                    _REFUND,
                ],
                note=last_30,
            ),
            context.table(
                "cohorts",
                "order_cohorts",
                context.rows("order_operations_cohorts"),
                ["platform"],
                _COHORTS,
                note=context.text("mature_180"),
            ),
        ],
        daily=context.daily(daily, _DAILY),
    )
