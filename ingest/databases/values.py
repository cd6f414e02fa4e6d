"""SQL for a mapped column's value as the feed wants it, and for the key of a row, out of the server's texts."""

from ingest.databases.mapping import ColumnMapping, EntryMapping
from ingest.databases.reading import Read
from ingest.foundation.sql import quote_identifier, quote_text

_BLANKS = "' \t\r\n\u00a0\u3000'"
_NAIVE_INSTANT = r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?"


def server_columns(entry: EntryMapping) -> list[ColumnMapping]:
    return [column for column in entry.columns if column.value is None and not column.is_read_time]


def row_key(entry: EntryMapping) -> str:
    """DuckDB SQL for a row's key as raw has it, as JSON; a constant key column tells nothing apart."""
    parts = []
    for column in key_columns(entry):
        text = f"trim({quote_identifier(column.feed_column.name)}, {_BLANKS})"
        if column.feed_column.type == "integer":
            text = f"coalesce(cast(try_cast({text} as bigint) as varchar), {text})"
        elif column.feed_column.type == "date":
            text = f"coalesce(cast(try_cast({text} as date) as varchar), {text})"
        elif column.feed_column.type in ("upper", "currency"):
            text = f"upper({text})"
        parts.append(text)
    return f"cast(to_json([{', '.join(parts)}]) as varchar)"


def key_columns(entry: EntryMapping) -> list[ColumnMapping]:
    return [column for column in server_columns(entry) if column.feed_column.is_key]


def feed_value(read: Read, column: ColumnMapping, text: str) -> str:
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
