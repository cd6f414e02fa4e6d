"""A landing of many platforms: every row of one again, with identifiers of its own."""

from pathlib import Path

import duckdb

from benchmarks.copies import write_copies
from benchmarks.year import settings_of
from ingest.land.folders import land_path
from ingest.raw.raw_file import open_raw
from ingest.simulator import SimulatorConfig, write_batches

OF_THE_WORLD = {"fx_rates", "shipping_lines", "traffic_daily"}


def row_counts(home: Path, landing: Path) -> dict[str, tuple[int, int]]:
    """Rows of each feed that landed, and their instants put together; all are accepted."""
    settings = settings_of(home)
    report = land_path(settings, landing)
    assert report.rows_quarantined == 0
    with open_raw(settings) as connection:
        return {
            feed: connection.execute(
                f"select count(*), count(distinct updated_at) from raw.{feed}"
            ).fetchall()[0]
            for feed in ("users", "payments", "refunds", "service_orders", "settlements", "fx_rates")
        }


def test_copies_land_with_identifiers_of_their_own(tmp_path: Path) -> None:
    write_batches(SimulatorConfig(order_count=40, day_count=1), tmp_path / "one")
    write_copies(tmp_path / "one", tmp_path / "three", 3)
    one = row_counts(tmp_path / "home-one", tmp_path / "one")
    three = row_counts(tmp_path / "home-three", tmp_path / "three")
    assert three == {
        # Instants keep the form, and so the zone, they were delivered in.
        feed: (rows * (1 if feed in OF_THE_WORLD else 3), instants)
        for feed, (rows, instants) in one.items()
    }
    joined = "select count(*) from raw.payments inner join raw.users using (user_id)"
    with open_raw(settings_of(tmp_path / "home-one")) as connection:
        (once,) = connection.execute(joined).fetchall()[0]
    with open_raw(settings_of(tmp_path / "home-three")) as connection:
        assert connection.execute(joined).fetchall() == [(once * 3,)]


def test_a_file_keeps_its_name_and_format(tmp_path: Path) -> None:
    write_batches(SimulatorConfig(order_count=10, day_count=1), tmp_path / "one")
    write_copies(tmp_path / "one", tmp_path / "two", 2)

    def names(folder: Path) -> set[str]:
        return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}

    assert names(tmp_path / "one") == names(tmp_path / "two")
    assert duckdb.execute(f"select count(*) from '{tmp_path}/two/*/payments/*.parquet'").fetchall() != [(0,)]
