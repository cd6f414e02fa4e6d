"""Figures of Order Operations."""

from dataclasses import replace

from orchestration.explain.evidence import money, orders
from orchestration.explain.figures.measures import (
    SUM,
    SUM_OF_KNOWN,
    Measure,
    Ratio,
    Spec,
    component_figures,
    match_of,
    money_figures,
    percentiles,
    same,
)


def _orders_daily() -> dict[str, Spec]:
    attributes = ("platform", "country_code", "acquisition_channel")
    on_date, of_purchase = same("business_date", *attributes), "e.business_type = 'purchase'"
    paid = Measure(orders.PAID_PURCHASES, f"{match_of(business_date='e.paid_date')} and {same(*attributes)}")
    return {
        "paid_order_count": paid,
        "item_quantity": replace(
            paid,
            evidence=orders.PAID_PURCHASES.with_links(orders.ORDER_LINES),
            value="e.item_quantity",
            total=SUM,
        ),
        **component_figures(
            on_date, of_purchase, "goods", "domestic_freight", "service_fee", "supplement", "unallocated"
        ),
        **money_figures(money.MOVEMENTS, on_date, of_purchase),
    }


def _orders_cohort_daily() -> dict[str, Spec]:
    paid = Measure(orders.PURCHASE_ORDERS, f"{match_of(business_date='e.paid_date')} and {same('platform')}")
    results = replace(paid, evidence=orders.PURCHASE_ORDER_RESULTS)
    found: dict[str, Spec] = {
        "paid_order_count": paid,
        "completed_order_count": replace(paid, where="e.is_completed"),
        "cancelled_order_count": replace(paid, where="e.is_cancelled"),
        "refunded_order_count": replace(results, where="e.refund_cny > 0"),
        "fully_refunded_order_count": replace(
            results, where="e.gross_paid_cny > 0 and e.refund_cny >= e.gross_paid_cny"
        ),
        "purchase_cost_known_order_count": replace(paid, where="e.purchase_cost_cny is not null"),
        **money_figures(
            money.MOVEMENTS,
            f"{match_of(business_date='e.order_paid_date')} and {same('platform')}",
            "e.business_type = 'purchase'",
        ),
        "purchase_cost_cny": replace(paid, value="e.purchase_cost_cny", total=SUM_OF_KNOWN),
        "purchase_margin_cny": replace(
            results,
            value="e.net_revenue_cny - e.purchase_cost_cny",
            total=SUM_OF_KNOWN,
            note="Orders whose purchase cost is not known yet contribute nothing.",
        ),
    }
    for name, instant in (("purchase", "purchased_at"), ("store", "stored_at")):
        times = replace(paid, evidence=orders.PURCHASE_ORDER_TIMES)
        found |= percentiles(f"hours_to_{name}", times, "paid_at", instant, 3_600_000_000)
    return found


def _orders_conversion_daily() -> dict[str, Spec]:
    created = Measure(orders.PURCHASE_ORDERS, same("created_date", "platform"), where="e.is_created")

    def paid_within(hours: int) -> Measure:
        return replace(
            created, where=f"{created.where} and e.paid_at < e.created_at + interval '{hours}' hour"
        )

    return {
        "created_order_count": created,
        "paid_24h_count": paid_within(24),
        "paid_72h_count": paid_within(72),
        "paid_count": replace(created, where=f"{created.where} and e.paid_at is not null"),
        "paid_72h_ratio": Ratio("paid_72h_count", "created_order_count"),
    }


def _orders_refunds_daily() -> dict[str, Spec]:
    refunds = Measure(
        orders.BILLED_MOVEMENTS,
        f"{same('business_date', 'business_type', 'component')} "
        f"and {match_of(reason='e.refund_reason', destination='e.refund_destination')}",
        SUM,
        "-e.amount_cny",
        "e.movement_type = 'refund'",
    )
    return {
        "refund_count": replace(refunds, total="count(distinct refund_id)"),
        "refund_cny": refunds,
    }


FIGURES: dict[str, dict[str, Spec]] = {
    "orders_daily": _orders_daily(),
    "orders_cohort_daily": _orders_cohort_daily(),
    "orders_conversion_daily": _orders_conversion_daily(),
    "orders_refunds_daily": _orders_refunds_daily(),
}
