"""`warehouse status`: one screen, at any moment of a warehouse's life."""

import json
from datetime import timedelta

import duckdb
import pytest

from ingest.contract.feeds import FEEDS
from ingest.foundation.errors import WarehouseError
from ingest.foundation.lock import writer_lock
from ingest.foundation.settings import Settings, load_settings
from orchestration import cli
from orchestration.explain.explain import explainer
from orchestration.reading.landed import Progress
from orchestration.reading.status import read_status
from orchestration.runs.increment import increment
from tests.support.simulated import land_rows


def screen(settings: Settings, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert cli.main(["status", "--home", str(settings.home)]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def joined(settings: Settings, capsys: pytest.CaptureFixture[str]) -> str:
    """The screen as one line, however it was wrapped."""
    return " ".join(screen(settings, capsys).split())


def test_before_anything_exists_it_says_what_to_do_first(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = screen(settings, capsys)
    assert "nothing yet" in printed
    assert "warehouse demo" in printed
    assert "warehouse land DIR" in printed
    assert not settings.home.exists()


def test_after_a_first_landing_it_names_the_next_step(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    land_rows(
        settings,
        "users",
        "first",
        user_id="U1",
        registered_at="2026-10-01T00:00:00Z",
        updated_at="2026-10-01T00:00:00Z",
    )
    printed = screen(settings, capsys)
    assert "1 row not yet taken up: users 1" in printed
    assert "`warehouse increment` builds and publishes" in printed


def test_it_fits_one_screen(simulated: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    lines = screen(simulated, capsys).splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 80


def test_it_says_what_the_tables_say(simulated: Settings) -> None:
    status = read_status(simulated)
    with duckdb.connect(str(simulated.published_path), read_only=True) as published:

        def rows(query: str) -> list[tuple]:
            return published.execute(query).fetchall()

        assert [feed.feed for feed in status.feeds] == list(FEEDS)
        assert {feed.feed: feed.last_landed_at for feed in status.feeds} == dict(
            rows("select feed, last_landed_at from marts.core_freshness")
        )
        assert {feed.feed: feed.row_count for feed in status.feeds} == {
            feed: accepted
            for feed, accepted in rows(
                "select feed, sum(rows_accepted) from audit.load_batches group by feed"
            )
        }
        held = sorted((one.feed, one.reason, one.row_count) for one in status.quarantine)
        assert held == rows(
            "select feed, reason, quarantined_count from marts.core_data_quality order by all"
        )
        assert [run["run_id"] for run in status.runs] == [
            run_id for (run_id,) in rows("select run_id from audit.runs order by published_at desc limit 3")
        ]
    assert status.published is not None
    assert status.published.byte_count == simulated.published_path.stat().st_size
    assert status.progress == Progress({}, has_unfinished_run=False)
    assert status.writer is None


def test_the_four_questions_come_first(simulated: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    lines = screen(simulated, capsys).splitlines()
    assert lines[1] == "times        Asia/Shanghai (UTC+08:00)"
    questions = [line.split()[0] for line in lines if line[:1].strip()]
    assert questions[2:6] == ["fresh", "complete", "rated", "consistent"]
    # 18:00 UTC on the clock of the business.
    assert "as of 2026-10-26 02:00; nothing has landed since" in joined(simulated, capsys)


def test_a_silent_feed_is_named_with_the_instant_since_when(
    simulated_copy: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    status = read_status(simulated_copy)
    assert status.published is not None
    as_of = status.published.as_of_at
    with duckdb.connect(str(simulated_copy.published_path)) as published:
        published.execute(
            "update marts.core_freshness set last_updated_at = case feed when 'payments' then ? else ? end "
            "where feed in ('payments', 'purchase_orders')",
            [as_of - timedelta(days=1, microseconds=1), as_of - timedelta(days=1)],
        )
    trust = read_status(simulated_copy).trust
    assert trust is not None
    assert [(feed.feed, feed.rhythm_days) for feed in trust.silent_feeds] == [("payments", 1)]
    said = "complete NO: payments is silent since 2026-10-25 01:59 (expected every 1 day)"
    assert said in joined(simulated_copy, capsys)


def test_provisional_rates_are_those_of_the_last_weekend(
    simulated: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    trust = read_status(simulated).trust
    assert trust is not None
    dollars = next(gap for gap in trust.rate_gaps if gap.currency_code == "USD")
    assert (dollars.kind, str(dollars.first_date), dollars.date_count) == ("provisional", "2026-10-24", 3)
    with duckdb.connect(str(simulated.published_path), read_only=True) as published:
        booked = published.execute(
            "select sum(booked_cny) from marts.core_fx_daily "
            "where currency_code = 'USD' and is_rate_provisional"
        ).fetchone()
    assert booked == (dollars.booked_cny,)
    assert "provisional: 2026-10-24 to 2026-10-26, " in joined(simulated, capsys)


def test_missing_stale_and_provisional_are_told_apart(
    simulated_copy: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with duckdb.connect(str(simulated_copy.published_path)) as published:
        published.execute(
            "update marts.core_fx_daily set is_rate_stale = true "
            "where currency_code = 'SEK' and business_date >= '2026-10-20'"
        )
        published.execute(
            "update marts.core_fx_daily set rate_cny = null, booked_cny = null, open_cny = null, "
            "is_rate_provisional = false where currency_code = 'GBP' and business_date = '2026-10-22'"
        )
    trust = read_status(simulated_copy).trust
    assert trust is not None
    gaps = {(gap.kind, gap.currency_code): gap for gap in trust.rate_gaps}
    assert gaps["stale", "SEK"].date_count == 7
    assert gaps["missing", "GBP"].date_count == 1
    assert gaps["missing", "GBP"].booked_cny is None
    printed = joined(simulated_copy, capsys)
    assert "rated NO: " in printed
    assert "no rate at all: 2026-10-22 to 2026-10-22, on GBP" in printed
    assert "a rate carried forward for too long: 2026-10-20 to 2026-10-26, " in printed
    assert "provisional: 2026-10-24 to 2026-10-26, " in printed


def test_without_foreign_payments_there_is_nothing_to_convert(
    simulated_copy: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with duckdb.connect(str(simulated_copy.published_path)) as published:
        published.execute("delete from marts.core_fx_daily")
        published.execute("delete from marts.core_data_quality where reason = 'no_rate'")
    assert "rated yes: nothing to convert" in joined(simulated_copy, capsys)


def test_a_setting_that_names_a_source_without_rates_is_an_error(
    simulated_copy: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    (simulated_copy.home / "settings.toml").write_text(
        'official_rate_source = "central_parity"\nlock_wait_seconds = 5\n', encoding="utf-8"
    )
    status = read_status(simulated_copy)
    assert status.published is not None
    increment(load_settings(simulated_copy.home), status.published.as_of_at)
    printed = joined(simulated_copy, capsys)
    assert (
        "rated NO: error: official_rate_source is central_parity, which has delivered no rate; ecb has"
        in printed
    )
    assert "no rate at all: " in printed


def test_while_a_run_holds_the_lock_it_reads_what_is_published(
    simulated_copy: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with writer_lock(simulated_copy, "increment"):
        status = read_status(simulated_copy)
        printed = screen(simulated_copy, capsys)
    assert status.writer is not None
    assert status.writer["what"] == "increment"
    assert status.progress is None
    assert status.feeds[0].row_count > 0
    assert "increment, process " in printed
    assert "fresh        not known: published " in printed
    assert "what landed since is not known: a run is at work" in " ".join(printed.split())


def test_what_landed_since_is_pending(simulated_copy: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    before = {feed.feed: feed for feed in read_status(simulated_copy).feeds}["users"]
    land_rows(
        simulated_copy,
        "users",
        "late",
        user_id="U-LATE",
        registered_at="2026-10-01T00:00:00Z",
        updated_at="2026-10-01T00:00:00Z",
    )
    after = {feed.feed: feed for feed in read_status(simulated_copy).feeds}["users"]
    assert after.pending_row_count == 1
    assert after.row_count == before.row_count + 1
    assert before.last_landed_at is not None
    assert after.last_landed_at is not None
    assert after.last_landed_at > before.last_landed_at
    assert "fresh NO: 1 row not yet taken up: users 1" in joined(simulated_copy, capsys)


def test_rejected_files_are_named_until_they_land(
    simulated_copy: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    file = simulated_copy.home / "given" / "users" / "users_late.csv"
    file.parent.mkdir(parents=True)
    file.write_text("user_id,updated_at\nU-LATE,2026-10-01T00:00:00Z\n", encoding="utf-8")
    arguments = ["land", str(file.parents[1]), "--home", str(simulated_copy.home)]
    assert cli.main(arguments) == 1
    (rejected,) = read_status(simulated_copy).rejected_files
    assert rejected["source_name"] == "users_late.csv"
    assert rejected["rejected_reason"].startswith("missing_column: ")
    assert "rejected     1 file: users/users_late.csv" in screen(simulated_copy, capsys)
    file.write_text(
        "user_id,registered_at,updated_at\nU-LATE,2026-10-01T00:00:00Z,2026-10-01T00:00:00Z\n",
        encoding="utf-8",
    )
    assert cli.main(arguments) == 0
    assert read_status(simulated_copy).rejected_files == []


def test_drift_and_restatements_are_counted_by_cause(
    simulated_copy: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with duckdb.connect(str(simulated_copy.published_path)) as published:
        as_of = published.execute("select max(as_of_at) from marts.core_periods").fetchone()
        assert as_of is not None
        published.execute(
            "insert into audit.calibration_runs by name select 'r1' as run_id, 'consistent' as outcome, "
            "2 as rate_final_count, 1 as late_landing_count, 0 as definition_change_count, 0 as revoked_count, "
            "0 as attribute_changed_count, 0 as settings_change_count, 0 as unexplained_count, "
            "cast(? as timestamp) as finished_at",
            [as_of[0] + timedelta(hours=1)],
        )
        published.execute(
            "insert into audit.restatements by name from "
            "(values ('a', 'late_landing'), ('b', 'late_landing')) as t (key, cause)"
        )
    printed = screen(simulated_copy, capsys)
    assert "consistent, drift: late_landing 1, rate_final 2" in printed
    assert "restated     2 cells: late_landing 2" in printed


def test_json_has_everything(simulated: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["status", "--json", "--home", str(simulated.home)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["pending_row_count"] == 0
    assert len(found["feeds"]) == len(FEEDS)
    assert found["published"]["as_of_at"].endswith("Z")
    assert {"writer", "runs", "calibration", "restatements", "quarantine", "trust", "rejected_files"} <= set(
        found
    )
    assert list(found["answers"]) == ["fresh", "complete", "rated", "consistent"]
    assert found["answers"]["fresh"]["is_good"] is True


def test_an_unfinished_run_is_said_by_status_and_explain_alike(
    simulated_copy: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with duckdb.connect(str(simulated_copy.build_path)) as build:
        build.execute("update meta.run_state set highest_as_of = highest_as_of + interval 1 day")
    said = "consistent NO: a run did not finish; `warehouse increment` makes it good"
    assert said in joined(simulated_copy, capsys)
    with explainer(simulated_copy) as ready:
        explanation = ready.explain(
            "core_daily", "net_revenue_cny", {"business_date": "2026-10-20", "business_type": "all"}
        )
    assert explanation.build_is_ahead


def test_a_publication_of_another_version_is_said_to_be_one(simulated_copy: Settings) -> None:
    with duckdb.connect(str(simulated_copy.published_path)) as published:
        published.execute("alter table audit.runs drop column published_at")
    with pytest.raises(WarehouseError, match="another version"):
        read_status(simulated_copy)


def test_a_damaged_published_file_is_said_to_be_one(simulated_copy: Settings) -> None:
    simulated_copy.published_path.write_bytes(b"not a database" * 1000)
    with pytest.raises(WarehouseError, match="could not be read"):
        read_status(simulated_copy)
