"""Readers while publications go on: `python -m tests.support.readers [--readers 8] [--publications 300] [--in-place]`.

Every reader opens the published file anew, again and again, and looks whether all it reads is of one publication. Exits with 1
where one met an error or a mixture, or a publication was refused. With --in-place nothing is written aside and renamed: the
tables are made again in the file that readers open, as a script does that knows of no readers.
"""

import argparse
import json
import select
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

import duckdb

from ingest.foundation.clock import utc_now
from ingest.foundation.settings import Settings
from ingest.foundation.sql import quote_identifier, quote_text
from orchestration.runs import publish
from tests.support.small_platform import day, with_one_payment

# A publication is told by what three tables say of it: how far the as-of was moved, and by how many yuan the money.
_CHANGE = """
update marts.core_periods set as_of_at = as_of_at + interval 1 second;
update audit.runs set as_of_at = as_of_at + interval 1 second;
update marts.core_daily set gross_paid_cny = gross_paid_cny + 1
    where business_type in ('purchase', 'all') and business_date = (select min(business_date) from marts.core_daily);
"""
_READ = """
select (select max(as_of_at) from audit.runs), (select list(distinct as_of_at) from marts.core_periods),
    (select sum(gross_paid_cny) from marts.core_daily where business_type = 'all'),
    (select sum(gross_paid_cny) from marts.core_daily where business_type <> 'all'),
    (select count(*) from duckdb_tables() where schema_name in ('marts', 'audit'))
"""


@dataclass(frozen=True)
class Read:
    """What the readers saw: reads, of how many publications, how many met an error or a mixture, and examples of those.

    `refused_count` are the publications that could not be written.
    """

    publication_count: int
    refused_count: int
    read_count: int
    seen_count: int
    failure_count: int
    failures: tuple[str, ...]


def _publish_aside(settings: Settings) -> None:
    publish.publish(settings, settings.build_path, utc_now())


def publish_in_place(settings: Settings) -> None:
    """Make every table again in the file that readers open. Raises duckdb.IOException while one of them has it open."""
    with duckdb.connect(str(settings.published_path)) as connection:
        connection.execute(f"attach {quote_text(str(settings.build_path))} as build (read_only)")
        for schema, name in connection.execute(
            "select schema_name, table_name from duckdb_tables() "
            "where database_name = current_database() and schema_name in ('marts', 'audit')"
        ).fetchall():
            table = f"{schema}.{quote_identifier(name)}"
            connection.execute(f"create or replace table {table} as from build.{table}")


def read_while_publishing(
    settings: Settings,
    *,
    readers: int,
    publications: int,
    publish_once: Callable[[Settings], None] = _publish_aside,
) -> Read:
    """Publish so many times, by `publish_once`, while so many processes read."""
    refused_count = 0
    command = [sys.executable, "-m", "tests.support.readers", "--read", str(settings.published_path)]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(readers)
    ]
    try:
        for process in processes:
            assert process.stdout
            process.stdout.readline()
        for _ in range(publications):
            with duckdb.connect(str(settings.build_path)) as build:
                build.execute(_CHANGE)
            try:
                publish_once(settings)
            except duckdb.IOException:
                refused_count += 1
    finally:
        said = [json.loads(process.communicate("stop\n")[0].splitlines()[-1]) for process in processes]
    return Read(
        publications,
        refused_count,
        sum(one["read_count"] for one in said),
        len({as_of for one in said for as_of in one["seen"]}),
        sum(one["failure_count"] for one in said),
        tuple(failure for one in said for failure in one["failures"]),
    )


def _read_until_told(path: str) -> None:
    count, seen, failures = 0, set(), []
    print("reading", flush=True)
    while not select.select([sys.stdin], [], [], 0)[0]:
        count += 1
        try:
            # A name of its own, so that the file is opened anew and not taken from this process's other connections.
            with duckdb.connect(path, read_only=True) as connection:
                as_of, periods, total, parts, _ = connection.execute(_READ).fetchall()[0]
        except duckdb.Error as error:
            failures.append(str(error).splitlines()[0])
            continue
        moved = (as_of - day(3)) / timedelta(seconds=1)
        if periods != [as_of] or total != parts or total != 500 + moved:
            failures.append(f"as of {as_of}: periods {periods}, {total} and {parts}")
        seen.add(str(as_of))
    said = {
        "read_count": count,
        "failure_count": len(failures),
        "seen": sorted(seen),
        "failures": failures[:1],
    }
    print(json.dumps(said), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=8)
    parser.add_argument("--publications", type=int, default=300)
    parser.add_argument("--in-place", action="store_true")
    parser.add_argument("--read", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.read:
        _read_until_told(given.read)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        read = read_while_publishing(
            with_one_payment(Path(folder)).settings,
            readers=given.readers,
            publications=given.publications,
            publish_once=publish_in_place if given.in_place else _publish_aside,
        )
    print(json.dumps(asdict(read)))
    return 1 if read.failure_count or read.refused_count else 0


if __name__ == "__main__":
    sys.exit(main())
