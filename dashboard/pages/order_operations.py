"""Order Operations: purchase orders from creation to refund."""

from dashboard.formats import Kind
from dashboard.pages.context import Context
from dashboard.pages.measure import MONEY_KEYS, Measure, cny, cny_whole, count, period_measures, ratio
from dashboard.pages.model import Page
from dashboard.pages.tables import donut, ranking, series
from dashboard.pages.tiles import period_tiles, standouts
from dashboard.pages.trend_charts import trend_charts

QUERIES = (
    "order_operations_daily",
    "order_operations_platforms",
    "order_operations_countries",
    "order_operations_channels",
    "order_operations_cohorts",
    "order_operations_refunds",
    "order_operations_reasons",
)
COMPARED = (
    "order_operations_platforms",
    "order_operations_countries",
    "order_operations_channels",
    "order_operations_refunds",
)

_MONEY = cny_whole("orders_daily")
_PAID, _NET = _MONEY[0], _MONEY[3]
(_REFUND,) = cny("orders_refunds_daily", "refund_cny")
_ORDERS = count("orders_daily", "paid_order_count")
_DAILY = (
    *(Measure(key, Kind.MONEY, "orders_daily", f"{key}_cny") for key in MONEY_KEYS),
    count("orders_conversion_daily", "created_order_count"),
    _ORDERS,
    ratio("orders_conversion_daily", "paid_72h_ratio", "paid_72h_count", "mature_order_count"),
)
_CHARTS = (
    "net_revenue",
    "gross_paid",
    "refund",
    "created_order_count",
    "paid_order_count",
    "paid_72h_ratio",
)
_PLATFORMS = (_ORDERS, count("orders_daily", "item_quantity"), *_MONEY)
_REFUNDS = (count("orders_refunds_daily", "refund_count", adds_up=False), _REFUND)
_COHORTS = (
    count("orders_cohort_daily", "paid_order_count"),
    count("orders_cohort_daily", "completed_order_count"),
    count("orders_cohort_daily", "cancelled_order_count"),
    count("orders_cohort_daily", "refunded_order_count"),
    count("orders_cohort_daily", "purchase_cost_known_order_count"),
    *cny("orders_cohort_daily", "purchase_margin_cny", is_sparse=True),
)


def page(context: Context) -> Page:
    daily = context.rows("order_operations_daily")
    last_30 = context.text("last_30")
    return Page(
        tiles=period_tiles(
            context,
            "purchase",
            period_measures(*MONEY_KEYS, "paid_order_count", "paying_user_count", "new_user_count"),
        ),
        standouts=standouts(context, daily, _DAILY),
        charts=trend_charts(context, daily, _DAILY, _CHARTS),
        donuts=[
            donut(
                context,
                "platform-shares",
                "paid_by_platform",
                context.rows("order_operations_platforms"),
                dimension="platform",
                measure=_PAID,
            ),
            donut(
                context,
                "reason-shares",
                "refund_by_reason",
                context.rows("order_operations_reasons"),
                dimension="reason",
                measure=_REFUND,
            ),
        ],
        tables=[
            ranking(
                context,
                "platforms",
                "platforms",
                "order_operations_platforms",
                ["platform"],
                measures=_PLATFORMS,
                note=last_30,
                change_of=_NET,
            ),
            ranking(
                context,
                "countries",
                "countries",
                "order_operations_countries",
                ["country_code"],
                measures=[_ORDERS, *_MONEY],
                note=last_30,
                change_of=_NET,
            ),
            ranking(
                context,
                "channels",
                "channels_of_users",
                "order_operations_channels",
                ["acquisition_channel"],
                measures=[_ORDERS, *_MONEY],
                note=last_30,
                change_of=_NET,
            ),
            ranking(
                context,
                "refunds",
                "refunds",
                "order_operations_refunds",
                ["component", "reason"],
                measures=_REFUNDS,
                note=last_30,
                change_of=_REFUND,
            ),
            ranking(
                context,
                "cohorts",
                "order_cohorts",
                "order_operations_cohorts",
                ["platform"],
                measures=_COHORTS,
                note=context.text("mature_180"),
            ),
        ],
        series=series(context, daily, _DAILY),
    )
