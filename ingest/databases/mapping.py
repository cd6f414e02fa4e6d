"""Mappings: which table or query of a platform's database feeds which feed, column by column."""

import hashlib
import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ingest.contract.feeds import FEEDS, Column, Feed
from ingest.databases.mapping_file import ColumnTable, CursorTable, FeedTable, MappingFile, faults
from ingest.foundation.errors import UsageError

DEFAULT_OVERLAP_MINUTES = 10


@dataclass(frozen=True)
class ColumnMapping:
    """Where one column of a feed comes from: exactly one of `column`, `sql`, `value`, `is_read_time`.

    `unit` is yuan or fen for money, else None. `zone` is the zone of naive instants, None for the source's.
    `epoch` marks instants kept as a number. `codes` are (at the source, in the feed) pairs.
    """

    feed_column: Column
    column: str | None = None
    sql: str | None = None
    value: str | None = None
    is_read_time: bool = False
    unit: str | None = None
    zone: str | None = None
    epoch: str | None = None
    codes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class CursorMapping:
    """How changed rows are found: those whose `column` is above the last read's highest value less `overlap`.

    `kind` instant: `overlap` is in minutes; number (a growing id, a Unix time): in the column's own unit.
    """

    column: str
    kind: str
    overlap: int


@dataclass(frozen=True)
class EntryMapping:
    """One table or query that feeds one feed. `fingerprint` changes with anything the file says of it."""

    name: str
    feed: Feed
    table: str | None
    query: str | None
    where: str | None
    cursor: CursorMapping | None
    columns: tuple[ColumnMapping, ...]
    fingerprint: str

    def column_of(self, feed_column: str) -> ColumnMapping | None:
        return next((each for each in self.columns if each.feed_column.name == feed_column), None)


@dataclass(frozen=True)
class Mapping:
    """One source: its name in ledger and cursors, the zone of its naive instants, its entries in order."""

    name: str
    time_zone: str | None
    entries: tuple[EntryMapping, ...]


def load_mapping(path: Path | str) -> Mapping:
    """Reads a mapping file.

    Raises UsageError naming the file and every place that holds what it should not.
    """
    path = Path(path)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        file = MappingFile.model_validate(content)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        what = error.strerror if isinstance(error, OSError) else error
        raise UsageError(
            f"{path}: cannot be read as TOML ({what}). Nothing was landed. Correct the file."
        ) from None
    except ValidationError as error:
        wrong = "\n".join(f"{path}: {fault}." for fault in faults(error, content))
        raise UsageError(f"{wrong}\nNothing was landed. Correct the file.") from None
    return Mapping(
        file.source.name,
        file.source.time_zone,
        tuple(
            _entry(feed, feed.money_unit or file.source.money_unit, as_written)
            for feed, as_written in zip(file.feeds, content["feeds"], strict=True)
        ),
    )


def _entry(table: FeedTable, unit: str, as_written: dict[str, Any]) -> EntryMapping:
    feed = FEEDS[table.feed]
    columns = {column.name: column for column in feed.columns}
    canonical = json.dumps([unit, as_written], sort_keys=True, default=str)
    return EntryMapping(
        name=table.entry_name,
        feed=feed,
        table=table.table,
        query=table.query.strip().rstrip(";") if table.query else None,
        where=table.where,
        cursor=_cursor(table.cursor) if table.cursor else None,
        columns=tuple(_column(columns[name], column, unit) for name, column in table.columns.items()),
        fingerprint=hashlib.sha256(canonical.encode()).hexdigest(),
    )


def _column(feed_column: Column, table: ColumnTable, unit: str) -> ColumnMapping:
    # A constant is written as it is meant.
    has_unit = feed_column.type in ("money", "signed_money") and table.value is None
    return ColumnMapping(
        feed_column=feed_column,
        column=table.column,
        sql=table.sql,
        value=table.value,
        is_read_time=bool(table.read_time),
        unit=table.unit or unit if has_unit else None,
        zone=table.zone,
        epoch=table.epoch,
        codes=tuple(table.codes.items()),
    )


def _cursor(table: CursorTable) -> CursorMapping:
    if table.kind == "number":
        return CursorMapping(table.column, table.kind, table.overlap or 0)
    minutes = table.overlap_minutes
    return CursorMapping(table.column, table.kind, DEFAULT_OVERLAP_MINUTES if minutes is None else minutes)
