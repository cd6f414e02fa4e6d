"""The floor of the benchmarks computes what is published, or dividing by it would say nothing."""

import shutil
from datetime import datetime
from pathlib import Path

import duckdb

from benchmarks.floor.floor import differing_marts, run_floor
from ingest.foundation.settings import Settings


def test_floor_equals_the_publication_cell_by_cell(simulated: Settings, tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    shutil.copytree(simulated.home / "exports", landing)
    planted = landing / "planted" / "payments"
    planted.mkdir(parents=True)
    # The floor reads payments as Parquet; the planted one landed as CSV.
    duckdb.execute(
        f"copy (select * from read_parquet('{landing}/*/payments/*.parquet') limit 0 union all by name "
        f"from read_csv('{simulated.home}/planted/planted/payments/*.csv', all_varchar = true)) to '{planted}/planted.parquet'"
    )
    with duckdb.connect(str(simulated.published_path), read_only=True) as connection:
        as_of: datetime = connection.execute("select max(as_of_at) from marts.core_periods").fetchall()[0][0]
    floor = tmp_path / "floor.duckdb"
    run_floor(landing, floor, as_of)
    assert differing_marts(floor, simulated.published_path) == {}
    with duckdb.connect(str(floor)) as connection:
        connection.execute(
            "update marts.core_daily set net_revenue_cny = net_revenue_cny + 0.01 where business_type = 'all'"
        )
        changed = connection.execute(
            "select count(*) from marts.core_daily where business_type = 'all'"
        ).fetchall()[0][0]
    assert differing_marts(floor, simulated.published_path) == {"core_daily": 2 * changed}
