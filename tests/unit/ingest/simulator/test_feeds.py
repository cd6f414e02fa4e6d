"""The shape of what is delivered: days, columns, text, determinism, scale, files that land."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from ingest.contract.feeds import FEEDS
from ingest.foundation.settings import Settings
from ingest.land.folders import land_path
from ingest.simulator import DayBatch, Silence, SimulatorConfig, simulate, write_batch, write_batches
from ingest.simulator.__main__ import main
from ingest.simulator.flaws import _FLAWS

SMALL = SimulatorConfig(order_count=200, day_count=5, history_day_count=20)


def _digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_one_batch_a_business_day_ending_at_midnight_in_shanghai(batches: list[DayBatch]) -> None:
    assert [batch.business_date for batch in batches] == [
        date(2026, 9, 28) + timedelta(days=i) for i in range(28)
    ]
    assert batches[0].as_of == datetime(2026, 9, 28, 16, tzinfo=UTC)


def test_every_feed_has_its_contract_columns_as_text(batches: list[DayBatch]) -> None:
    for batch in batches:
        assert list(batch.feeds) == list(FEEDS)
        for name, table in batch.feeds.items():
            assert tuple(table.column_names) == FEEDS[name].column_names, name
            assert set(table.schema.types) == {pa.string()}, name


def test_nothing_is_delivered_before_it_happened(batches: list[DayBatch]) -> None:
    for batch in batches:
        end = batch.as_of.strftime("%Y-%m-%dT%H:%M:%SZ")
        for feed in ("payments", "settlements", "fx_rates"):
            table = batch.feeds[feed]
            if len(table):
                assert pc.max(table["updated_at"]).as_py() < end, (feed, batch.business_date)


def test_same_configuration_same_bytes_another_seed_others(tmp_path: Path) -> None:
    write_batches(SMALL, tmp_path / "a")
    write_batches(SMALL, tmp_path / "b")
    other = SimulatorConfig(seed=8, order_count=200, day_count=5, history_day_count=20)
    write_batches(other, tmp_path / "c")
    first = _digests(tmp_path / "a")
    assert first == _digests(tmp_path / "b")
    assert first != _digests(tmp_path / "c")
    assert len({Path(name).suffix for name in first}) == 5


def test_a_shorter_window_is_not_needed_to_know_the_first_days(batches: list[DayBatch]) -> None:
    """The batches come one by one: taking three does not simulate the rest."""
    days = simulate(SimulatorConfig())
    for expected in batches[:3]:
        assert next(days).feeds["payments"].equals(expected.feeds["payments"])


@pytest.mark.parametrize("order_count", [1, 25, 2_000])
def test_order_count_is_about_what_was_asked_for(order_count: int) -> None:
    feeds = ("purchase_orders", "forwarding_orders", "service_orders")
    ids: dict[str, set[str]] = {feed: set() for feed in feeds}
    for batch in simulate(SimulatorConfig(order_count=order_count, with_flaws=False)):
        for feed in feeds:
            ids[feed].update(batch.feeds[feed]["order_id"].to_pylist())
    total = sum(len(found) for found in ids.values())
    assert abs(total - order_count) <= max(0.1 * order_count, 6), {feed: len(i) for feed, i in ids.items()}


def test_rows_grow_with_orders(batches: list[DayBatch]) -> None:
    def row_count(days: Iterable[DayBatch]) -> int:
        fixed = ("fx_rates", "traffic_daily", "shipping_lines")
        return sum(len(table) for day in days for feed, table in day.feeds.items() if feed not in fixed)

    grown = row_count(simulate(SimulatorConfig(order_count=5_000)))
    assert grown / row_count(batches) == pytest.approx(5, rel=0.1)


def test_a_silent_feed_keeps_its_rows_until_the_day_after() -> None:
    silence = Silence("payments", date(2026, 9, 29), 2)
    silent, heard = simulate(replace(SMALL, silences=(silence,))), simulate(SMALL)
    kept_back = []
    for day, (with_silence, without) in enumerate(zip(silent, heard, strict=True)):
        assert with_silence.feeds["refunds"].equals(without.feeds["refunds"])
        delivered, due = with_silence.feeds["payments"], without.feeds["payments"]
        if day in (1, 2):
            assert len(delivered) == 0 < len(due)
            kept_back.append(due)
        else:
            assert delivered.equals(pa.concat_tables([*kept_back, due]))
            kept_back = []


def test_few_customers_move_in_a_year() -> None:
    config = SimulatorConfig(order_count=5_000, first_date=date(2026, 7, 1), day_count=60)
    countries: dict[str, set[str]] = defaultdict(set)
    for batch in simulate(config):
        users = batch.feeds["users"]
        for user_id, country in zip(
            users["user_id"].to_pylist(), users["country_code"].to_pylist(), strict=True
        ):
            countries[user_id].add(country)
    moved = sum(len(seen) > 1 for seen in countries.values())
    assert moved / len(countries) == pytest.approx(0.04 * 60 / 365, abs=0.004)


def test_files_land_and_only_the_broken_rows_are_quarantined(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    # The others break rules between rows, which landing cannot see.
    unreadable = [flaw for flaw in _FLAWS if not flaw.like]
    broken, quarantined = 0, 0
    reasons: set[str] = set()
    for batch in list(simulate(SimulatorConfig(order_count=300, day_count=6, history_day_count=20)))[2:5]:
        report = land_path(settings, write_batch(batch, tmp_path / "exports"))
        assert report.exit_status == 0, report.lines()
        assert not report.notes
        assert report.rows_accepted + report.rows_quarantined == sum(map(len, batch.feeds.values()))
        quarantined += report.rows_quarantined
        reasons |= {reason for landed in report.batches for reason in landed.quarantine_reasons}
        for flaw in unreadable:
            keys = batch.feeds[flaw.feed].column(0)
            broken += pc.sum(pc.starts_with(keys, flaw.prefix)).as_py() or 0
    assert quarantined == broken >= 5
    assert len(reasons) >= 4


def test_formats_can_be_chosen_and_unknown_ones_are_named(tmp_path: Path) -> None:
    batch = next(simulate(SMALL))
    folder = write_batch(batch, tmp_path, {"users": "jsonl.zst"})
    assert (folder / "users" / "users_2026-09-28.jsonl.zst").is_file()
    with pytest.raises(ValueError, match="'xls' for feed users"):
        write_batch(batch, tmp_path, {"users": "xls"})


def test_window_beyond_the_bundled_rates_is_refused() -> None:
    with pytest.raises(ValueError, match="No ECB rates up to 2027-"):
        next(simulate(SimulatorConfig(first_date=date(2027, 1, 1))))


def test_command_writes_day_folders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--orders", "50", "--days", "2", "--history", "5", "--out", str(tmp_path)]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2026-09-28", "2026-09-29"]
    assert "rows in all" in capsys.readouterr().out
    assert main(["--orders", "50", "--days", "2000", "--out", str(tmp_path)]) == 1
    assert "does not reach that far" in capsys.readouterr().err
