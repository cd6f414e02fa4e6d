"""Every data test finds what it is there to find: it runs on good data, then on data damaged in one place."""

import shutil
from collections.abc import Iterator

import duckdb
import pytest

from ingest.foundation.settings import Settings
from orchestration.catalogue.project import PROJECT_DIR
from orchestration.runs.build_file import open_build

MOVEMENTS = "standardised.std_money_movements"
ONE_PAYMENT = f"(select min(movement_id) from {MOVEMENTS} where movement_type = 'payment' and amount_cny > 1)"
ONE_REFUND = f"(select min(movement_id) from {MOVEMENTS} where movement_type = 'refund')"
ONE_GOODS = f"(select min(movement_id) from {MOVEMENTS} where component = 'goods')"
A_DATE = (
    "(select min(business_date) from marts.users_daily where new_user_count > 0 and returning_user_count > 0)"
)

# Test, and the statements that each damage what it guards.
DAMAGE = {
    "movements_conserve_payments": [
        f"update {MOVEMENTS} set amount_cny = amount_cny + 0.01 where movement_id = {ONE_PAYMENT}",
        f"delete from {MOVEMENTS} where movement_id = {ONE_PAYMENT}",
        f"insert into {MOVEMENTS} by name select * replace ('twice' as movement_id) from {MOVEMENTS} "
        f"where movement_id = {ONE_REFUND}",
        "update standardised.std_refunds set is_counted = true where quarantine_reason = 'exceeds_payment'",
    ],
    "movements_have_one_business_type": [
        f"update {MOVEMENTS} set business_type = 'service' where movement_id = {ONE_GOODS}",
        f"update {MOVEMENTS} set service_code = 'photo' where movement_id = {ONE_GOODS}",
        f"update {MOVEMENTS} set movement_type = 'gift' where movement_id = {ONE_GOODS}",
        f"update {MOVEMENTS} set component = 'tip' where movement_id = {ONE_GOODS}",
    ],
    "core_daily_foots_to_facts": [
        f"update marts.core_daily set {column} = {column} + 1 "
        f"where business_date = {A_DATE} and business_type = '{kind}'"
        for column, kind in (
            ("gross_paid_cny", "all"),
            ("refund_cny", "purchase"),
            ("chargeback_cny", "forwarding"),
            ("net_revenue_cny", "all"),
            ("paid_order_count", "service"),
            ("paying_user_count", "all"),
            ("new_user_count", "purchase"),
        )
    ]
    + [f"delete from marts.core_daily where business_date = {A_DATE} and business_type = 'all'"],
    "marts_foot_to_money_movements": [
        "update marts.orders_daily set goods_cny = goods_cny - 0.01, supplement_cny = supplement_cny + 0.01 "
        "where goods_cny > 1",
        "delete from marts.services_daily where gross_paid_cny > 0",
        "update marts.forwarding_daily set refund_cny = refund_cny + 1 where refund_cny > 0",
        "update marts.forwarding_channel_share_daily set gross_paid_cny = 2 * gross_paid_cny",
        "update marts.orders_refunds_daily set refund_cny = -refund_cny",
        "delete from marts.users_segments_daily where country_code = 'ZZ'",
    ],
    "margin_is_of_orders_with_known_costs": [
        "update marts.forwarding_daily set freight_margin_cny = freight_margin_cny - 0.01 where freight_margin_cny > 0",
        "update standardised.std_forwarding_boxes set carrier_cost_cny = null",
    ],
    "marts_foot_to_orders": [
        "update marts.orders_daily set paid_order_count = paid_order_count + 1 where paid_order_count > 0",
        "update marts.forwarding_daily set chargeable_weight_g = actual_weight_g - 1",
        "update marts.forwarding_daily set carrier_cost_cny = carrier_cost_cny - 0.01",
        "update marts.services_daily set paid_order_count = 0 where service_code = 'parcel_bundle'",
        "delete from marts.orders_conversion_daily where platform = '1688'",
        "update marts.forwarding_transit_daily set delivered_count = delivered_count + 1",
        "update marts.orders_cohort_daily set completed_order_count = 0",
    ],
    "user_marts_foot_to_facts": [
        "update marts.users_daily set registered_user_count = registered_user_count + 1",
        "update marts.users_segments_daily set new_user_count = paying_user_count",
        "delete from marts.users_conversion_daily where registered_user_count = 1",
        "update marts.users_cohort_monthly set cohort_user_count = cohort_user_count - 1",
        "update marts.users_geography set paying_user_count = paying_user_count + 1",
        "update marts.users_geography set net_revenue_cny_30d = net_revenue_cny",
    ],
    "cohort_revenue_accumulates_movements": [
        "update marts.users_cohort_monthly set net_revenue_cny = net_revenue_cny + 0.01",
        "update marts.users_cohort_monthly set active_user_count = coalesce(active_user_count, 0)",
        "update marts.users_cohort_monthly set months_since = months_since + 1",
    ],
    "channel_shares_sum_to_one": [
        "update marts.forwarding_channel_share_daily set gross_paid_cny_share = 0.5 * gross_paid_cny_share",
        "update marts.forwarding_channel_share_daily set chargeable_weight_g_share = null",
    ],
    "flow_equals_cohort_and_unpaid": [
        "update marts.orders_cohort_daily set net_revenue_cny = net_revenue_cny + 0.01",
        "delete from marts.orders_daily where platform = '1688'",
    ],
    "fx_identity_holds": [
        "update marts.core_fx_daily set realised_cny = realised_cny + 0.01 where currency_code = 'USD'",
        "update marts.core_fx_daily set open_cny = open_cny + 0.01 where currency_code = 'EUR'",
        "update marts.core_fx_daily set untracked_cny = 0 where untracked_cny > 0",
    ],
    "dates_are_dense": [
        f"delete from marts.core_daily where business_date = {A_DATE}",
        "delete from marts.core_daily where business_type = 'service'",
        f"delete from marts.users_daily where business_date > {A_DATE}",
        f"delete from marts.users_daily where business_date < {A_DATE}",
        f"delete from marts.core_fx_daily where currency_code = 'USD' and business_date = {A_DATE}",
        "delete from marts.users_daily",
    ],
    "discounts_are_spread_whole": [
        "update standardised.std_bills set discount_cny = discount_cny + 0.01, due_cny = due_cny - 0.01",
        "update standardised.std_bills set gross_cny = gross_cny + 0.01",
        "update standardised.std_bills set goods_due_cny = goods_due_cny + 0.01",
        "update standardised.std_bills set goods_due_cny = -goods_due_cny, service_due_cny = service_due_cny + 2 * goods_due_cny",
    ],
    "data_quality_counts_quarantine": [
        "delete from marts.core_data_quality where feed = 'payments'",
        "update marts.core_data_quality set quarantined_count = 1 + quarantined_count",
    ],
    "periods_foot_to_days": [
        "update marts.core_periods set gross_paid_cny = gross_paid_cny + 0.01 where period = 'this_week'",
        "update marts.core_periods set returning_user_count = returning_user_count + 1",
        "update marts.core_periods set period_start_date = period_start_date + 1 where period = 'this_month'",
    ],
    "display_foots_to_days": [
        "update marts.core_display_daily set gross_paid = gross_paid + 0.01 where currency_code = 'USD'",
        "update marts.core_display_daily set net_revenue = gross_paid - refund - chargeback where currency_code <> 'CNY'",
        "update marts.core_display_daily set refund = null where business_type = 'all' and rate_cny is not null",
        "delete from marts.core_display_daily where currency_code = 'EUR' and business_type = 'purchase'",
        f"update marts.core_display_daily set business_date = business_date - 400 where business_date = {A_DATE}",
    ],
    "hours_foot_to_days": [
        "update marts.core_hourly set gross_paid_cny = gross_paid_cny + 0.01 where business_type = 'all'",
        "update marts.core_hourly set paid_order_count = paid_order_count + 1 where paid_order_count > 0",
        "update marts.core_hourly set paid_order_count = paid_order_count + 1 where business_type = 'all'",
        "update marts.core_hourly set paying_user_count = 100000 where paying_user_count > 0",
        "delete from marts.core_hourly where business_hour = 4 and business_type = 'service'",
        "update marts.core_hourly set business_date = business_date - 400",
    ],
    "attempts_foot_to_payments": [
        "update marts.core_payments_daily set initiated_count = initiated_count + 1 where method = 'card'",
        "update marts.core_payments_daily set amount_cny = amount_cny + 0.01 where method = 'wallet'",
        "update marts.core_payments_daily set failed_count = initiated_count + 1 where method = 'card'",
        "delete from marts.core_payments_daily where method = 'paypal'",
    ],
    "months_foot_to_facts": [
        "update marts.users_monthly set net_revenue_cny = net_revenue_cny + 0.01 where business_type = 'all'",
        "update marts.users_monthly set paying_user_count = paying_user_count + 1",
        "update marts.users_monthly set new_user_count = new_user_count + 1 where business_type = 'service'",
        "update marts.users_monthly set paid_order_count = 0 where business_type = 'forwarding'",
        "delete from marts.users_monthly where country_code = 'US'",
    ],
    "users_add_up": [
        "update marts.users_daily set returning_user_count = returning_user_count + 1",
        "update marts.users_daily set active_buyers_30d = active_buyers_7d - 1 where active_buyers_7d > 0",
    ],
    "key_is_unique_core_daily": [
        f"insert into marts.core_daily select * from marts.core_daily where business_date = {A_DATE}",
        f"update marts.core_daily set business_type = null where business_date = {A_DATE}",
    ],
}
# Needs no table: its examples are in the test.
OF_NO_TABLE = {"display_currency_rounds_half_away_from_zero"}


@pytest.fixture(scope="module")
def tests(simulated: Settings) -> dict[str, str]:
    """The SQL of each test, as the simulated warehouse's own build ran it."""
    compiled = simulated.dbt_target_dir / "compiled" / "daigou_warehouse"
    found = {
        path.stem: path.read_text(encoding="utf-8")
        for path in (compiled / "tests" / "integrity").glob("*.sql")
    }
    (key_test,) = compiled.rglob("key_is_unique_core_daily_*.sql")
    return {**found, "key_is_unique_core_daily": key_test.read_text(encoding="utf-8")}


@pytest.fixture(scope="module")
def build(
    simulated: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy to damage; its name is the catalog that the tests name."""
    path = tmp_path_factory.mktemp("damaged") / simulated.build_path.name
    shutil.copy(simulated.build_path, path)
    with open_build(simulated, path) as connection:
        yield connection


def test_every_singular_test_is_tried(tests: dict[str, str]) -> None:
    written = {path.stem for path in (PROJECT_DIR / "tests" / "integrity").glob("*.sql")}
    assert written == set(DAMAGE) - {"key_is_unique_core_daily"} | OF_NO_TABLE
    assert set(tests) == set(DAMAGE) | OF_NO_TABLE


@pytest.mark.parametrize("name", sorted(DAMAGE))
def test_good_data_passes(name: str, tests: dict[str, str], build: duckdb.DuckDBPyConnection) -> None:
    assert build.execute(tests[name]).fetchall() == []


@pytest.mark.parametrize(
    ("name", "damage"),
    [(name, damage) for name, statements in DAMAGE.items() for damage in statements],
)
def test_damaged_data_fails(
    name: str, damage: str, tests: dict[str, str], build: duckdb.DuckDBPyConnection
) -> None:
    build.execute("begin")
    try:
        changed = build.execute(damage).fetchone()
        assert changed is not None, damage
        assert changed[0] > 0, f"nothing to damage: {damage}"
        assert build.execute(tests[name]).fetchall() != []
    finally:
        build.execute("rollback")
