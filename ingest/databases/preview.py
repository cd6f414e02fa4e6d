"""What landing from a live database would do: done for real, in a home of its own that is gone afterwards."""

import tempfile
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from ingest.databases.landing import land_database
from ingest.databases.mapping import load_mapping
from ingest.foundation.settings import Settings
from ingest.foundation.sql import quote_identifier
from ingest.land.report import NEW, LandingReport
from ingest.raw.raw_file import has_raw, open_raw

# What a landing looks at: how far entries were read, and what landed before.
_STATE = ("cursors", "cursor_rows", "batches", "revocations")


def preview_database(
    settings: Settings,
    url: str,
    mapping_path: Path | str,
    *,
    find_deleted: bool = False,
    restart: bool = False,
    landed_at: datetime | None = None,
) -> LandingReport:
    """What `land_database` of the same arguments would do: rows and their refusals by entry; the home stays as it is.

    The database is read as it would be. Raises as `land_database` does.
    """
    with tempfile.TemporaryDirectory(prefix="warehouse-dry-run-") as folder:
        aside = settings.replace(home=Path(folder))
        open_raw(aside).close()
        if has_raw(settings):
            feeds = (
                {entry.feed.name for entry in load_mapping(mapping_path).entries} if find_deleted else set()
            )
            _take_state(settings, aside, (*_STATE, *sorted(feeds)))
        report = land_database(
            aside, url, mapping_path, find_deleted=find_deleted, restart=restart, landed_at=landed_at
        )
    return LandingReport(tuple(replace(batch, status=NEW) for batch in report.batches), report.notes)


def _take_state(settings: Settings, aside: Settings, tables: tuple[str, ...]) -> None:
    with (
        closing(open_raw(settings, read_only=True)) as known,
        closing(open_raw(aside)) as connection,
    ):
        present = set(known.execute("select table_name from duckdb_tables()").fetchall())
        for table in tables:
            if (table,) in present:
                name = f"raw.{quote_identifier(table)}"
                connection.register("taken", known.execute(f"from {name}").to_arrow_table())
                connection.execute(f"create or replace table {name} as from taken")
                connection.unregister("taken")
