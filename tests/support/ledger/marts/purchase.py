"""Order Operations: orders_daily, orders_cohort_daily, orders_conversion_daily, orders_refunds_daily."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from tests.support.ledger.business_time import elapsed_in
from tests.support.ledger.money import ZERO, known_total, percentile, ratio
from tests.support.ledger.orders import OrderKey, PaidOrder, cny
from tests.support.ledger.people import UNKNOWN
from tests.support.ledger.tables import Table, TableBuilder, TableRow, add_money, no_money

if TYPE_CHECKING:
    from tests.support.ledger.books import Ledger

_COMPONENT_COLUMNS = ("goods_cny", "domestic_freight_cny", "service_fee_cny", "supplement_cny")
MEDIAN, NINETIETH = Fraction(1, 2), Fraction(9, 10)


def orders_daily(books: Ledger) -> Table:
    """By (business_date, platform, country_code, acquisition_channel), flow.

    Orders stand with their own user as known when they were paid, money with its payer as known at the payment.
    """
    builder = TableBuilder(
        ("business_date", "platform", "country_code", "acquisition_channel"),
        {"paid_order_count": 0, "item_quantity": 0} | no_money(*_COMPONENT_COLUMNS),
    )
    for movement in books.movements:
        if movement.business_type == "purchase":
            user = books.people.at(movement.user_id, movement.payment.succeeded_at)
            platform = movement.order.row["platform"] if movement.order else UNKNOWN
            row = builder.row(movement.business_date, platform, user.country_code, user.acquisition_channel)
            add_money(row, movement, _COMPONENT_COLUMNS)
    for paid in books.paid_orders_of("purchase"):
        user = books.people.at(paid.order.user_id, paid.paid_at)
        row = builder.row(
            paid.paid_date, paid.order.row["platform"], user.country_code, user.acquisition_channel
        )
        row["paid_order_count"] += 1
        row["item_quantity"] += books.item_quantity[paid.order.key[1]]
    return builder.rows


def orders_cohort_daily(books: Ledger) -> Table:
    """By (business_date, platform): purchase orders on their paid date, with all that became of them."""
    time = books.time
    cohorts: dict[tuple, list[PaidOrder]] = defaultdict(list)
    for paid in books.paid_orders_of("purchase"):
        cohorts[paid.paid_date, paid.order.row["platform"]].append(paid)
    money: dict[OrderKey, TableRow] = defaultdict(no_money)
    for movement in books.movements:
        add_money(money[movement.payment.order_key], movement)
    rows: Table = {}
    for (day, platform), cohort in cohorts.items():
        totals = [money[paid.order.key] for paid in cohort]
        costs = [
            None
            if paid.order.row.get("purchase_cost_cny") is None
            else cny(paid.order.row["purchase_cost_cny"])
            for paid in cohort
        ]
        margins = [
            None if cost is None else total["net_revenue_cny"] - cost
            for total, cost in zip(totals, costs, strict=True)
        ]
        row: TableRow = {
            "business_date": day,
            "platform": platform,
            "paid_order_count": len(cohort),
            "completed_order_count": sum(time.has_happened(p.order.row.get("completed_at")) for p in cohort),
            "cancelled_order_count": sum(p.order.is_cancelled for p in cohort),
            "refunded_order_count": sum(total["refund_cny"] > 0 for total in totals),
            "fully_refunded_order_count": sum(
                total["refund_cny"] >= total["gross_paid_cny"] > 0 for total in totals
            ),
            "gross_paid_cny": sum((total["gross_paid_cny"] for total in totals), ZERO),
            "refund_cny": sum((total["refund_cny"] for total in totals), ZERO),
            "chargeback_cny": sum((total["chargeback_cny"] for total in totals), ZERO),
            "purchase_cost_known_order_count": sum(cost is not None for cost in costs),
            "purchase_cost_cny": known_total(costs),
            "purchase_margin_cny": known_total(margins),
            "is_mature": time.is_over(day, timedelta(days=books.settings.cohort_window_days)),
        }
        for name, column in (("hours_to_purchase", "purchased_at"), ("hours_to_store", "stored_at")):
            hours = [
                elapsed_in(timedelta(hours=1), paid.order.row[column] - paid.paid_at)
                for paid in cohort
                if time.has_happened(paid.order.row.get(column))
            ]
            row[f"{name}_p50"], row[f"{name}_p90"] = percentile(hours, MEDIAN), percentile(hours, NINETIETH)
        rows[day, platform] = row
    return rows


def orders_conversion_daily(books: Ledger) -> Table:
    """By (created_date, platform): orders on their creation date; upper bounds exclusive."""
    time = books.time
    paid_at = {paid.order.key: paid.paid_at for paid in books.paid_orders_of("purchase")}
    builder = TableBuilder(
        ("created_date", "platform"),
        {"created_order_count": 0, "paid_24h_count": 0, "paid_72h_count": 0, "paid_count": 0},
    )
    for order in books.countable_orders("purchase"):
        if not time.has_happened(order.created_at):
            continue
        row = builder.row(time.date_of(order.created_at), order.row["platform"])
        row["created_order_count"] += 1
        if order.key in paid_at:
            elapsed = paid_at[order.key] - order.created_at
            row["paid_count"] += 1
            row["paid_24h_count"] += elapsed < timedelta(hours=24)
            row["paid_72h_count"] += elapsed < timedelta(hours=72)
    for row in builder.rows.values():
        row["paid_72h_ratio"] = ratio(row["paid_72h_count"], row["created_order_count"])
        row["is_mature"] = time.is_over(row["created_date"], timedelta(hours=72))
    return builder.rows


def orders_refunds_daily(books: Ledger) -> Table:
    """By (business_date, business_type, component, reason, destination), without chargebacks."""
    builder = TableBuilder(
        ("business_date", "business_type", "component", "reason", "destination"),
        {"refund_count": 0, "refund_cny": ZERO},
    )
    for movement in books.movements:
        if movement.is_refund and movement.refund is not None:
            # A refund has at most one movement per component, so each is one refund of its row.
            refund = movement.refund
            row = builder.row(
                movement.business_date,
                movement.business_type,
                movement.component,
                refund.reason,
                refund.destination,
            )
            row["refund_count"] += 1
            row["refund_cny"] -= movement.amount_cny
    return builder.rows
