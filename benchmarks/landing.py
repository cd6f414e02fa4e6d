"""How fast rows land from Parquet, CSV, JSON Lines, PostgreSQL and MariaDB, beside a bare DuckDB read of the same data.

One run, one process, fresh warehouse for every landing, best of three. A bare read makes a table of text from
the source and does nothing else: no checks, no ledger, no versions. Kept in `benchmarks/results/landing.json`.

    .venv/bin/python -m benchmarks.landing [--rows 200000]
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.measure import machine
from benchmarks.year import RESULTS
from ingest.contract.feeds import FEEDS
from ingest.databases.addresses import parse_database_url
from ingest.databases.dialects import ATTACHED, SECRET, attached
from ingest.databases.landing import land_database
from ingest.foundation.clock import utc_now
from ingest.foundation.settings import load_settings
from ingest.land.folders import land_path
from tests.support import servers

FILE = RESULTS / "landing.json"
REPEATS = 3
COLUMNS = FEEDS["payments"].column_names

# The shape of a payments table: ids, codes, instants, exact amounts of several currencies.
ROWS = """
select
    'P' || range as payment_id,
    'U' || (range * 7919 % 50000) as user_id,
    case range % 3 when 0 then 'purchase' when 1 then 'forwarding' else 'service' end as order_type,
    'O' || (range // 2) as order_id,
    'order' as purpose,
    case range % 4 when 0 then 'card' when 1 then 'paypal' when 2 then 'alipay' else 'wallet' end as method,
    'txn_' || md5(cast(range as varchar)) as provider_txn_id,
    timestamp '2026-01-01 08:00:00' + to_seconds(range * 7) as initiated_at,
    timestamp '2026-01-01 08:00:30' + to_seconds(range * 7) as succeeded_at,
    'succeeded' as status,
    case range % 3 when 0 then 'USD' when 1 then 'EUR' else 'CNY' end as currency_code,
    cast(range % 100000 * 0.01 + 1 as decimal(12, 2)) as amount,
    cast(range % 700000 * 0.01 + 7 as decimal(12, 2)) as amount_cny,
    cast(range % 300 * 0.01 as decimal(12, 2)) as fee_amount,
    cast(null as decimal(12, 2)) as bonus_cny,
    false as is_test,
    timestamp '2026-01-01 08:00:31' + to_seconds(range * 7) as updated_at,
    false as is_deleted
from range({count})
"""


def best_seconds(work: Callable[[Path], None], folder: Path) -> float:
    """The shortest of the repeats, each with an empty folder of its own."""
    seconds = []
    for _ in range(REPEATS):
        home = Path(tempfile.mkdtemp(dir=folder))
        start = time.perf_counter()
        work(home)
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def bare_file_read(home: Path, source: str) -> None:
    """Every value as text, into a table of a file."""
    with duckdb.connect(str(home / "bare.duckdb")) as connection:
        connection.execute(f"create table rows as select columns(*)::varchar from {source}")


def bare_server_read(home: Path, url: str) -> None:
    """The attached table as DuckDB reads it by itself, into a table of a file."""
    schema = "public" if url.startswith("postgres") else "platform"
    with (
        duckdb.connect(str(home / "bare.duckdb")) as connection,
        attached(connection, parse_database_url(url)),
    ):
        connection.execute(
            f"create table rows as select columns(*)::varchar from {ATTACHED}.{schema}.payments"
        )


def mapping_text() -> str:
    """Every column under its own name, read by a cursor."""
    columns = "\n".join(f'{name} = "{name}"' for name in COLUMNS)
    return (
        '[source]\nname = "bench"\n[[feeds]]\nfeed = "payments"\ntable = "payments"\n'
        f'cursor = {{ column = "updated_at" }}\n[feeds.columns]\n{columns}\n'
    )


def fill(server: Any, kind: str, count: int, url: str) -> None:
    """Writes the rows into the server's own table."""
    stamp = "datetime" if kind == "mysql" else "timestamp"
    types = {"amount": "decimal(12,2)", "amount_cny": "decimal(12,2)", "fee_amount": "decimal(12,2)"}
    types |= {"bonus_cny": "decimal(12,2)", "is_test": "boolean", "is_deleted": "boolean"}
    types |= {name: stamp for name in ("initiated_at", "succeeded_at", "updated_at")}
    columns = ", ".join(f"{name} {types.get(name, 'varchar(64)')}" for name in COLUMNS)
    server.execute(f"create table payments ({columns});")
    address = parse_database_url(url)
    schema = "public" if kind == "postgres" else "platform"
    with duckdb.connect() as connection, attached(connection, address):
        text = f"type {kind}, secret {SECRET}"
        connection.execute(f"detach {ATTACHED}")
        connection.execute(f"attach '' as {ATTACHED} ({text})")
        connection.execute(f"insert into {ATTACHED}.{schema}.payments {ROWS.format(count=count)}")


def measure(count: int, folder: Path) -> list[tuple[str, float, float]]:
    """(source, seconds of the landing, seconds of the bare read) for every kind of source."""
    os.environ["WAREHOUSE_DB_PASSWORD"] = servers.PASSWORD
    landing = folder / "landing"
    json_columns = ", ".join(f"{name}: 'varchar'" for name in COLUMNS)
    results = []
    for kind, form, bare in (
        ("parquet", "parquet", f"'{landing}/parquet/payments/payments.parquet'"),
        ("csv", "csv", f"read_csv('{landing}/csv/payments/payments.csv', all_varchar = true)"),
        (
            "jsonl",
            "json",
            f"read_json('{landing}/jsonl/payments/payments.jsonl', columns = {{{json_columns}}})",
        ),
    ):
        (landing / kind / "payments").mkdir(parents=True)
        file = landing / kind / "payments" / f"payments.{kind}"
        duckdb.execute(f"copy ({ROWS.format(count=count)}) to '{file}' (format {form})")

        def land_files(home: Path, kind: str = kind) -> None:
            report = land_path(load_settings(home), landing / kind)
            assert report.rows_accepted == count, report.lines()

        def read_files(home: Path, bare: str = bare) -> None:
            bare_file_read(home, bare)

        results.append((kind, best_seconds(land_files, folder), best_seconds(read_files, folder)))
    mapping = folder / "bench.toml"
    mapping.write_text(mapping_text())
    for name, kind, start in (
        ("postgresql", "postgres", servers.start_postgres),
        ("mariadb", "mysql", lambda: servers.start_mariadb(logs_queries=False)),
    ):
        with start() as server:
            url = f"{kind}://{servers.USER}@127.0.0.1:{server.port}/{servers.DATABASE}"
            fill(server, kind, count, url)

            def land_rows(home: Path, url: str = url) -> None:
                report = land_database(load_settings(home), url, mapping)
                assert report.rows_accepted == count, report.lines()

            def read_rows(home: Path, url: str = url) -> None:
                bare_server_read(home, url)

            results.append((name, best_seconds(land_rows, folder), best_seconds(read_rows, folder)))
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--rows", type=int, default=200_000, help="rows of the feed payments (default 200000)"
    )
    count = parser.parse_args().rows
    with tempfile.TemporaryDirectory(prefix="warehouse-bench-") as folder:
        results = measure(count, Path(folder))
    told = {
        "row_count": count,
        "measured_at": f"{utc_now():%Y-%m-%d %H:%M} UTC",
        "machine": machine(),
        "sources": {
            name: {"landed_seconds": landed, "bare_read_seconds": bare} for name, landed, bare in results
        },
    }
    RESULTS.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    print(f"{count} rows of the feed payments ({len(COLUMNS)} columns), best of {REPEATS}")
    print(f"{'source':<12}{'landed, rows/s':>16}{'bare read, rows/s':>20}{'landing / bare':>16}")
    for name, landed, bare in results:
        print(f"{name:<12}{count / landed:>16,.0f}{count / bare:>20,.0f}{landed / bare:>15.1f}x")


if __name__ == "__main__":
    main()
