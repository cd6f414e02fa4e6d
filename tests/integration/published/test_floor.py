"""The floor of the benchmarks computes what is published, or dividing by it would say nothing."""

from pathlib import Path

import duckdb

from benchmarks.floor.floor import differing_marts, run_floor
from ingest.foundation.settings import Settings
from tests.support.accepted_rows import write_accepted_rows
from tests.support.books import published_as_of


def test_floor_equals_the_publication_cell_by_cell(simulated: Settings, tmp_path: Path) -> None:
    write_accepted_rows(simulated, tmp_path / "landing" / "accepted")
    floor = tmp_path / "floor.duckdb"
    run_floor(tmp_path / "landing", floor, published_as_of(simulated))
    # What the landing refused is in no accepted row.
    assert differing_marts(floor, simulated.published_path).keys() <= {"core_data_quality"}
    with duckdb.connect(str(floor)) as connection:
        connection.execute("update marts.core_daily set net_revenue_cny = net_revenue_cny + 0.01")
        changed = connection.execute("select count(*) from marts.core_daily").fetchall()[0][0]
    assert differing_marts(floor, simulated.published_path)["core_daily"] == 2 * changed
