"""The contract's truths hold in the ledger over random histories: what must be so whatever was delivered."""

import csv
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, find, given, settings

from tests.properties.histories import History, history_strategy, random_history
from tests.support.ledger import Ledger
from tests.support.ledger.money import ZERO
from tests.support.ledger.tables import ALL, BUSINESS_TYPES, MONEY

SEEDS = range(200)
RELAXED = settings(
    max_examples=60, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)


def final_ledger(history: History) -> Ledger:
    return Ledger(history.raw(), history.landings[-1].as_of)


def assert_movements_conserve_payments(ledger: Ledger) -> None:
    """The movements of a payment sum to its amount (R6), and refunds never take it below zero (R8)."""
    paid: dict[str, Decimal] = defaultdict(lambda: ZERO)
    left: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for movement in ledger.movements:
        left[movement.payment.payment_id] += movement.amount_cny
        if movement.is_payment:
            paid[movement.payment.payment_id] += movement.amount_cny
    assert paid == {payment.payment_id: payment.amount_cny for payment in ledger.payments}
    assert all(amount >= 0 for amount in left.values())


def assert_orders_are_filled_to_their_bills(ledger: Ledger) -> None:
    """No component is paid beyond its bill, and the bill of an order that counts as paid is filled."""
    filled: dict[tuple, Decimal] = defaultdict(lambda: ZERO)
    for movement in ledger.movements:
        if movement.is_payment and movement.order and movement.component != "supplement":
            filled[movement.order.key, movement.component] += movement.amount_cny
    for (key, component), amount in filled.items():
        assert amount <= ledger.orders[key].bill[component]
    for paid in ledger.paid_orders:
        for component, amount in paid.order.bill.items():
            assert filled[paid.order.key, component] == amount


def assert_core_daily_adds_up(ledger: Ledger) -> None:
    core = ledger.core_daily()
    for (day, business_type), row in core.items():
        assert row["net_revenue_cny"] == row["gross_paid_cny"] - row["refund_cny"] - row["chargeback_cny"]
        assert row["new_user_count"] + row["returning_user_count"] == row["paying_user_count"]
        if business_type == ALL:
            parts = [core[day, one] for one in BUSINESS_TYPES]
            for measure in MONEY:
                assert row[measure] == sum(part[measure] for part in parts)
            orders = {paid.order.key for paid in ledger.paid_orders if paid.paid_date == day}
            assert row["paid_order_count"] == len(orders) <= sum(part["paid_order_count"] for part in parts)


def assert_marts_foot_to_the_fact(ledger: Ledger) -> None:
    """Every movement is in exactly one row of the marts of its business type."""
    total: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for movement in ledger.movements:
        total[movement.business_type] += movement.amount_cny
    for business_type, table in (
        ("purchase", ledger.orders_daily()),
        ("forwarding", ledger.forwarding_daily()),
        ("service", ledger.services_daily()),
    ):
        assert sum(row["net_revenue_cny"] for row in table.values()) == total[business_type]
    geography = ledger.users_geography().values()
    assert sum(row["net_revenue_cny"] for row in geography) == sum(total.values())
    segments = ledger.users_segments_daily().values()
    assert sum(row["net_revenue_cny"] for row in segments) == sum(total.values())


def assert_flow_is_cohort_and_the_rest(ledger: Ledger) -> None:
    """R9: over all time, flow = cohort + money of orders not yet paid in full or not yet arrived."""
    paid_keys = {paid.order.key for paid in ledger.paid_orders}
    rest = sum(
        movement.amount_cny
        for movement in ledger.movements
        if movement.business_type == "purchase" and movement.payment.order_key not in paid_keys
    )
    flow = sum(row["net_revenue_cny"] for row in ledger.orders_daily().values())
    cohort = sum(
        row["gross_paid_cny"] - row["refund_cny"] - row["chargeback_cny"]
        for row in ledger.orders_cohort_daily().values()
    )
    assert flow == cohort + rest


def assert_fx_identity(ledger: Ledger) -> None:
    """R14, per currency, where every payment has a rate."""
    by_currency: dict[str, list[dict]] = defaultdict(list)
    for row in ledger.core_fx_daily().values():
        by_currency[row["currency_code"]].append(row)
    for rows in by_currency.values():
        columns = ("amount_cny", "margin_cny", "fee_cny", "realised_cny", "settled_cny", "untracked_cny")
        if any(row[column] is None for row in rows for column in columns):
            continue
        totals = {column: sum(row[column] for row in rows) for column in columns}
        last = max(rows, key=lambda row: row["business_date"])
        earned = totals["amount_cny"] + totals["margin_cny"] - totals["fee_cny"] + totals["realised_cny"]
        assert (
            earned + last["unrealised_cny"]
            == totals["settled_cny"] + last["open_cny"] + totals["untracked_cny"]
        )


def assert_people_are_counted_once(ledger: Ledger) -> None:
    daily = ledger.core_daily()
    for (day,), row in ledger.users_daily().items():
        core = daily.get((day, ALL))
        if core is not None:
            measures = ("paying_user_count", "new_user_count", "returning_user_count")
            assert [row[measure] for measure in measures] == [core[measure] for measure in measures]
        assert row["paying_user_count"] <= row["active_buyers_7d"] <= row["active_buyers_30d"]
    new = sum(row["new_user_count"] for row in ledger.users_daily().values())
    assert new == len({payment.user_id for payment in ledger.payments})
    cohorts = [row for key, row in ledger.users_cohort_monthly().items() if key[1] == 0]
    assert new == sum(row["cohort_user_count"] for row in cohorts)


def assert_shares_sum_to_one(ledger: Ledger) -> None:
    sums: dict[tuple, Fraction] = defaultdict(Fraction)
    for row in ledger.forwarding_channel_share_daily().values():
        for column in ("paid_order_count", "chargeable_weight_g", "gross_paid_cny"):
            if row[f"{column}_share"] is not None:
                sums[row["business_date"], column] += row[f"{column}_share"]
    assert all(total == 1 for total in sums.values())


def assert_isolated(history: History, ledger: Ledger) -> None:
    """R2: without the data of the other types no figure of a type changes."""
    # By key: without its latest version alone, a payment that moved to a service order would be what it was.
    service_payment_ids = {
        payment_id
        for payment_id, row in ledger.payment_versions.items()
        if row.get("order_type") == "service"
    }
    service_free = {
        feed: [row for row in rows if feed != "payments" or row["payment_id"] not in service_payment_ids]
        for feed, rows in history.raw().items()
        if feed != "service_orders"
    }
    alone = Ledger(service_free, history.landings[-1].as_of)
    assert alone.orders_daily() == ledger.orders_daily()
    assert alone.forwarding_daily() == ledger.forwarding_daily()
    core = ledger.core_daily()
    for key, row in alone.core_daily().items():
        if key[1] in ("purchase", "forwarding"):
            # Payments that were taken away make their feed silent earlier; that is no figure.
            assert row | {"is_complete": None} == core[key] | {"is_complete": None}


def assert_truths(history: History) -> None:
    ledger = final_ledger(history)
    assert_movements_conserve_payments(ledger)
    assert_orders_are_filled_to_their_bills(ledger)
    assert_core_daily_adds_up(ledger)
    assert_marts_foot_to_the_fact(ledger)
    assert_flow_is_cohort_and_the_rest(ledger)
    assert_fx_identity(ledger)
    assert_people_are_counted_once(ledger)
    assert_shares_sum_to_one(ledger)
    assert_isolated(history, ledger)


def test_truths_hold_over_seeded_histories() -> None:
    for seed in SEEDS:
        try:
            assert_truths(random_history(seed))
        except AssertionError as failure:
            raise AssertionError(f"random_history({seed}): {failure}") from failure


@given(history_strategy())
@RELAXED
def test_truths_hold_over_shrinking_histories(history: History) -> None:
    assert_truths(history)


def test_seeded_histories_reach_every_table_and_every_kind_of_movement() -> None:
    tables, kinds, paid_types, quarantined = set(), set(), set(), 0
    positions = []
    for seed in SEEDS:
        ledger = final_ledger(random_history(seed))
        tables |= {name for name, table in ledger.tables().items() if table}
        kinds |= {
            (movement.component, movement.is_payment, movement.is_chargeback) for movement in ledger.movements
        }
        paid_types |= {
            (paid.order.order_type, paid.order.due_cny == 0, paid.order.is_billing_bundled_service)
            for paid in ledger.paid_orders
        }
        quarantined += len(ledger.quarantined_refund_ids)
        positions += ledger.positions
    assert tables == set(Ledger({}, random_history(0).landings[0].as_of).tables())
    for component in ("goods", "domestic_freight", "freight", "service", "supplement", "unallocated"):
        assert {(component, True, False), (component, False, False)} <= kinds
    assert any(is_chargeback for _, _, is_chargeback in kinds)
    assert {(one, False) for one in BUSINESS_TYPES} <= {(one, is_free) for one, is_free, _ in paid_types}
    assert any(is_bundling for _, _, is_bundling in paid_types)
    assert quarantined
    assert any(position.realised_cny is not None for position in positions)
    assert any(position.booked_cny is None for position in positions)


def test_histories_shrink_to_a_few_rows() -> None:
    history = find(
        history_strategy(),
        lambda one: any(movement.component == "supplement" for movement in final_ledger(one).movements),
        settings=settings(RELAXED, max_examples=2000),
        random=Random(0),
    )
    rows = history.raw()
    # A payment and the order that it pays too much for.
    assert sorted(len(delivered) for delivered in rows.values()) == [1, 1]
    assert len(rows["payments"]) == 1
    assert len(history.landings) == 1


def test_same_seed_gives_the_same_history() -> None:
    assert random_history(7).describe() == random_history(7).describe()
    assert random_history(7).describe() != random_history(8).describe()


@pytest.mark.parametrize("seed", [1, 2])
def test_written_files_hold_the_landings_rows(seed: int, tmp_path: Path) -> None:
    history = random_history(seed)
    for number, landing in enumerate(history.landings, start=1):
        paths = history.write(landing, tmp_path)
        assert [path.relative_to(tmp_path) for path in paths] == [
            Path(feed) / f"{number}.csv" for feed in landing.feeds
        ]
        for path, rows in zip(paths, landing.feeds.values(), strict=True):
            with path.open(encoding="utf-8", newline="") as file:
                read = [{name: value or None for name, value in row.items()} for row in csv.DictReader(file)]
            assert read == [{name: row.get(name) for name in read[0]} for row in rows]


def test_withdrawn_file_counts_no_longer_until_it_is_brought_back_or_landed_again() -> None:
    first, second = random_history(3).landings[:2]
    feed = next(iter(first.feeds))
    first, second = replace(first, turned=()), replace(second, turned=())
    without = History([first, replace(second, turned=((1, feed),))])
    assert without.raw() == {
        name: rows[len(first.feeds[name]) if name == feed else 0 :]
        for name, rows in History([first, second]).raw().items()
        if name != feed or name in second.feeds
    }
    restored = History([*without.landings, replace(second, feeds={}, turned=((1, feed),))])
    assert restored.raw() == History([first, second]).raw()
    again = History([*without.landings, first])
    assert again.raw()[feed] == without.raw().get(feed, []) + first.feeds[feed]


def test_file_landed_twice_adds_nothing() -> None:
    once = [replace(landing, turned=()) for landing in random_history(3).landings[:2]]
    twice = History([*once, once[0]])
    assert twice.raw() == History(once).raw()
