"""Mapping files: which table or query of a platform's database feeds which feed, column by column (TOML).

`docs/examples/open_platform.toml` shows every form.
"""

import hashlib
import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ingest.contract.feeds import FEEDS, Column, Feed
from ingest.foundation.errors import UsageError

MONEY_UNITS = ("yuan", "fen")
EPOCHS = ("seconds", "milliseconds")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_MONEY_TYPES = ("money", "signed_money")


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
    """Reads a mapping file. Raises UsageError naming the file and the place for anything it should not
    hold."""
    path = Path(path)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        what = error.strerror if isinstance(error, OSError) else error
        raise UsageError(
            f"{path}: cannot be read as TOML ({what}). Nothing was landed. Correct the file."
        ) from None
    try:
        return _mapping(content)
    except _Wrong as wrong:
        raise UsageError(f"{path}: {wrong}. Nothing was landed. Correct the file.") from None


class _Wrong(ValueError):
    """What is wrong in a mapping, and where."""


def _mapping(content: dict[str, Any]) -> Mapping:
    _only(content, "the file", ("source", "feeds"))
    source = content.get("source")
    if not isinstance(source, dict):
        raise _Wrong("[source] is missing")
    _only(source, "[source]", ("name", "time_zone", "money_unit"))
    unit = _one_of(source.get("money_unit", "yuan"), MONEY_UNITS, "[source] money_unit")
    feeds = content.get("feeds")
    if not isinstance(feeds, list) or not feeds or not all(isinstance(each, dict) for each in feeds):
        raise _Wrong("at least one [[feeds]] is needed")
    entries = tuple(_entry(each, unit, f"[[feeds]] number {at}") for at, each in enumerate(feeds, start=1))
    names = [entry.name for entry in entries]
    for name in names:
        if names.count(name) > 1:
            raise _Wrong(f"two [[feeds]] are named {name!r}; give each a name of its own (name = …)")
    zone = source.get("time_zone")
    return Mapping(
        _name(source.get("name"), "[source] name"),
        None if zone is None else _zone(zone, "[source] time_zone"),
        entries,
    )


def _entry(content: dict[str, Any], unit: str, place: str) -> EntryMapping:
    _only(content, place, ("feed", "name", "table", "query", "where", "cursor", "money_unit", "columns"))
    feed = FEEDS.get(str(content.get("feed")))
    if feed is None:
        raise _Wrong(f"{place}: feed must be one of {', '.join(FEEDS)}")
    table, query, where = (_text(content, key, place) for key in ("table", "query", "where"))
    if (table is None) == (query is None):
        raise _Wrong(f"{place}: give either table or query")
    table_name = (table or "").rpartition(".")[2].lower()
    name = _name(content.get("name", table_name or None), f"{place} name")
    place = f"{place} ({name})"
    unit = _one_of(content.get("money_unit", unit), MONEY_UNITS, f"{place} money_unit")
    columns = content.get("columns")
    if not isinstance(columns, dict):
        raise _Wrong(f"{place}: [feeds.columns] is missing")
    known = {column.name: column for column in feed.columns}
    for column in columns:
        if column not in known:
            raise _Wrong(f"{place}: the feed {feed.name} has no column {column!r}; it has {', '.join(known)}")
    missing = [column for column in feed.required if column not in columns]
    if missing:
        raise _Wrong(f"{place}: required columns are not mapped: {', '.join(missing)}")
    mapped = tuple(
        _column(known[column], value, unit, f"{place} column {column}") for column, value in columns.items()
    )
    canonical = json.dumps([unit, content], sort_keys=True, default=str)
    return EntryMapping(
        name=name,
        feed=feed,
        table=table,
        query=query.strip().rstrip(";") if query else None,
        where=where,
        cursor=_cursor(content.get("cursor"), place),
        columns=mapped,
        fingerprint=hashlib.sha256(canonical.encode()).hexdigest(),
    )


def _column(feed_column: Column, content: Any, unit: str, place: str) -> ColumnMapping:
    if isinstance(content, str):
        content = {"column": content}
    if not isinstance(content, dict):
        raise _Wrong(f'{place}: must be a column\'s name or a table such as {{ sql = "…" }}')
    _only(content, place, ("column", "sql", "value", "read_time", "unit", "zone", "epoch", "codes"))
    sources = [key for key in ("column", "sql", "value", "read_time") if key in content]
    if len(sources) != 1:
        raise _Wrong(f"{place}: give exactly one of column, sql, value, read_time")
    is_money, is_instant = feed_column.type in _MONEY_TYPES, feed_column.type == "instant"
    if "unit" in content and not is_money:
        raise _Wrong(f"{place}: only money has a unit")
    if ("zone" in content or "epoch" in content or "read_time" in content) and not is_instant:
        raise _Wrong(f"{place}: only instants have a zone, an epoch or read_time")
    if content.get("read_time", True) is not True:
        raise _Wrong(f"{place}: read_time can only be true")
    value = content.get("value")
    if isinstance(value, bool):
        value = "true" if value else "false"
    codes = content.get("codes", {})
    if not isinstance(codes, dict):
        raise _Wrong(f'{place}: codes must be a table such as {{ 10 = "paid" }}')
    return ColumnMapping(
        feed_column=feed_column,
        column=_text(content, "column", place),
        sql=_text(content, "sql", place),
        value=None if value is None else str(value),
        is_read_time="read_time" in content,
        # A constant is written as it is meant.
        unit=_one_of(content.get("unit", unit), MONEY_UNITS, place) if is_money and value is None else None,
        zone=_zone(content["zone"], f"{place} zone") if "zone" in content else None,
        epoch=_one_of(content["epoch"], EPOCHS, f"{place} epoch") if "epoch" in content else None,
        codes=tuple((str(at_source), str(in_feed)) for at_source, in_feed in codes.items()),
    )


def _cursor(content: Any, place: str) -> CursorMapping | None:
    if content is None:
        return None
    if not isinstance(content, dict):
        raise _Wrong(f'{place}: cursor must be a table such as {{ column = "updated_at" }}')
    place = f"{place} cursor"
    _only(content, place, ("column", "kind", "overlap", "overlap_minutes"))
    column = _text(content, "column", place)
    if column is None:
        raise _Wrong(f"{place}: column is missing")
    kind = _one_of(content.get("kind", "instant"), ("instant", "number"), f"{place} kind")
    key, default = ("overlap_minutes", 10) if kind == "instant" else ("overlap", 0)
    if ({"overlap", "overlap_minutes"} - {key}) & set(content):
        raise _Wrong(f"{place}: a cursor of kind {kind} has {key}")
    overlap = content.get(key, default)
    if isinstance(overlap, bool) or not isinstance(overlap, int) or overlap < 0:
        raise _Wrong(f"{place}: {key} must be a whole number of at least 0")
    return CursorMapping(column, kind, overlap)


def _only(content: dict[str, Any], place: str, allowed: tuple[str, ...]) -> None:
    unknown = [key for key in content if key not in allowed]
    if unknown:
        raise _Wrong(f"{place}: unknown key {unknown[0]!r}; known are {', '.join(allowed)}")


def _text(content: dict[str, Any], key: str, place: str) -> str | None:
    value = content.get(key)
    if value is not None and (not isinstance(value, str) or not value.strip() or "\0" in value):
        raise _Wrong(f"{place}: {key} must be a text that is not empty")
    return value


def _name(value: Any, place: str) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise _Wrong(f"{place} must be lower case letters, digits, _ and -, such as open_platform")
    return value


def _one_of(value: Any, allowed: tuple[str, ...], place: str) -> str:
    if value not in allowed:
        raise _Wrong(f"{place} must be one of {', '.join(allowed)}, not {value!r}")
    return str(value)


def _zone(value: Any, place: str) -> str:
    try:
        return ZoneInfo(value).key
    except (KeyError, TypeError, ValueError, OSError):
        raise _Wrong(f"{place} must be an IANA time zone such as Asia/Shanghai, not {value!r}") from None
