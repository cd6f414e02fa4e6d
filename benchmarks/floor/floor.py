"""Runs the floor and holds its marts against a publication, cell by cell.

What is left out: core_freshness.last_landed_at (the landing's own clock), and what a landing refuses: the
floor takes every row that can be read as typed for accepted.
"""

from collections.abc import Collection
from datetime import datetime
from pathlib import Path

import duckdb

from benchmarks.measure import Cost, ScriptCost, cost_of
from ingest.foundation.fetch import fetch_rows, fetch_value
from ingest.foundation.sql import quote_text

SCRIPTS = Path(__file__).parent
# What no landing file tells, by mart.
LEFT_OUT = {"core_freshness": {"last_landed_at"}}


def run_floor(
    landing_dir: Path,
    out_path: Path,
    as_of: datetime,
    *,
    rate_source: str = "ecb",
    display_currencies: tuple[str, ...] = ("USD", "EUR"),
) -> ScriptCost:
    """Write the marts of all files `landing_dir/<day>/<feed>/<file>` to schema marts of `out_path`. `as_of` is UTC, naive."""
    variables = {
        "landing": quote_text(str(landing_dir)),
        "as_of": f"timestamp '{as_of:%Y-%m-%d %H:%M:%S}'",
        "rate_source": quote_text(rate_source),
        "display_currencies": f"[{', '.join(quote_text(code) for code in display_currencies)}]",
    }
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach {quote_text(str(out_path))} as out")
        for name, value in variables.items():
            connection.execute(f"set variable {name} = {value}")

        def run(*scripts: str) -> Cost:
            return cost_of(
                lambda: [connection.execute((SCRIPTS / name).read_text(encoding="utf-8")) for name in scripts]
            )

        return ScriptCost(run("read.sql"), run("model.sql", "marts.sql"))


def differing_marts(
    floor_path: Path, published_path: Path, marts: Collection[str] | None = None
) -> dict[str, int]:
    """By mart, the rows that only one of the two files has; only marts that differ. All marts of the publication unless told.

    KeyError: a mart or column the floor lacks.
    """
    with duckdb.connect(":memory:") as connection:
        for name, path in (("floor", floor_path), ("published", published_path)):
            connection.execute(f"attach {quote_text(str(path))} as {name} (read_only)")
        columns = {
            database: {
                table: set(names)
                for table, names in fetch_rows(
                    connection,
                    "select table_name, list(column_name) from duckdb_columns() "
                    "where database_name = ? and schema_name = 'marts' group by table_name",
                    [database],
                )
            }
            for database in ("floor", "published")
        }
        counts = {}
        for mart in sorted(columns["published"] if marts is None else marts):
            compared = columns["published"][mart] - LEFT_OUT.get(mart, set())
            if not compared <= columns["floor"][mart]:
                raise KeyError(f"the floor's {mart} lacks {sorted(compared - columns['floor'][mart])}")
            names = ", ".join(sorted(compared))
            one, other = (f"select {names} from {database}.marts.{mart}" for database in columns)
            counts[mart] = fetch_value(
                connection,
                f"select (select count(*) from ({one} except all {other})) + (select count(*) from ({other} except all {one}))",
            )
        return {mart: count for mart, count in counts.items() if count}
