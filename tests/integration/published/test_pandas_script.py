"""The platform's own script of the benchmarks computes what is published, or comparing seconds with it would say nothing."""

from pathlib import Path

import duckdb

from benchmarks.floor.floor import differing_marts
from benchmarks.pandas_script import MARTS, make_database, run_pandas
from ingest.foundation.settings import Settings
from tests.support.accepted_rows import write_accepted_rows
from tests.support.books import published_as_of


def test_pandas_script_equals_the_publication_cell_by_cell(simulated: Settings, tmp_path: Path) -> None:
    write_accepted_rows(simulated, tmp_path / "landing" / "accepted")
    run_pandas(tmp_path / "landing", tmp_path / "marts", published_as_of(simulated))
    made = tmp_path / "made.duckdb"
    make_database(tmp_path / "marts", made)
    assert differing_marts(made, simulated.published_path, MARTS) == {}
    with duckdb.connect(str(made)) as connection:
        connection.execute("update marts.users_monthly set new_user_count = new_user_count + 1")
        changed = connection.execute("select count(*) from marts.users_monthly").fetchall()[0][0]
    assert differing_marts(made, simulated.published_path, MARTS)["users_monthly"] == 2 * changed
