"""Figures of Logistics & Forwarding."""

from dataclasses import replace

from orchestration.explain.evidence import money, orders
from orchestration.explain.figures.measures import (
    LAST_30_DATES,
    SUM,
    SUM_OF_KNOWN,
    Measure,
    Rank,
    Ratio,
    Spec,
    component_figures,
    match_of,
    money_figures,
    percentiles,
    same,
)


def _parcel_sums(paid: Measure) -> dict[str, Measure]:
    boxes = replace(paid, evidence=orders.PARCEL_ORDER_BOXES, total=SUM)
    return {
        "paid_order_count": paid,
        "chargeable_weight_g": replace(
            boxes,
            evidence=orders.PARCEL_ORDER_BOXES.with_links(orders.SHIPPING_LINES),
            value="e.chargeable_weight_g",
        ),
        "box_count": replace(boxes, value="e.box_count"),
        "actual_weight_g": replace(boxes, value="e.actual_weight_g"),
        "carrier_cost_cny": replace(boxes, value="e.carrier_cost_cny", total=SUM_OF_KNOWN),
        "carrier_cost_known_box_count": replace(boxes, value="e.carrier_cost_known_box_count"),
        "freight_margin_cny": replace(
            paid,
            evidence=orders.PARCEL_ORDER_RESULTS,
            value="e.net_revenue_cny - e.carrier_cost_cny",
            total=SUM_OF_KNOWN,
            where="e.box_count > 0 and e.carrier_cost_known_box_count = e.box_count",
            note="Orders without boxes, and those with a box whose cost is not known yet, contribute nothing.",
        ),
    }


def _forwarding_daily() -> dict[str, Spec]:
    attributes = ("warehouse_code", "line_code", "channel", "destination_country")
    on_date, of_forwarding = same("business_date", *attributes), "e.business_type = 'forwarding'"
    paid = Measure(orders.PARCEL_ORDERS, f"{match_of(business_date='e.paid_date')} and {same(*attributes)}")
    return {
        **_parcel_sums(paid),
        **component_figures(
            on_date,
            of_forwarding,
            "freight",
            "surcharge",
            "insurance",
            "customs",
            "supplement",
            "unallocated",
        ),
        **money_figures(money.MOVEMENTS, on_date, of_forwarding),
    }


def _forwarding_channel_share_daily() -> dict[str, Spec]:
    of_forwarding = "e.business_type = 'forwarding'"
    names = ("paid_order_count", "chargeable_weight_g", "gross_paid_cny")
    found: dict[str, Spec] = {}
    for prefix, of_channel in (("", f" and {same('channel')}"), ("total_", "")):
        paid = Measure(orders.PARCEL_ORDERS, match_of(business_date="e.paid_date") + of_channel)
        measures = {
            **_parcel_sums(paid),
            **money_figures(money.MOVEMENTS, same("business_date") + of_channel, of_forwarding),
        }
        found |= {prefix + name: measures[name] for name in names}
    return found | {f"{name}_share": Ratio(name, f"total_{name}") for name in names}


def _forwarding_routes() -> dict[str, Spec]:
    route = same("warehouse_code", "destination_country", "line_code")
    paid_in_window = f"{route} and {LAST_30_DATES.format(date='business_date')}"
    of_forwarding = "e.business_type = 'forwarding'"
    paid = _parcel_sums(
        Measure(orders.PARCEL_ORDERS, f"{route} and {LAST_30_DATES.format(date='paid_date')}")
    )
    return {
        "rank": Rank(
            (
                "paid_order_count desc",
                "gross_paid_cny desc",
                "warehouse_code",
                "destination_country",
                "line_code",
            )
        ),
        "paid_order_count": paid["paid_order_count"],
        "chargeable_weight_g": paid["chargeable_weight_g"],
        "gross_paid_cny": money_figures(money.MOVEMENTS, paid_in_window, of_forwarding)["gross_paid_cny"],
        **component_figures(paid_in_window, of_forwarding, "freight"),
        "freight_per_kg_cny": Ratio("freight_cny", "chargeable_weight_g", scale=1000, decimals=2),
    }


def _forwarding_transit_daily() -> dict[str, Spec]:
    shipped = Measure(orders.SHIPMENTS, same("shipped_date", "line_code"), where="e.is_counted")
    return {
        "shipped_count": shipped,
        "delivered_count": replace(shipped, where=f"{shipped.where} and e.is_delivered"),
        "on_time_count": replace(
            shipped,
            evidence=orders.SHIPMENTS.with_links(orders.SHIPPING_LINES),
            where=f"{shipped.where} "
            "and e.delivered_at <= e.shipped_at + to_days(cast(e.promised_days as integer))",
        ),
        "on_time_ratio": Ratio("on_time_count", "delivered_count"),
        **{
            f"{status}_count": replace(shipped, where=f"{shipped.where} and e.status = '{status}'")
            for status in ("lost", "returned", "seized")
        },
        **percentiles(
            "transit_days",
            replace(shipped, match=f"{shipped.match} and e.is_counted"),
            "shipped_at",
            "delivered_at",
            86_400_000_000,
        ),
    }


def _services_daily() -> dict[str, Spec]:
    return {
        "paid_order_count": Measure(
            orders.PAID_SERVICES, f"{match_of(business_date='e.paid_date')} and {same('service_code')}"
        ),
        **money_figures(
            money.MOVEMENTS, same("business_date", "service_code"), "e.business_type = 'service'"
        ),
    }


FIGURES: dict[str, dict[str, Spec]] = {
    "forwarding_daily": _forwarding_daily(),
    "forwarding_channel_share_daily": _forwarding_channel_share_daily(),
    "forwarding_routes": _forwarding_routes(),
    "forwarding_transit_daily": _forwarding_transit_daily(),
    "services_daily": _services_daily(),
}
