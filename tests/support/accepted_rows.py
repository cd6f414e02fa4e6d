"""Landed rows as the landing files that the benchmarks' scripts read."""

from pathlib import Path

import duckdb

from ingest.contract.feeds import FEEDS
from ingest.foundation.settings import Settings
from ingest.simulator.files import DEFAULT_FORMATS


def write_accepted_rows(settings: Settings, folder: Path) -> None:
    """What landed and was accepted, as landing files in the formats the floor reads; instants in UTC."""
    with duckdb.connect(str(settings.raw_path), read_only=True) as connection:
        for name, feed in FEEDS.items():
            columns = [
                f"{column} || 'Z' as {column}" if column.endswith("_at") else column
                for column in feed.column_names
            ]
            kind = DEFAULT_FORMATS[name].split(".")[0].replace("jsonl", "json")
            (folder / name).mkdir(parents=True)
            connection.execute(
                f"copy (select {', '.join(columns)} from raw.{name} order by _landing_seq) "
                f"to '{folder / name / name}.{kind}' (format {kind})"
            )
