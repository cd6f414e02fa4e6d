"""Logistics & Forwarding: parcel orders, routes, shipping lines, and warehouse services."""

from dashboard.formats import Kind
from dashboard.pages.context import MONEY_KEYS, Context, Measure, cny, cny_whole, period_measures
from dashboard.pages.model import Page

QUERIES = (
    "logistics_forwarding_daily",
    "logistics_forwarding_channels",
    "logistics_forwarding_routes",
    "logistics_forwarding_lines",
    "logistics_forwarding_services",
)

_DAILY = (
    *cny("forwarding_daily", "net_revenue_cny", "freight_margin_cny"),
    Measure("paid_order_count", Kind.COUNT, "forwarding_daily", "paid_order_count"),
    Measure("chargeable_weight_g", Kind.WEIGHT_KG, "forwarding_daily", "chargeable_weight_g"),
    Measure("on_time_ratio", Kind.RATIO, "forwarding_transit_daily", "on_time_ratio"),
)
(_CHANNEL_PAID,) = cny("forwarding_channel_share_daily", "gross_paid_cny")
_CHANNEL_WEIGHT = Measure(
    "chargeable_weight_g", Kind.WEIGHT_KG, "forwarding_channel_share_daily", "chargeable_weight_g"
)
_ROUTES = (
    Measure("paid_order_count", Kind.COUNT, "forwarding_routes", "paid_order_count"),
    Measure("chargeable_weight_g", Kind.WEIGHT_KG, "forwarding_routes", "chargeable_weight_g"),
    *cny("forwarding_routes", "gross_paid_cny", "freight_per_kg_cny"),
)
_LINES = (
    Measure("shipped_count", Kind.COUNT, "forwarding_transit_daily", "shipped_count"),
    Measure("delivered_count", Kind.COUNT, "forwarding_transit_daily", "delivered_count"),
    Measure("on_time_ratio", Kind.RATIO, "forwarding_transit_daily", "on_time_ratio"),
    Measure("lost_count", Kind.COUNT, "forwarding_transit_daily", "lost_count"),
    Measure("returned_count", Kind.COUNT, "forwarding_transit_daily", "returned_count"),
    Measure("seized_count", Kind.COUNT, "forwarding_transit_daily", "seized_count"),
)
(_SERVICE_PAID,) = cny("services_daily", "gross_paid_cny")
_SERVICES = (
    Measure("paid_order_count", Kind.COUNT, "services_daily", "paid_order_count"),
    *cny_whole("services_daily"),
)


def page(context: Context) -> Page:
    daily = context.rows("logistics_forwarding_daily")
    channels = context.rows("logistics_forwarding_channels")
    services = context.rows("logistics_forwarding_services")
    last_30 = context.text("last_30")
    return Page(
        tiles=context.tiles(
            "forwarding",
            period_measures(
                *MONEY_KEYS,
                "paid_order_count",
                "paying_user_count",
                "new_user_count",
            ),
        ),
        charts=[
            context.chart("forwarding_money", daily, _DAILY, ("net_revenue_cny", "freight_margin_cny")),
            context.chart("parcels", daily, _DAILY, ("paid_order_count",)),
            context.chart("chargeable_weight", daily, _DAILY, ("chargeable_weight_g",)),
            context.chart("on_time", daily, _DAILY, ("on_time_ratio",)),
        ],
        donuts=[
            context.donut("channel-paid", "paid_by_channel", channels, "channel", _CHANNEL_PAID),
            context.donut(
                "channel-weight",
                "weight_by_channel",
                sorted(channels, key=lambda row: (-row["chargeable_weight_g"], row["channel"])),
                "channel",
                _CHANNEL_WEIGHT,
            ),
            context.donut("service-paid", "paid_by_service", services, "service_code", _SERVICE_PAID),
        ],
        tables=[
            context.table(
                "routes",
                "routes",
                context.rows("logistics_forwarding_routes"),
                ["warehouse_code", "destination_country", "line_code"],
                _ROUTES,
                note=last_30,
            ),
            context.table(
                "lines",
                "lines",
                context.rows("logistics_forwarding_lines"),
                ["line_code"],
                _LINES,
                note=context.text("mature_180"),
            ),
            context.table("services", "services", services, ["service_code"], _SERVICES, note=last_30),
        ],
        daily=context.daily(daily, _DAILY),
    )
