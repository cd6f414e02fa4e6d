"""The rows of one mapped table or query that are new or changed since its last read."""

from datetime import UTC

import duckdb

from ingest.databases.cursors import CursorState, capped, lower_bound, move_cursor, next_value, read_cursor
from ingest.databases.mapping import EntryMapping
from ingest.databases.reading import Read
from ingest.databases.values import feed_value, row_key, server_columns
from ingest.foundation.fetch import fetch_value
from ingest.foundation.sql import quote_identifier, quote_text
from ingest.land.landing import land_relation
from ingest.land.report import BatchReport

_ROWS = "database_rows"
_WINDOW = "database_window"
_LANDING = "database_landing"


def land_changed(
    read: Read, entry: EntryMapping, restart: bool, batches: list[BatchReport], notes: list[str]
) -> None:
    name = read.name(entry)
    connection = read.connection
    before = read_cursor(connection, name)
    if before.mapping_fingerprint not in (None, entry.fingerprint) and not restart:
        notes.append(
            f"{entry.feed.name}/{name}: its mapping has changed since the last read; rows read before keep "
            "the old one. To read all of them again: --restart."
        )
    known_value = None if restart or before.column != _cursor_name(entry) else before.value
    start = None if entry.cursor is None else lower_bound(entry.cursor, known_value)
    _read_rows(read, entry, start, ignore_known=restart)
    read_count, new_count = connection.execute(
        f"select count(*), count(*) filter (where not is_known) from {_ROWS}"
    ).fetchall()[0]
    if not new_count:
        notes.append(f"{entry.feed.name}/{name}: nothing new ({read_count} known rows read again)")
        return
    value = None
    if entry.cursor is not None:
        value = next_value(entry.cursor, known_value, _highest(read, entry))
        value = capped(entry.cursor, value, read.read_at, read.time_zone)
    after = CursorState(_cursor_name(entry), value, entry.fingerprint)
    _keep_window(connection, entry, after)
    _create_landing_view(read, entry)
    report = land_relation(
        connection,
        read.settings,
        entry.feed.name,
        _LANDING,
        source_name=name,
        source_kind=read.dialect.kind,
        source_time_zone=read.time_zone,
        landed_at=read.read_at,
        in_transaction=lambda inside: move_cursor(inside, name, after, read_at=read.read_at, window=_WINDOW),
    )
    batches.append(report)


def _cursor_name(entry: EntryMapping) -> str | None:
    """What a remembered value is a value of."""
    return None if entry.cursor is None else f"{entry.cursor.kind} {entry.cursor.column}"


def _read_rows(read: Read, entry: EntryMapping, start: str | None, ignore_known: bool) -> None:
    """Makes `_ROWS`: the feed's columns as text, `cursor_text`, `row_key`, `row_hash`, `is_known`."""
    dialect = read.dialect
    columns = server_columns(entry)
    texts = dialect.text_columns(entry, columns)
    selected = [f"{text} as c{at}" for at, text in enumerate(texts)]
    query = dialect.source(entry)
    if entry.cursor is not None:
        selected.append(f"{dialect.cursor_text(entry)} as cursor_text")
        if start is not None:
            place = dialect.quoted(entry.cursor.column)
            bound = start if entry.cursor.kind == "number" else dialect.literal(start)
            condition = f"({place} >= {bound} or {place} is null)"
            query += f" and {condition}" if entry.where else f" where {condition}"
    else:
        selected.append("null as cursor_text")
    rows = dialect.rows(f"select {', '.join(selected)} {query}")
    values = ", ".join(
        f"{feed_value(read, column, f'c{at}')} as {quote_identifier(column.feed_column.name)}"
        for at, column in enumerate(columns)
    )
    names = ", ".join(quote_identifier(column.feed_column.name) for column in columns)
    known = "row_hash in (select row_hash from raw.cursor_rows where entry = $entry)"
    read.connection.execute(
        f"create or replace temp table {_ROWS} as "
        f"select *, not $ignore_known and {known} as is_known from ("
        f"select *, md5(cast(to_json([{names}]) as varchar)) as row_hash, {row_key(entry)} as row_key "
        f"from (select {values}, cast(cursor_text as varchar) as cursor_text from {rows}))",
        {"entry": read.name(entry), "ignore_known": ignore_known},
    )


def _highest(read: Read, entry: EntryMapping) -> str | None:
    if entry.cursor is None:
        return None
    if entry.cursor.kind == "number":
        value = fetch_value(
            read.connection, f"select max(try_cast(cursor_text as decimal(38, 0))) from {_ROWS}"
        )
        return None if value is None else str(int(value))
    return fetch_value(
        read.connection,
        f"select max(cursor_text) from {_ROWS} "
        "where regexp_matches(cursor_text, '^[1-9]\\d{3}-\\d{2}-\\d{2}')",
    )


def _keep_window(connection: duckdb.DuckDBPyConnection, entry: EntryMapping, after: CursorState) -> None:
    """Makes `_WINDOW`: the rows that the next read will meet again. This read met all of them."""
    condition = "true"
    if entry.cursor is not None:
        bound = lower_bound(entry.cursor, after.value)
        if bound is not None and entry.cursor.kind == "number":
            condition = f"cursor_text is null or try_cast(cursor_text as decimal(38, 0)) >= {bound}"
        elif bound is not None:
            condition = f"cursor_text is null or cursor_text >= {quote_text(bound)}"
    connection.execute(
        f"create or replace temp table {_WINDOW} as select row_key, row_hash from {_ROWS} where {condition}"
    )


def _create_landing_view(read: Read, entry: EntryMapping) -> None:
    columns = []
    for column in entry.columns:
        name = quote_identifier(column.feed_column.name)
        if column.value is not None:
            columns.append(f"{quote_text(column.value)} as {name}")
        elif column.is_read_time:
            columns.append(f"{quote_text(read.read_at.astimezone(UTC).isoformat())} as {name}")
        else:
            columns.append(name)
    read.connection.execute(
        f"create or replace temp view {_LANDING} as "
        f"select {', '.join(columns)} from {_ROWS} where not is_known"
    )
