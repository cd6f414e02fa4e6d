"""Logistics & Forwarding: forwarding_*, services_daily."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tests.support.ledger.business_time import ONE_DAY, elapsed_in
from tests.support.ledger.feeds import shown_code
from tests.support.ledger.marts.purchase import MEDIAN, NINETIETH
from tests.support.ledger.money import ZERO, percentile, ratio
from tests.support.ledger.orders import Order, OrderKey
from tests.support.ledger.people import UNKNOWN, UNKNOWN_COUNTRY
from tests.support.ledger.tables import Table, TableBuilder, TableRow, add_money, no_money, ranked

if TYPE_CHECKING:
    from tests.support.ledger.books import Ledger

_COMPONENT_COLUMNS = ("freight_cny", "surcharge_cny", "insurance_cny", "customs_cny", "supplement_cny")
PARCEL_BUNDLE = "parcel_bundle"


def _place(books: Ledger, order: Order | None) -> tuple[str, str, str, str]:
    """(warehouse_code, line_code, channel, destination_country) of a parcel order, unknown while it has not arrived."""
    if order is None:
        return UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN_COUNTRY
    channel = books.parcels[order.key].channel or UNKNOWN
    return (
        order.row["warehouse_code"],
        shown_code(order.row["line_code"]),
        channel,
        order.row["destination_country"],
    )


def forwarding_daily(books: Ledger) -> Table:
    """By (business_date, warehouse_code, line_code, channel, destination_country), flow.

    Weights, costs and the margin stand on the paid date. The margin is of the orders whose boxes, at least one,
    all have a known cost: all their movements of business type forwarding less these costs.
    """
    builder = TableBuilder(
        ("business_date", "warehouse_code", "line_code", "channel", "destination_country"),
        {
            "paid_order_count": 0,
            "box_count": 0,
            "actual_weight_g": 0,
            "chargeable_weight_g": Fraction(0),
            "carrier_cost_cny": None,
            "carrier_cost_known_box_count": 0,
            "freight_margin_cny": None,
        }
        | no_money(*_COMPONENT_COLUMNS),
    )
    net_of_order: dict[OrderKey, Decimal] = defaultdict(lambda: ZERO)
    for movement in books.movements:
        if movement.business_type == "forwarding":
            row = builder.row(movement.business_date, *_place(books, movement.order))
            add_money(row, movement, _COMPONENT_COLUMNS)
            net_of_order[movement.payment.order_key] += movement.amount_cny
    for paid in books.paid_orders_of("forwarding"):
        row = builder.row(paid.paid_date, *_place(books, paid.order))
        parcel = books.parcels[paid.order.key]
        row["paid_order_count"] += 1
        row["box_count"] += parcel.box_count
        row["actual_weight_g"] += parcel.actual_weight_g
        row["chargeable_weight_g"] += parcel.chargeable_weight_g
        if parcel.carrier_cost_cny is not None:
            row["carrier_cost_cny"] = (row["carrier_cost_cny"] or ZERO) + parcel.carrier_cost_cny
            row["carrier_cost_known_box_count"] += parcel.carrier_cost_known_box_count
            if parcel.carrier_cost_known_box_count == parcel.box_count:
                margin_cny = net_of_order[paid.order.key] - parcel.carrier_cost_cny
                row["freight_margin_cny"] = (row["freight_margin_cny"] or ZERO) + margin_cny
    return builder.rows


def forwarding_channel_share_daily(books: Ledger) -> Table:
    """By (business_date, channel): each measure with its share of the date."""
    measures = ("paid_order_count", "chargeable_weight_g", "gross_paid_cny")
    start: dict[str, Any] = {
        "paid_order_count": 0,
        "chargeable_weight_g": Fraction(0),
        "gross_paid_cny": ZERO,
    }
    builder = TableBuilder(("business_date", "channel"), start)
    totals = TableBuilder(("business_date",), start)
    for source in books.forwarding_daily().values():
        for row in (
            builder.row(source["business_date"], source["channel"]),
            totals.row(source["business_date"]),
        ):
            for measure in measures:
                row[measure] += source[measure]
    for row in builder.rows.values():
        total = totals.rows[(row["business_date"],)]
        row |= {f"{measure}_share": ratio(row[measure], total[measure]) for measure in measures}
    return builder.rows


def forwarding_routes(books: Ledger) -> Table:
    """By (warehouse_code, destination_country, line_code), the 30 business dates to the as-of date."""
    first_date = books.time.as_of_date - timedelta(days=29)
    key = ("warehouse_code", "destination_country", "line_code")
    builder = TableBuilder(
        key,
        {
            "paid_order_count": 0,
            "chargeable_weight_g": Fraction(0),
            "freight_cny": ZERO,
            "gross_paid_cny": ZERO,
        },
    )
    for source in books.forwarding_daily().values():
        if source["business_date"] >= first_date:
            row = builder.row(*(source[column] for column in key))
            for measure in ("paid_order_count", "chargeable_weight_g", "freight_cny", "gross_paid_cny"):
                row[measure] += source[measure]
    for row in builder.rows.values():
        row["freight_per_kg_cny"] = ratio(row["freight_cny"], row["chargeable_weight_g"] / 1000)
    ranked(builder.rows.values(), ("paid_order_count", "gross_paid_cny"), key, "rank")
    return builder.rows


def forwarding_transit_daily(books: Ledger) -> Table:
    """By (shipped_date, line_code): parcel orders on their shipping date, with what became of them."""
    time = books.time
    cohorts: dict[tuple, list[Order]] = defaultdict(list)
    for order in books.countable_orders("forwarding"):
        if time.has_happened(order.row.get("shipped_at")):
            cohorts[time.date_of(order.row["shipped_at"]), shown_code(order.row["line_code"])].append(order)
    rows: Table = {}
    for (day, line_code), cohort in cohorts.items():
        transit: list[Fraction] = []
        on_time_count = 0
        for order in cohort:
            if time.has_happened(order.row.get("delivered_at")):
                elapsed = order.row["delivered_at"] - order.row["shipped_at"]
                transit.append(elapsed_in(ONE_DAY, elapsed))
                promised_days = books.parcels[order.key].promised_days
                on_time_count += promised_days is not None and elapsed <= timedelta(days=promised_days)
        row: TableRow = {
            "shipped_date": day,
            "line_code": line_code,
            "shipped_count": len(cohort),
            "delivered_count": len(transit),
            "on_time_count": on_time_count,
            "on_time_ratio": ratio(on_time_count, len(transit)),
            "transit_days_p50": percentile(transit, MEDIAN),
            "transit_days_p90": percentile(transit, NINETIETH),
            "is_mature": time.is_over(day, timedelta(days=books.settings.cohort_window_days)),
        }
        for status in ("lost", "returned", "seized"):
            row[f"{status}_count"] = sum(order.row["status"] == status for order in cohort)
        rows[day, line_code] = row
    return rows


def services_daily(books: Ledger) -> Table:
    """By (business_date, service_code); services billed inside a parcel order are `parcel_bundle`."""
    builder = TableBuilder(("business_date", "service_code"), {"paid_order_count": 0} | no_money())
    for movement in books.movements:
        if movement.business_type != "service":
            continue
        if movement.payment.order_key[0] == "forwarding":
            service_code = PARCEL_BUNDLE
        else:
            service_code = movement.order.row["service_code"] if movement.order else UNKNOWN
        add_money(builder.row(movement.business_date, service_code), movement)
    for paid in books.paid_orders_of("service"):
        builder.row(paid.paid_date, paid.order.row["service_code"])["paid_order_count"] += 1
    for paid in books.paid_orders_of("forwarding"):
        if paid.order.is_billing_bundled_service:
            builder.row(paid.paid_date, PARCEL_BUNDLE)["paid_order_count"] += 1
    return builder.rows
