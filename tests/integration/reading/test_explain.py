"""`warehouse explain`: every figure adds up from its rows, down to the raw lines."""

import gzip
import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from ingest.contract.feeds import FEEDS
from ingest.foundation.errors import UsageError, WarehouseError
from ingest.foundation.settings import Settings
from orchestration import cli
from orchestration.explain.explain import Explainer, Explanation, explain, explainer
from orchestration.explain.figures import SPECS
from orchestration.explain.figures.measures import Rank
from orchestration.runs import publish
from orchestration.runs.increment import increment
from tests.support.published_tables import MARTS
from tests.support.simulated import PLANTED_PAYMENT_ID, land_rows

# Rows of the published table that are explained, for each figure.
ROWS = 3

# Planted on the last day, which is a Sunday.
PLANTED = {"business_date": "2026-10-25", "business_type": "service"}


@pytest.fixture(scope="module")
def ready(simulated: Settings) -> Iterator[Explainer]:
    with explainer(simulated) as opened:
        yield opened


def is_zero(column: str) -> str:
    return f"cast({column} as varchar) in ('0', '0.00', 'false')"


def published_rows(settings: Settings, table: str, column: str) -> list[dict[str, str]]:
    """Keys of a few rows: those with a figure first, in an order that is no order of the business."""
    key = ", ".join(MARTS[table].key)
    with duckdb.connect(str(settings.published_path), read_only=True) as connection:
        rows = connection.execute(
            f"select {key} from marts.{table} "
            f"order by {column} is null, {is_zero(column)}, hash({key}) limit {ROWS}"
        ).fetchall()
    return [dict(zip(MARTS[table].key, map(str, row), strict=True)) for row in rows]


# Their rows are batches and quarantined lines themselves.
WITHOUT_RAW = {"core_data_quality", "core_freshness"}


@pytest.mark.parametrize("table", SPECS)
def test_every_figure_adds_up_from_raw_lines(simulated: Settings, ready: Explainer, table: str) -> None:
    found = [
        ready.explain(table, column, key)
        for column in SPECS[table]
        for key in published_rows(simulated, table, column)
    ]
    assert {explanation.column for explanation in found} == set(SPECS[table])
    wrong = [
        (explanation.column, explanation.key, explanation.published_value, explanation.explained_value)
        for explanation in found
        if not explanation.adds_up
    ]
    assert not wrong
    without_raw = [
        (explanation.column, row.columns)
        for explanation in found
        if table not in WITHOUT_RAW and not isinstance(SPECS[table][explanation.column], Rank)
        for part in explanation.parts
        for row in part.rows
        if not row.raw
        or any([version.state for version in record.versions].count("current") != 1 for record in row.raw)
    ]
    assert not without_raw


# What the simulated platform has none of, in any row.
NOT_SIMULATED = {
    "core_daily.has_stale_rate",
    "core_display_daily.is_rate_stale",
    "core_fx_daily.is_rate_stale",
    "core_periods.previous_chargeback_cny",
}


def test_figures_that_were_checked_are_not_all_zero(simulated: Settings) -> None:
    with duckdb.connect(str(simulated.published_path), read_only=True) as connection:
        zero = {
            f"{table}.{column}"
            for table, specs in SPECS.items()
            for column in specs
            if connection.execute(
                f"select count(*) from marts.{table} where not {is_zero(column)}"
            ).fetchone()
            == (0,)
        }
    assert zero <= NOT_SIMULATED


def test_the_all_row_is_the_sum_of_the_types(ready: Explainer) -> None:
    def net(business_type: str) -> Explanation:
        return ready.explain(
            "core_daily", "net_revenue_cny", {"business_date": "2026-10-20", "business_type": business_type}
        )

    parts = [net(name) for name in ("purchase", "forwarding", "service")]
    assert sum(len(part.parts[0].rows) for part in parts) == len(net("all").parts[0].rows)
    assert sum(part.explained_value for part in parts) == net("all").published_value


def test_a_raw_line_is_the_line_of_the_landed_file(simulated: Settings, ready: Explainer) -> None:
    refunds = ready.explain(
        "core_daily", "refund_cny", published_rows(simulated, "core_daily", "refund_cny")[0]
    ).parts[0]
    assert refunds.rows
    for row in refunds.rows:
        (record,) = row.raw
        assert record.feed == "refunds"
        for version in record.versions:
            assert version.file.endswith(".jsonl.gz")
            (file,) = (simulated.home / "exports").rglob(version.file)
            with gzip.open(file, "rt", encoding="utf-8") as lines:
                delivered = json.loads(list(lines)[version.line - 1])
            assert delivered["refund_id"] == record.key["refund_id"]
            assert delivered["status"] == version.values["status"]


def test_every_earlier_version_is_shown_latest_first(simulated: Settings, ready: Explainer) -> None:
    key = published_rows(simulated, "orders_cohort_daily", "completed_order_count")[0]
    part = ready.explain("orders_cohort_daily", "completed_order_count", key).parts[0]
    assert part.rows
    with duckdb.connect(str(simulated.raw_path), read_only=True) as connection:
        for row in part.rows:
            record = next(record for record in row.raw if record.feed == "purchase_orders")
            landed = connection.execute(
                "select _landing_seq from raw.purchase_orders where order_id = ? "
                "order by updated_at desc nulls last, _landing_seq desc",
                [record.key["order_id"]],
            ).fetchall()
            assert [(version.landing_seq,) for version in record.versions] == landed
            assert [version.state for version in record.versions] == ["current"] + ["earlier"] * (
                len(landed) - 1
            )
    assert any(len(record.versions) > 1 for row in part.rows for record in row.raw)


def test_a_payment_booked_at_a_rate_shows_the_rate(ready: Explainer) -> None:
    part = ready.explain("core_daily", "gross_paid_cny", PLANTED).parts[0]
    row = next(row for row in part.rows if PLANTED_PAYMENT_ID in row.columns["movement_id"])
    rate = next(record for record in row.raw if record.feed == "fx_rates").versions[0].values
    assert rate["currency_code"] == "USD"
    assert row.value == round(100 * Decimal(rate["quote_value"]), 2)
    assert ready.explain("core_daily", "has_provisional_rate", PLANTED).published_value is True


def test_a_percentile_gives_the_times_it_is_computed_from(simulated: Settings, ready: Explainer) -> None:
    key = published_rows(simulated, "orders_cohort_daily", "hours_to_store_p90")[0]
    explanation = ready.explain("orders_cohort_daily", "hours_to_store_p90", key)
    values = [row.value for row in explanation.parts[0].rows]
    assert min(values) <= explanation.published_value <= max(values)


def test_a_ratio_gives_numerator_and_denominator(simulated: Settings, ready: Explainer) -> None:
    key = published_rows(simulated, "orders_conversion_daily", "paid_72h_ratio")[0]
    explanation = ready.explain("orders_conversion_daily", "paid_72h_ratio", key)
    paid, created = explanation.parts
    assert (paid.column, created.column) == ("paid_72h_count", "created_order_count")
    assert explanation.published_value == pytest.approx(len(paid.rows) / len(created.rows))


def test_a_rank_gives_the_rows_before_it(ready: Explainer) -> None:
    explanation = ready.explain("users_geography", "paying_user_rank", {"country_code": "US"})
    assert explanation.parts[0].rows[-1].columns["country_code"] == "US"
    counts = [row.columns["paying_user_count"] for row in explanation.parts[0].rows]
    assert counts == sorted(counts, reverse=True)


def test_a_month_that_is_not_over_is_not_measurable(ready: Explainer) -> None:
    explanation = ready.explain(
        "users_cohort_monthly", "net_revenue_cny", {"cohort_month": "2026-10-01", "months_since": "0"}
    )
    assert explanation.published_value is None
    assert explanation.adds_up
    assert explanation.parts[0].rows


def personal_values(settings: Settings) -> set[str]:
    with duckdb.connect(str(settings.raw_path), read_only=True) as connection:
        return {
            value
            for feed in FEEDS.values()
            for column in feed.personal
            for (value,) in connection.execute(
                f"select distinct {column} from raw.{feed.name} where {column} is not null"
            ).fetchall()
        }


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_no_personal_data_is_printed(
    simulated: Settings, capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    arguments = ["explain", "users_daily", "registered_user_count", "business_date=2026-10-20"]
    assert cli.main([*arguments, *options, "--home", str(simulated.home)]) == 0
    printed = capsys.readouterr().out
    assert "registered_at" in printed
    assert "email" not in printed
    assert "phone" not in printed
    values = personal_values(simulated)
    assert values
    assert not [value for value in values if value in printed]


def test_json_adds_up_for_a_program(simulated: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["explain", "core_daily", "net_revenue_cny", "business_date=2026-10-20", "--json"]
    status = cli.main([*arguments, "business_type=forwarding", "--home", str(simulated.home)])
    assert status == 0
    found = json.loads(capsys.readouterr().out)
    (part,) = found["parts"]
    assert found["adds_up"] is True
    assert sum(Decimal(row["value"]) for row in part["rows"]) == Decimal(found["published_value"])
    version = part["rows"][0]["raw"][0]["versions"][0]
    assert {"state", "file", "line", "batch_id", "landed_at", "values"} == set(version)


def test_text_says_where_each_row_came_from(simulated: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["explain", "core_daily", "net_revenue_cny", "business_date=2026-10-20", "business_type=all"]
    assert cli.main(["--home", str(simulated.home), *arguments]) == 0
    printed = capsys.readouterr().out
    assert "payments payments_2026-10-20.parquet:" in printed
    assert "adds up: the rows give" in printed
    assert cli.main(["--home", str(simulated.home), *arguments, "--limit", "2"]) == 0
    limited = capsys.readouterr().out
    assert limited.count("movement_type=") == 2
    assert "more, not printed (--limit 2)" in limited


@pytest.mark.parametrize(
    ("table", "key", "said"),
    [
        (
            "core_daily",
            {"business_date": "2031-01-01", "business_type": "all"},
            "out of range: .* to 2026-10-26",
        ),
        ("core_daily", {"business_date": "2026-10-20", "business_type": "gift"}, "one of: all, forwarding, "),
    ],
)
def test_a_row_that_is_not_there_says_why(
    ready: Explainer, table: str, key: dict[str, str], said: str
) -> None:
    with pytest.raises(WarehouseError, match=said):
        ready.explain(table, "net_revenue_cny", key)


def test_a_quiet_place_of_a_sparse_table_is_said_to_be_0(simulated: Settings, ready: Explainer) -> None:
    with duckdb.connect(str(simulated.published_path), read_only=True) as connection:
        business_date, service_code = connection.execute(
            "with dates as (select distinct business_date from marts.services_daily), "
            "codes as (select distinct service_code from marts.services_daily) "
            "from dates cross join codes anti join marts.services_daily using (business_date, service_code) "
            "order by all limit 1"
        ).fetchone() or ("", "")
    with pytest.raises(WarehouseError, match="nothing was counted where they meet"):
        ready.explain(
            "services_daily",
            "net_revenue_cny",
            {"business_date": str(business_date), "service_code": service_code},
        )


def test_a_key_of_the_wrong_type_is_wrong_usage(ready: Explainer) -> None:
    with pytest.raises(UsageError, match=r"business_date=yesterday is not a date \(YYYY-MM-DD\)"):
        ready.explain("users_daily", "paying_user_count", {"business_date": "yesterday"})


def test_nothing_published_says_what_to_do_first(settings: Settings) -> None:
    with pytest.raises(WarehouseError, match="nothing is published yet"):
        explain(
            settings, "core_daily", "net_revenue_cny", {"business_date": "2026-10-20", "business_type": "all"}
        )


def test_a_figure_that_does_not_add_up_fails(
    simulated_copy: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with duckdb.connect(str(simulated_copy.published_path)) as connection:
        connection.execute("update marts.core_daily set refund_cny = refund_cny + 0.01")
    arguments = ["explain", "core_daily", "refund_cny", "business_date=2026-10-20", "business_type=all"]
    assert cli.main([*arguments, "--home", str(simulated_copy.home)]) == 1
    captured = capsys.readouterr()
    assert "does not add up" in captured.out
    assert "This is a bug" in captured.err


def test_what_landed_since_is_told_apart(simulated_copy: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """First landed and not taken up; then taken up by a run that fails before it publishes."""
    as_of = explain(simulated_copy, "core_daily", "gross_paid_cny", PLANTED).as_of_at
    land_rows(
        simulated_copy,
        "payments",
        "corrected",
        payment_id=PLANTED_PAYMENT_ID,
        user_id="U0000000001",
        order_type="service",
        order_id="SO-NEVER",
        purpose="order",
        method="card",
        initiated_at=f"{as_of - timedelta(hours=8):%Y-%m-%dT%H:%M:%SZ}",
        succeeded_at=f"{as_of - timedelta(hours=7):%Y-%m-%dT%H:%M:%SZ}",
        status="succeeded",
        currency_code="USD",
        amount="150.00",
        updated_at=f"{as_of - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}",
    )

    landed = explain(simulated_copy, "core_daily", "gross_paid_cny", PLANTED)
    assert landed.adds_up
    assert landed.pending_row_count == 1
    assert not landed.build_is_ahead
    row = next(row for row in landed.parts[0].rows if PLANTED_PAYMENT_ID in row.columns["movement_id"])
    versions = next(record for record in row.raw if record.feed == "payments").versions
    assert [(version.state, version.values["amount"]) for version in versions] == [
        ("pending", "150.00"),
        ("current", "100.00"),
    ]

    def fail(*_: object, **__: object) -> Path:
        raise WarehouseError("the disk is full")

    monkeypatch.setattr(publish, "publish", fail)
    with pytest.raises(WarehouseError, match="disk is full"):
        increment(simulated_copy, as_of)
    taken_up = explain(simulated_copy, "core_daily", "gross_paid_cny", PLANTED)
    assert taken_up.published_value == landed.published_value
    assert not taken_up.adds_up
    assert taken_up.build_is_ahead
