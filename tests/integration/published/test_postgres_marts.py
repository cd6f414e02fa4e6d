"""PostgreSQL's marts of the benchmarks are what is published, or comparing seconds with them would say nothing."""

from pathlib import Path

import duckdb
import pytest

from benchmarks.floor.floor import differing_marts
from benchmarks.pandas_script import MARTS
from benchmarks.postgres.postgres import loaded_server, make_database, run_postgres
from ingest.foundation.settings import Settings
from tests.support.accepted_rows import write_accepted_rows
from tests.support.books import published_as_of


@pytest.mark.servers
def test_postgres_marts_equal_the_publication_cell_by_cell(simulated: Settings, tmp_path: Path) -> None:
    write_accepted_rows(simulated, tmp_path / "landing" / "accepted")
    made = tmp_path / "made.duckdb"
    with loaded_server(tmp_path / "landing", tmp_path) as server:
        run_postgres(server, published_as_of(simulated))
        make_database(server, tmp_path, made)
    assert differing_marts(made, simulated.published_path, MARTS) == {}
    with duckdb.connect(str(made)) as connection:
        connection.execute("update marts.orders_daily set goods_cny = goods_cny + 0.01")
        changed = connection.execute("select count(*) from marts.orders_daily").fetchall()[0][0]
    assert differing_marts(made, simulated.published_path, MARTS)["orders_daily"] == 2 * changed
