"""Core Overview: the tables core_*."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import takewhile
from typing import TYPE_CHECKING

from tests.support.ledger.business_time import ONE_DAY, add_months, month_start, naive_utc
from tests.support.ledger.fx import Position
from tests.support.ledger.money import ZERO, display_amount, ratio, round_product, total_or_none
from tests.support.ledger.payments import has_succeeded, worth
from tests.support.ledger.tables import (
    ALL,
    BUSINESS_TYPES,
    MONEY,
    Table,
    TableBuilder,
    TableRow,
    add_money,
    count_people,
    no_money,
)

if TYPE_CHECKING:
    from tests.support.ledger.books import Ledger

CORE_MEASURES = (*MONEY, "paid_order_count", "paying_user_count", "new_user_count", "returning_user_count")


def core_daily(books: Ledger) -> Table:
    """By (business_date, business_type): every date from the first counted payment to the as-of date."""
    if not books.payments:
        return {}
    time = books.time
    first_date = min(payment.paid_date for payment in books.payments)
    builder = TableBuilder(("business_date", "business_type"), dict.fromkeys(CORE_MEASURES, 0) | no_money())
    for day in time.dates_from(first_date):
        for business_type in (*BUSINESS_TYPES, ALL):
            row = builder.row(day, business_type)
            row["is_complete"] = books.is_complete(business_type, time.start_of(day + ONE_DAY))
    payers: dict[tuple[date, str], set[str]] = defaultdict(set)
    for movement in books.movements:
        for business_type in (movement.business_type, ALL):
            key = (movement.business_date, business_type)
            if key in builder.rows:
                add_money(builder.rows[key], movement)
                if movement.is_payment:
                    payers[key].add(movement.user_id)
    for paid_date, _, business_type in books.paid_order_events:
        if (paid_date, business_type) in builder.rows:
            builder.rows[paid_date, business_type]["paid_order_count"] += 1
    for (day, business_type), users in payers.items():
        first_paid_at = books.first_paid_at[business_type]
        count_people(
            builder.rows[day, business_type],
            users,
            first_paid_at,
            time.start_of(day),
            time.start_of(day + ONE_DAY),
        )
    return builder.rows


def core_periods(books: Ledger) -> Table:
    """By (period, business_type): the measures of `core_daily`, also over the same elapsed time before."""
    time = books.time
    today = time.as_of_date
    yesterday, this_week, this_month = (
        today - ONE_DAY,
        today - timedelta(days=today.weekday()),
        month_start(today),
    )
    starts = {
        "today": (today, yesterday),
        "yesterday": (yesterday, yesterday - ONE_DAY),
        "this_week": (this_week, this_week - timedelta(days=7)),
        "this_month": (this_month, add_months(this_month, -1)),
    }
    rows: Table = {}
    for period, (start_date, previous_start_date) in starts.items():
        start, previous_start = time.start_of(start_date), time.start_of(previous_start_date)
        end = time.start_of(today) if period == "yesterday" else time.as_of
        previous_end = min(previous_start + (end - start), start)
        for business_type in (*BUSINESS_TYPES, ALL):
            row: TableRow = {
                "period": period,
                "business_type": business_type,
                "as_of_at": naive_utc(time.as_of),
                "period_start_date": start_date,
                "period_end_date": yesterday if period == "yesterday" else today,
                "is_complete": books.is_complete(business_type, end),
            }
            row |= _measures(books, business_type, start, end)
            previous = _measures(books, business_type, previous_start, previous_end)
            row |= {f"previous_{measure}": value for measure, value in previous.items()}
            rows[period, business_type] = row
    return rows


def _measures(books: Ledger, business_type: str, start: datetime, end: datetime) -> TableRow:
    """The measures of `core_daily` over the half-open window of instants."""
    row: TableRow = dict.fromkeys(CORE_MEASURES, 0) | no_money()
    payers = set()
    for movement in books.movements:
        if business_type in (movement.business_type, ALL) and start <= movement.moved_at < end:
            add_money(row, movement)
            if movement.is_payment:
                payers.add(movement.user_id)
    row["paid_order_count"] = sum(
        1
        for _, paid_at, order_business_type in books.paid_order_events
        if business_type == order_business_type and start <= paid_at < end
    )
    count_people(row, payers, books.first_paid_at[business_type], start, end)
    return row


def core_hourly(books: Ledger) -> Table:
    """By (business_date, business_hour, business_type): the last 35 dates, to the last hour that has begun."""
    if not books.payments:
        return {}
    time = books.time
    first_date = max(
        min(payment.paid_date for payment in books.payments), time.as_of_date - timedelta(days=34)
    )
    last_hour = time.hour_of(time.as_of - timedelta(microseconds=1))
    hours = ((day, hour) for day in time.dates_from(first_date) for hour in range(24))
    builder = TableBuilder(
        ("business_date", "business_hour", "business_type"), {"paid_order_count": 0} | no_money()
    )
    for hour in takewhile(lambda hour: hour <= last_hour, hours):
        for business_type in (*BUSINESS_TYPES, ALL):
            builder.row(*hour, business_type)
    payers: dict[tuple, set[str]] = defaultdict(set)
    for movement in books.movements:
        for business_type in (movement.business_type, ALL):
            key = (*time.hour_of(movement.moved_at), business_type)
            if key in builder.rows:
                add_money(builder.rows[key], movement)
                if movement.is_payment:
                    payers[key].add(movement.user_id)
    for paid in books.paid_orders:
        counted_as = {paid.order.order_type, ALL}
        if paid.order.is_billing_bundled_service:
            counted_as.add("service")
        for business_type in counted_as:
            key = (*time.hour_of(paid.paid_at), business_type)
            if key in builder.rows:
                builder.rows[key]["paid_order_count"] += 1
    for key, row in builder.rows.items():
        row["paying_user_count"] = len(payers[key])
    return builder.rows


def core_display_daily(books: Ledger) -> Table:
    """By (business_date, business_type, currency_code): the money of `core_daily`, each figure converted."""
    rows: Table = {}
    for (day, business_type), source in core_daily(books).items():
        for currency_code in books.settings.display_currencies:
            dated = books.rates.dated_on(currency_code, day)
            rate_date, rate = dated if dated else (None, None)
            rows[day, business_type, currency_code] = {
                "business_date": day,
                "business_type": business_type,
                "currency_code": currency_code,
                **{name.removesuffix("_cny"): display_amount(source[name], rate) for name in MONEY},
                "rate_cny": rate,
                "rate_date": rate_date,
                "is_rate_provisional": books.rates.is_awaited(currency_code, day),
                "is_rate_stale": rate_date is not None
                and (day - rate_date).days > books.settings.stale_rate_days,
            }
    return rows


def core_payments_daily(books: Ledger) -> Table:
    """By (business_date of initiation, method, currency_code): attempts by what became of them."""
    time = books.time
    statuses = ("succeeded", "failed", "expired")
    builder = TableBuilder(
        ("business_date", "method", "currency_code"),
        {"initiated_count": 0}
        | {f"{status}_count": 0 for status in statuses}
        | {"amount_cny": ZERO, "topup_cny": ZERO},
    )
    revenue = {payment.payment_id: payment.amount_cny for payment in books.payments}
    for row in books.payment_versions.values():
        is_test = (
            row.get("is_test")
            or row["user_id"] in books.people.test_ids
            or (row.get("order_type") or "", row.get("order_id") or "") in books.test_order_keys
        )
        if row.get("is_deleted") or is_test or not time.has_happened(row["initiated_at"]):
            continue
        figures = builder.row(time.date_of(row["initiated_at"]), row["method"], row["currency_code"])
        figures["initiated_count"] += 1
        if row["status"] in statuses:
            figures[f"{row['status']}_count"] += 1
        figures["amount_cny"] += revenue.get(row["payment_id"], ZERO)
        if row["purpose"] == "topup" and has_succeeded(row) and time.has_happened(row["succeeded_at"]):
            figures["topup_cny"] += worth(row, time.date_of(row["succeeded_at"]), books.rates) or ZERO
    for figures in builder.rows.values():
        ended = sum(figures[f"{status}_count"] for status in statuses)
        figures["succeeded_ratio"] = ratio(figures["succeeded_count"], ended)
    return builder.rows


def core_fx_daily(books: Ledger) -> Table:
    """By (business_date, currency_code): daily from the currency's first payment, levels at day end."""
    rows: Table = {}
    by_currency: dict[str, list[Position]] = defaultdict(list)
    for position in books.positions:
        by_currency[position.payment.currency_code].append(position)
    for currency_code, positions in by_currency.items():
        paid_on, settled_on = defaultdict(list), defaultdict(list)
        for position in positions:
            paid_on[position.payment.paid_date].append(position)
            if position.settled_date is not None:
                settled_on[position.settled_date].append(position)
        open_now: dict[str, Position] = {}
        for day in books.time.dates_from(min(paid_on)):
            paid, settled = paid_on.get(day, []), settled_on.get(day, [])
            untracked = [position for position in paid if position.is_untracked]
            open_now |= {
                position.payment.payment_id: position for position in paid if not position.is_untracked
            }
            for position in settled:
                open_now.pop(position.payment.payment_id, None)
            still_open = list(open_now.values())
            for_long = [
                position for position in still_open if day - position.payment.paid_date >= timedelta(days=31)
            ]
            rate = books.rates.on(currency_code, day)
            open_amount, open_cny = _level(still_open, rate)
            carrying_cny = total_or_none(position.carrying_cny for position in still_open)
            rows[day, currency_code] = {
                "business_date": day,
                "currency_code": currency_code,
                "paid_amount": sum((position.payment.amount for position in paid), Decimal(0)),
                "amount_cny": total_or_none(position.payment.amount_cny for position in paid),
                "booked_cny": total_or_none(position.booked_cny for position in paid),
                "margin_cny": total_or_none(position.margin_cny for position in paid),
                "fee_cny": total_or_none(position.fee_cny for position in paid),
                "settled_cny": total_or_none(position.settled_cny for position in settled),
                "realised_cny": total_or_none(position.realised_cny for position in settled),
                "open_amount": open_amount,
                "open_cny": open_cny,
                "unrealised_cny": None
                if open_cny is None or carrying_cny is None
                else open_cny - carrying_cny,
                "untracked_cny": total_or_none(position.carrying_cny for position in untracked),
                "open_over_30d_cny": _level(for_long, rate)[1],
            }
    return rows


def _level(positions: list[Position], rate: Decimal | None) -> tuple[Decimal, Decimal | None]:
    """What is open, in the currency and at the day's rate, rounded once; nothing open is 0 at any rate."""
    amount = sum((position.open_amount for position in positions), Decimal(0))
    if not positions:
        return amount, ZERO
    return amount, None if rate is None else round_product(amount, rate)
