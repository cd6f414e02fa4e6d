"""Landing from a live PostgreSQL, MySQL/MariaDB or SQLite database, as a mapping file says."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from ingest.databases.addresses import DatabaseAddress, parse_database_url
from ingest.databases.cursors import CursorState, capped, lower_bound, move_cursor, next_value, read_cursor
from ingest.databases.dialects import Dialect, attached, driver_message
from ingest.databases.mapping import ColumnMapping, EntryMapping, Mapping, load_mapping
from ingest.foundation.clock import now
from ingest.foundation.errors import WarehouseError
from ingest.foundation.fetch import fetch_value
from ingest.foundation.lock import writer_lock
from ingest.foundation.settings import Settings
from ingest.foundation.sql import quote_identifier, quote_text
from ingest.land.landing import BatchReport, LandingReport, land_relation
from ingest.raw.build_file import open_build

_ROWS = "database_rows"
_WINDOW = "database_window"
_LANDING = "database_landing"
_KEYS = "database_keys"
_BLANKS = "' \t\r\n\u00a0\u3000'"
_NAIVE_INSTANT = r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?"
# A table whose rows are mostly gone is more likely a wrong address or condition than a deletion.
_SUSPICIOUS_DELETED_COUNT = 20
_SUSPICIOUS_DELETED_SHARE = 0.5


@dataclass(frozen=True)
class _Read:
    """What one landing needs to know throughout."""

    connection: duckdb.DuckDBPyConnection
    settings: Settings
    dialect: Dialect
    mapping: Mapping
    read_at: datetime

    @property
    def time_zone(self) -> str:
        return self.mapping.time_zone or self.settings.source_time_zone

    def name(self, entry: EntryMapping) -> str:
        """The entry's name in the ledger, the cursors and messages."""
        return f"{self.mapping.name}.{entry.name}"


def land_database(
    settings: Settings,
    url: str,
    mapping_path: Path | str,
    *,
    find_deleted: bool = False,
    restart: bool = False,
    landed_at: datetime | None = None,
) -> LandingReport:
    """Lands what changed in a database since the last time; one batch per entry of the mapping that has any.

    `find_deleted` also compares keys: what raw has from an entry and the source no longer has lands as a
    version with is_deleted true and the time of the read as updated_at. `restart` reads every row again, as
    after a change of the mapping. The cursor of an entry moves in the transaction of its landing. An entry
    that fails does not stop the others; the failures are raised together afterwards. Raises UsageError for a
    wrong address or mapping, WarehouseError for what the database refuses; neither ever holds a credential.
    """
    address = parse_database_url(url)
    mapping = load_mapping(mapping_path)
    batches: list[BatchReport] = []
    notes: list[str] = []
    failures: list[str] = []
    with writer_lock(settings, f"land {address.shown}"):
        connection = open_build(settings)
        try:
            with attached(connection, address) as dialect:
                read = _Read(connection, settings, dialect, mapping, landed_at or now())
                for entry in mapping.entries:
                    try:
                        _land_entry(read, entry, restart, batches, notes)
                        if find_deleted:
                            _land_deleted(read, entry, batches, notes)
                    except duckdb.Error as error:
                        failures.append(_failure(read.name(entry), address, error))
                    except WarehouseError as error:
                        failures.append(f"{read.name(entry)}: {address.scrubbed(str(error))}")
                    finally:
                        _drop_working_tables(connection)
        finally:
            connection.close()
    report = LandingReport(tuple(batches), tuple(notes))
    if failures:
        landed = f"\nWhat landed all the same:\n{chr(10).join(report.lines())}" if report.lines() else ""
        raise WarehouseError("\n".join(failures) + landed)
    return report


def _failure(name: str, address: DatabaseAddress, error: duckdb.Error) -> str:
    return (
        f"{name}: {address.shown} refused or lost the query: {driver_message(address.scrubbed(str(error)))}\n"
        "Nothing of it was landed and its cursor did not move. Correct the mapping or the database and "
        "land again."
    )


def _drop_working_tables(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(f"drop view if exists {_LANDING}")
    for table in (_ROWS, _WINDOW, _KEYS):
        connection.execute(f"drop table if exists {table}")


# ----------------------------------------------------------------------------------------------- changed rows


def _land_entry(
    read: _Read, entry: EntryMapping, restart: bool, batches: list[BatchReport], notes: list[str]
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


def _server_columns(entry: EntryMapping) -> list[ColumnMapping]:
    return [column for column in entry.columns if column.value is None and not column.is_read_time]


def _read_rows(read: _Read, entry: EntryMapping, start: str | None, ignore_known: bool) -> None:
    """Makes `_ROWS`: the feed's columns as text, `cursor_text`, `row_key`, `row_hash`, `is_known`."""
    dialect = read.dialect
    columns = _server_columns(entry)
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
        f"{_value(read, column, f'c{at}')} as {quote_identifier(column.feed_column.name)}"
        for at, column in enumerate(columns)
    )
    names = ", ".join(quote_identifier(column.feed_column.name) for column in columns)
    known = "row_hash in (select row_hash from meta.cursor_rows where entry = $entry)"
    read.connection.execute(
        f"create or replace temp table {_ROWS} as "
        f"select *, not $ignore_known and {known} as is_known from ("
        f"select *, md5(cast(to_json([{names}]) as varchar)) as row_hash, {_row_key(entry)} as row_key "
        f"from (select {values}, cast(cursor_text as varchar) as cursor_text from {rows}))",
        {"entry": read.name(entry), "ignore_known": ignore_known},
    )


def _row_key(entry: EntryMapping) -> str:
    """DuckDB SQL for a row's key as raw has it, as JSON; a constant key column tells nothing apart."""
    parts = []
    for column in _key_columns(entry):
        text = f"trim({quote_identifier(column.feed_column.name)}, {_BLANKS})"
        if column.feed_column.type == "integer":
            text = f"coalesce(cast(try_cast({text} as bigint) as varchar), {text})"
        elif column.feed_column.type == "date":
            text = f"coalesce(cast(try_cast({text} as date) as varchar), {text})"
        elif column.feed_column.type in ("upper", "currency"):
            text = f"upper({text})"
        parts.append(text)
    return f"cast(to_json([{', '.join(parts)}]) as varchar)"


def _key_columns(entry: EntryMapping) -> list[ColumnMapping]:
    return [column for column in _server_columns(entry) if column.feed_column.is_key]


def _value(read: _Read, column: ColumnMapping, text: str) -> str:
    """DuckDB SQL for the value as the feed wants it, out of the server's text of it."""
    if column.codes:
        branches = " ".join(f"when {quote_text(at)} then {quote_text(to)}" for at, to in column.codes)
        text = f"case {text} {branches} else {text} end"
    if column.epoch:
        # Platforms write 0 for an instant that has not come.
        factor = 1_000_000 if column.epoch == "seconds" else 1_000
        number = f"(case when regexp_full_match({text}, '\\d+') then try_cast({text} as bigint) end)"
        return (
            f"case when {number} = 0 then null "
            f"when {number} between 1 and 4102444800 * {1_000_000 // factor} then "
            f"cast(make_timestamp({number} * {factor}) as varchar) || 'Z' else {text} end"
        )
    if column.feed_column.type in ("instant", "date") and read.dialect.kind == "mysql":
        text = f"case when starts_with({text}, '0000-00-00') then null else {text} end"
    if column.zone:
        moment = f"try_cast({text} as timestamp)"
        text = (
            f"case when regexp_full_match({text}, '{_NAIVE_INSTANT}') and {moment} is not null "
            f"then cast(timezone('UTC', timezone({quote_text(column.zone)}, {moment})) as varchar) || 'Z' "
            f"else {text} end"
        )
    if column.unit == "fen":
        # Exact: the decimal point moves by two places. What is no such number must not pass for yuan.
        yuan = f"cast(try_cast({text} as decimal(28, 6)) * cast(0.01 as decimal(2, 2)) as varchar)"
        text = (
            f"case when {text} is null or trim({text}) = '' then null "
            f"when regexp_full_match(trim({text}), '[+-]?\\d{{1,16}}(\\.\\d{{1,6}}0*)?') "
            f"then rtrim(rtrim({yuan}, '0'), '.') else {text} || ' fen' end"
        )
    return text


def _highest(read: _Read, entry: EntryMapping) -> str | None:
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


def _create_landing_view(read: _Read, entry: EntryMapping) -> None:
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


# ----------------------------------------------------------------------------------------------- deleted rows


def _land_deleted(read: _Read, entry: EntryMapping, batches: list[BatchReport], notes: list[str]) -> None:
    feed, name = entry.feed, read.name(entry)
    connection = read.connection
    if "is_deleted" not in feed.column_names:
        notes.append(f"{feed.name}/{name}: the feed has no is_deleted; deletions are not looked for.")
        return
    _read_keys(read, entry)
    known_count, gone_count = _find_gone(read, entry)
    if not gone_count:
        notes.append(f"{feed.name}/{name}: no deletions ({known_count} keys compared)")
        return
    if known_count >= _SUSPICIOUS_DELETED_COUNT and gone_count > known_count * _SUSPICIOUS_DELETED_SHARE:
        raise WarehouseError(
            f"{gone_count} of {known_count} rows that landed from here are gone at the source. That looks "
            "like a wrong database or condition, so none of them was marked as deleted. If they really are "
            f"deleted, land their last versions with is_deleted true as a file of the feed {feed.name}."
        )
    batches.append(
        land_relation(
            connection,
            read.settings,
            feed.name,
            _LANDING,
            source_name=name,
            source_kind=read.dialect.kind,
            source_time_zone="UTC",
            landed_at=read.read_at,
            in_transaction=lambda inside: _forget_gone(inside, name),
        )
    )


def _read_keys(read: _Read, entry: EntryMapping) -> None:
    """Makes `_KEYS`: the key of every row the source has now."""
    dialect = read.dialect
    columns = _key_columns(entry)
    selected = ", ".join(f"{text} as c{at}" for at, text in enumerate(dialect.text_columns(entry, columns)))
    values = ", ".join(
        f"{_value(read, column, f'c{at}')} as {quote_identifier(column.feed_column.name)}"
        for at, column in enumerate(columns)
    )
    rows = dialect.rows(f"select {selected} {dialect.source(entry)}")
    read.connection.execute(
        f"create or replace temp table {_KEYS} as "
        f"select {_row_key(entry)} as row_key from (select {values} from {rows})"
    )


def _find_gone(read: _Read, entry: EntryMapping) -> tuple[int, int]:
    """Makes `_ROWS` and the landing view of what is gone; returns how many keys are known, how many of them
    gone.

    Known are the keys whose current version landed from this entry and is not deleted.
    """
    feed = entry.feed
    key = ", ".join(quote_identifier(name) for name in feed.key)
    kept = ", ".join(
        quote_identifier(name) for name in feed.column_names if name not in ("updated_at", "is_deleted")
    )
    read_at = read.read_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    connection = read.connection
    connection.execute(
        f"create or replace temp table {_ROWS} as "
        "with own as (select batch_id from raw.batches "
        "where feed = $feed and source_name = $name and source_kind = $kind), "
        "batches as (select batch_id from raw.batches "
        "where batch_id in (from own) or retry_of_batch_id in (from own)), "
        f"current as (select * from raw.{feed.name} qualify row_number() over "
        f"(partition by {key} order by updated_at desc nulls last, _landing_seq desc) = 1) "
        f"select {kept}, greatest(updated_at, $read_at) as updated_at, 'true' as is_deleted, "
        f"{_row_key(entry)} as row_key "
        "from current where coalesce(is_deleted, 'false') <> 'true' and _batch_id in (from batches)",
        {"feed": feed.name, "name": read.name(entry), "kind": read.dialect.kind, "read_at": read_at},
    )
    known_count = fetch_value(connection, f"select count(*) from {_ROWS}")
    connection.execute(f"delete from {_ROWS} where row_key in (select row_key from {_KEYS})")
    connection.execute(
        f"create or replace temp view {_LANDING} as select {kept}, updated_at, is_deleted from {_ROWS}"
    )
    return known_count, fetch_value(connection, f"select count(*) from {_ROWS}")


def _forget_gone(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """A row that comes back unchanged must land again."""
    connection.execute(
        f"delete from meta.cursor_rows where entry = ? and row_key in (select row_key from {_ROWS})", [name]
    )
