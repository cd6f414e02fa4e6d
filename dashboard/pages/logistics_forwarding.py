"""Logistics & Forwarding: parcel orders, routes, shipping lines, and warehouse services."""

from dashboard.formats import Kind
from dashboard.pages.context import Context
from dashboard.pages.measure import MONEY_KEYS, Measure, cny, cny_whole, count, period_measures, ratio
from dashboard.pages.model import Page
from dashboard.pages.tables import donut, ranking, series, stacks
from dashboard.pages.tiles import period_tiles, standouts
from dashboard.pages.trend_charts import trend_charts

QUERIES = (
    "logistics_forwarding_daily",
    "logistics_forwarding_channels",
    "logistics_forwarding_channel_months",
    "logistics_forwarding_routes",
    "logistics_forwarding_lines",
    "logistics_forwarding_services",
)
COMPARED = ("logistics_forwarding_services",)

_SERVICES = (count("services_daily", "paid_order_count"), *cny_whole("services_daily"))
_SERVICE_PAID, _SERVICE_NET = _SERVICES[1], _SERVICES[4]
_DAILY = (
    *cny("forwarding_daily", "net_revenue_cny"),
    *cny("forwarding_daily", "freight_margin_cny", is_sparse=True),
    count("forwarding_daily", "paid_order_count"),
    Measure("chargeable_weight_g", Kind.WEIGHT_KG, "forwarding_daily", "chargeable_weight_g"),
    ratio("forwarding_transit_daily", "on_time_ratio", "on_time_count", "delivered_count"),
    Measure(
        "service_net_revenue_cny",
        Kind.MONEY,
        "services_daily",
        "net_revenue_cny",
        is_cny=True,
        part=("business_type", "service"),
    ),
)
_CHARTS = tuple(measure.key for measure in _DAILY)
(_CHANNEL_PAID,) = cny("forwarding_channel_share_daily", "gross_paid_cny")
_CHANNEL_WEIGHT = Measure(
    "chargeable_weight_g", Kind.WEIGHT_KG, "forwarding_channel_share_daily", "chargeable_weight_g"
)
_ROUTES = (
    count("forwarding_routes", "paid_order_count"),
    Measure("chargeable_weight_g", Kind.WEIGHT_KG, "forwarding_routes", "chargeable_weight_g"),
    *cny("forwarding_routes", "gross_paid_cny"),
    *cny("forwarding_routes", "freight_per_kg_cny", adds_up=False),
)
_LINES = (
    count("forwarding_transit_daily", "shipped_count"),
    count("forwarding_transit_daily", "delivered_count"),
    count("forwarding_transit_daily", "on_time_count"),
    ratio("forwarding_transit_daily", "on_time_ratio", "on_time_count", "delivered_count"),
    count("forwarding_transit_daily", "lost_count"),
    count("forwarding_transit_daily", "returned_count"),
    count("forwarding_transit_daily", "seized_count"),
)


def page(context: Context) -> Page:
    daily = context.rows("logistics_forwarding_daily")
    channels = context.rows("logistics_forwarding_channels")
    last_30 = context.text("last_30")
    return Page(
        tiles=period_tiles(
            context,
            "forwarding",
            period_measures(*MONEY_KEYS, "paid_order_count", "paying_user_count", "new_user_count"),
        ),
        standouts=standouts(context, daily, _DAILY),
        charts=trend_charts(context, daily, _DAILY, _CHARTS),
        donuts=[
            donut(
                context,
                "channel-paid",
                "paid_by_channel",
                channels,
                dimension="channel",
                measure=_CHANNEL_PAID,
            ),
            donut(
                context,
                "channel-weight",
                "weight_by_channel",
                sorted(channels, key=lambda row: (-row["chargeable_weight_g"], row["channel"])),
                dimension="channel",
                measure=_CHANNEL_WEIGHT,
            ),
            donut(
                context,
                "service-paid",
                "paid_by_service",
                context.rows("logistics_forwarding_services"),
                dimension="service_code",
                measure=_SERVICE_PAID,
            ),
        ],
        stacks=[
            stacks(
                context,
                "channels_by_month",
                context.rows("logistics_forwarding_channel_months"),
                "channel",
                _CHANNEL_PAID,
            )
        ],
        tables=[
            ranking(
                context,
                "routes",
                "routes",
                "logistics_forwarding_routes",
                ["warehouse_code", "destination_country", "line_code"],
                measures=_ROUTES,
                note=last_30,
            ),
            ranking(
                context,
                "lines",
                "lines",
                "logistics_forwarding_lines",
                ["line_code"],
                measures=_LINES,
                note=context.text("mature_180"),
            ),
            ranking(
                context,
                "services",
                "services",
                "logistics_forwarding_services",
                ["service_code"],
                measures=_SERVICES,
                note=last_30,
                change_of=_SERVICE_NET,
            ),
        ],
        series=series(context, daily, _DAILY),
    )
