"""Four marts on a PostgreSQL server started for them: typed tables copied in, then marts.sql, which alone is timed.

The server is Debian's with its own defaults, but `work_mem`, and without syncing to disk; the tables it reads are what a
platform's own database holds.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb

from benchmarks.floor.floor import SCRIPTS
from benchmarks.measure import Cost, cost_of
from benchmarks.pandas_script import MARTS
from ingest.foundation.fetch import fetch_rows
from ingest.foundation.sql import quote_text
from tests.support.servers import PostgresServer, start_postgres

SCRIPT = Path(__file__).parent / "marts.sql"
TABLES = (
    "raw_users",
    "raw_purchase_orders",
    "raw_lines",
    "raw_forwarding_orders",
    "raw_service_orders",
    "raw_payments",
    "raw_refunds",
    "raw_fx_rates",
)
TYPES = {"VARCHAR": "text", "HUGEINT": "numeric"}


@contextmanager
def loaded_server(landing_dir: Path, work: Path) -> Iterator[PostgresServer]:
    """A server that holds the rows of all files `landing_dir/<day>/<feed>/<file>`. Raises ServerMissing."""
    with start_postgres() as server, duckdb.connect(":memory:") as connection:
        connection.execute(f"set variable landing = {quote_text(str(landing_dir))}")
        connection.execute((SCRIPTS / "read.sql").read_text(encoding="utf-8"))
        for table in TABLES:
            file = work / f"{table}.csv"
            connection.execute(
                f"copy (select rowid as seq, * from {table}) to {quote_text(str(file))} (header)"
            )
            described = fetch_rows(connection, f"describe (select rowid as seq, * from {table})")
            columns = ", ".join(f"{name} {TYPES.get(kind, kind)}" for name, kind, *_ in described)
            server.execute(
                f"create table {table} ({columns});\n\\copy {table} from '{file}' csv header\nanalyze {table};"
            )
            file.unlink()
        yield server


def run_postgres(server: PostgresServer, as_of: datetime, *, rate_source: str = "ecb") -> Cost:
    """Make MARTS in schema marts. `as_of` is UTC, naive; the processor's seconds are the client's, not the server's."""
    instant = f"timestamp '{as_of:%Y-%m-%d %H:%M:%S}'"
    variables = (
        f"\\set as_of {quote_text(instant)}\n\\set rate_source {quote_text(quote_text(rate_source))}\n"
    )
    return cost_of(lambda: server.execute(variables + SCRIPT.read_text(encoding="utf-8")))


def make_database(server: PostgresServer, work: Path, path: Path) -> None:
    """MARTS in schema marts of a DuckDB file, as `differing_marts` compares them."""
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach {quote_text(str(path))} as out")
        connection.execute("create schema out.marts")
        for mart in MARTS:
            file = work / f"{mart}.csv"
            server.execute(f"\\copy (select * from marts.{mart}) to '{file}' csv header")
            connection.execute(f"create table out.marts.{mart} as from read_csv({quote_text(str(file))})")
