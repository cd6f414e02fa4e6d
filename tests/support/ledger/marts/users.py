"""User Growth: the tables users_*."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from tests.support.ledger.business_time import ONE_DAY, add_months, month_start
from tests.support.ledger.money import ZERO, ratio
from tests.support.ledger.people import UNKNOWN_COUNTRY
from tests.support.ledger.tables import ALL, Table, TableBuilder, TableRow, count_people, ranked

if TYPE_CHECKING:
    from tests.support.ledger.books import Ledger


def users_daily(books: Ledger) -> Table:
    """By (business_date,): every date from the first registration or counted payment to the as-of date."""
    time = books.time
    payers = books.payers_by_date
    dates = [*payers, *(registration.registered_date for registration in books.people.registrations)]
    builder = TableBuilder(("business_date",), {"registered_user_count": 0})
    for day in time.dates_from(min(dates)) if dates else ():
        row = builder.row(day)
        start, end = time.start_of(day), time.start_of(day + ONE_DAY)
        count_people(row, payers.get(day, set()), books.first_paid_at[ALL], start, end)
        for count in (7, 30):
            window = (payers.get(day - timedelta(days=back), set()) for back in range(count))
            row[f"active_buyers_{count}d"] = len(set().union(*window))
    for registration in books.people.registrations:
        builder.row(registration.registered_date)["registered_user_count"] += 1
    return builder.rows


def users_monthly(books: Ledger) -> Table:
    """By (month, business_type, country_code, acquisition_channel, gender), distinct over the month.

    Money and people stand with the payer, orders with their user, each as known at the end of the month.
    """
    time = books.time
    builder = TableBuilder(
        ("month", "business_type", "country_code", "acquisition_channel", "gender"),
        {"paying_user_count": 0, "new_user_count": 0, "returning_user_count": 0, "paid_order_count": 0}
        | {"gross_paid_cny": ZERO, "net_revenue_cny": ZERO},
    )

    def row_of(day: date, business_type: str, user_id: str) -> TableRow:
        month = month_start(day)
        end = time.start_of(add_months(month, 1))
        user = books.people.at(user_id, min(end, time.as_of))
        row = builder.row(month, business_type, user.country_code, user.acquisition_channel, user.gender)
        row["is_complete"] = books.is_complete(business_type, end)
        return row

    payers: set[tuple[date, str, str]] = set()
    for movement in books.movements:
        for business_type in (movement.business_type, ALL):
            row = row_of(movement.business_date, business_type, movement.user_id)
            row["net_revenue_cny"] += movement.amount_cny
            if movement.is_payment:
                row["gross_paid_cny"] += movement.amount_cny
                payers.add((month_start(movement.business_date), business_type, movement.user_id))
    for month, business_type, user_id in payers:
        first_month = month_start(time.date_of(books.first_paid_at[business_type][user_id]))
        row = row_of(month, business_type, user_id)
        row["paying_user_count"] += 1
        row["new_user_count" if first_month == month else "returning_user_count"] += 1
    for paid in books.paid_orders:
        counted_as = {paid.order.order_type, ALL}
        if paid.order.is_billing_bundled_service:
            counted_as.add("service")
        for business_type in counted_as:
            row_of(paid.paid_date, business_type, paid.order.user_id)["paid_order_count"] += 1
    return builder.rows


def users_segments_daily(books: Ledger) -> Table:
    """By (business_date, country_code, acquisition_channel, gender), as known at the end of the date (R19)."""
    builder = TableBuilder(
        ("business_date", "country_code", "acquisition_channel", "gender"),
        {"registered_user_count": 0, "paying_user_count": 0, "new_user_count": 0, "net_revenue_cny": ZERO},
    )

    def segment(user_id: str, day: date) -> tuple[date, str, str, str]:
        user = books.people.at(user_id, books.time.end_of(day))
        return day, user.country_code, user.acquisition_channel, user.gender

    for registration in books.people.registrations:
        row = builder.row(*segment(registration.user_id, registration.registered_date))
        row["registered_user_count"] += 1
    for day, payers in books.payers_by_date.items():
        for user_id in payers:
            row = builder.row(*segment(user_id, day))
            row["paying_user_count"] += 1
            row["new_user_count"] += books.time.date_of(books.first_paid_at[ALL][user_id]) == day
    for movement in books.movements:
        row = builder.row(*segment(movement.user_id, movement.business_date))
        row["net_revenue_cny"] += movement.amount_cny
    return builder.rows


def users_conversion_daily(books: Ledger) -> Table:
    """By (registered_date, acquisition_channel): how soon users first paid; upper bound exclusive.

    The channel is the one known at the end of the registered date (R19).
    """
    builder = TableBuilder(
        ("registered_date", "acquisition_channel"),
        {"registered_user_count": 0, "paid_7d_count": 0, "paid_30d_count": 0},
    )
    for registration in books.people.registrations:
        day = registration.registered_date
        user = books.people.at(registration.user_id, books.time.end_of(day))
        row = builder.row(day, user.acquisition_channel)
        row["registered_user_count"] += 1
        first_paid_at = books.first_paid_at[ALL].get(registration.user_id)
        if first_paid_at is not None:
            elapsed = first_paid_at - registration.registered_at
            row["paid_7d_count"] += elapsed < timedelta(days=7)
            row["paid_30d_count"] += elapsed < timedelta(days=30)
    for row in builder.rows.values():
        row["paid_30d_ratio"] = ratio(row["paid_30d_count"], row["registered_user_count"])
        row["is_mature"] = books.time.is_over(row["registered_date"], timedelta(days=30))
    return builder.rows


def users_cohort_monthly(books: Ledger) -> Table:
    """By (cohort_month, months_since): users by the month of their first counted payment.

    Money is by movement date, cumulative. Months run to the as-of month; measures of a month that is not over
    are None.
    """
    time = books.time
    cohort_of = {
        user_id: month_start(time.date_of(instant)) for user_id, instant in books.first_paid_at[ALL].items()
    }
    sizes: dict[date, int] = defaultdict(int)
    for cohort_month in cohort_of.values():
        sizes[cohort_month] += 1
    active: dict[tuple[date, date], set[str]] = defaultdict(set)
    for day, payers in books.payers_by_date.items():
        for user_id in payers:
            active[cohort_of[user_id], month_start(day)].add(user_id)
    money: dict[date, list[tuple[date, Decimal]]] = defaultdict(list)
    for movement in books.movements:
        money[cohort_of[movement.user_id]].append((movement.business_date, movement.amount_cny))
    rows: Table = {}
    for cohort_month, size in sizes.items():
        months_since = 0
        while (month := add_months(cohort_month, months_since)) <= time.as_of_date:
            next_month = add_months(month, 1)
            row = {
                "cohort_month": cohort_month,
                "months_since": months_since,
                "cohort_user_count": size,
                "active_user_count": None,
                "retention_ratio": None,
                "net_revenue_cny": None,
            }
            if time.is_over(next_month - ONE_DAY):
                active_count = len(active[cohort_month, month])
                row["active_user_count"] = active_count
                row["retention_ratio"] = ratio(active_count, size)
                row["net_revenue_cny"] = sum(
                    (amount for day, amount in money[cohort_month] if day < next_month),
                    ZERO,
                )
            rows[cohort_month, months_since] = row
            months_since += 1
    return rows


def users_geography(books: Ledger) -> Table:
    """By (country_code,): payers and money of all time and of the 30 business dates to the as-of date.

    A user's country: the latest known, else the destination of their last paid parcel, else `ZZ` (R19).
    Ranks have no ties: equal values are in order of the country code.
    """
    last_parcel: dict[str, tuple] = {}
    for paid in books.paid_orders_of("forwarding"):
        candidate = (paid.paid_at, paid.order.key[1], paid.order.row["destination_country"])
        last_parcel[paid.order.user_id] = max(candidate, last_parcel.get(paid.order.user_id, candidate))

    def country_of(user_id: str) -> str:
        known = books.people.latest(user_id).country_code
        if known != UNKNOWN_COUNTRY or user_id not in last_parcel:
            return known
        return last_parcel[user_id][2]

    first_recent = books.time.as_of_date - timedelta(days=29)
    builder = TableBuilder(("country_code",), {"net_revenue_cny": ZERO, "net_revenue_cny_30d": ZERO})
    payers: dict[str, set[str]] = defaultdict(set)
    recent_payers: dict[str, set[str]] = defaultdict(set)
    for movement in books.movements:
        country_code = country_of(movement.user_id)
        row = builder.row(country_code)
        is_recent = movement.business_date >= first_recent
        row["net_revenue_cny"] += movement.amount_cny
        row["net_revenue_cny_30d"] += movement.amount_cny if is_recent else ZERO
        if movement.is_payment:
            payers[country_code].add(movement.user_id)
            if is_recent:
                recent_payers[country_code].add(movement.user_id)
    for (country_code,), row in builder.rows.items():
        row["paying_user_count"] = len(payers[country_code])
        row["paying_user_count_30d"] = len(recent_payers[country_code])
    for measure, rank in (("paying_user_count", "paying_user_rank"), ("net_revenue_cny", "net_revenue_rank")):
        for suffix in ("", "_30d"):
            ranked(builder.rows.values(), (measure + suffix,), ("country_code",), rank + suffix)
    return builder.rows
