"""A mapping drafted from a database's schema: every guess marked, what is missing listed."""

import json
import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field

import duckdb

from ingest.contract.code_lists import code_list
from ingest.contract.feeds import FEEDS, Column, Feed
from ingest.databases.addresses import DatabaseAddress
from ingest.databases.dialects import Dialect, attached, driver_message
from ingest.databases.guesses import (
    CODES,
    COLUMNS,
    CONSTANTS,
    CURRENCIES_OF_AMOUNTS,
    ROWS_OF_TYPE,
    TABLES,
)
from ingest.databases.schema import SourceColumn, SourceTable, read_codes, read_schema
from ingest.foundation.errors import WarehouseError
from ingest.foundation.shown import looks_like_code

_CodesOf = Callable[[str, str, str | None], list[str]]


@dataclass(frozen=True)
class DraftedFeed:
    """What of one feed was found: its table, a line of TOML by column, and the columns that were not."""

    feed: Feed
    table: SourceTable
    where: str | None
    lines: dict[str, str] = field(default_factory=dict)

    @property
    def missing(self) -> list[str]:
        return [column.name for column in self.feed.columns if column.name not in self.lines]

    @property
    def missing_required(self) -> list[str]:
        return [name for name in self.missing if name in self.feed.required]


@dataclass(frozen=True)
class Draft:
    """The text of a mapping file, the feeds that it maps, and the others with what they lack."""

    text: str
    feeds: tuple[DraftedFeed, ...]
    lacking: dict[str, str]


def draft_mapping(address: DatabaseAddress) -> Draft:
    """Reads a database's schema and codes and drafts a mapping; nothing is landed.

    Values are read of columns of codes only, and shown only where they look like codes. Raises WarehouseError where the
    database cannot be read.
    """
    with closing(duckdb.connect()) as connection, attached(connection, address) as dialect:
        try:
            return _draft(connection, dialect, address)
        except duckdb.Error as error:
            raise WarehouseError(
                f"{address.shown} could not be read: {driver_message(address.scrubbed(str(error)))}\nNothing was written. "
                "The user of the database needs SELECT on its tables."
            ) from None


def _draft(connection: duckdb.DuckDBPyConnection, dialect: Dialect, address: DatabaseAddress) -> Draft:
    tables = read_schema(connection, dialect)

    def codes_of(table: str, column: str, where: str | None) -> list[str]:
        return read_codes(connection, dialect, table, column, where)

    feeds, lacking = [], {}
    for name in TABLES:
        drafted = [
            _drafted(FEEDS[name], table, codes_of, dialect.kind) for table in _candidates(name, tables)
        ]
        # The best name among those that have all that is required.
        whole = next((one for one in drafted if not one.missing_required), None)
        if whole:
            feeds.append(whole)
        elif drafted:
            nearest = min(drafted, key=lambda one: len(one.missing_required))
            lacking[name] = f"{nearest.table.name} has no {', '.join(nearest.missing_required)}"
        else:
            lacking[name] = "no table is called so"
    return Draft(_as_toml(address, tuple(feeds), lacking), tuple(feeds), lacking)


def _candidates(feed: str, tables: list[SourceTable]) -> list[SourceTable]:
    """Tables whose name is, or ends with, a word for the feed; better words first, then shorter names."""
    found = []
    for rank, word in enumerate(TABLES[feed]):
        for table in tables:
            name = table.name.rpartition(".")[2].lower()
            if name == word or name.endswith(f"_{word}"):
                found.append((rank, len(name), table))
    return [table for _, _, table in sorted(found, key=lambda one: (one[0], one[1], one[2].name))]


def _drafted(feed: Feed, table: SourceTable, codes_of: _CodesOf, kind: str) -> DraftedFeed:
    where = _where(feed, table)
    drafted = DraftedFeed(feed, table, where)
    foreign = _foreign_currencies(table, codes_of, where)
    for column in feed.columns:
        names = COLUMNS[feed.name].get(column.name, ())
        found = next((source for name in names if (source := table.column(name))), None)
        # Refunds that stand among the orders have the order's states, which say nothing of them.
        if found and column.name == "user_id" and _has_guests(table):
            drafted.lines[column.name] = _guest_line(table, found, kind)
        elif found and not (feed.name == "refunds" and column.name == "status" and where):
            codes = codes_of(table.name, found.name, where) if column.type == "code" else []
            line = _line(feed, column, found, codes, kind)
            if foreign and column.name.endswith("_cny"):
                line += f"; TO DO: has amounts in {foreign}, but this must be CNY"
            drafted.lines[column.name] = line
        elif constant := CONSTANTS.get(feed.name, {}).get(column.name):
            drafted.lines[column.name] = (
                f"{{ value = {_quoted(constant)} }}  # guess: nothing tells; the same in every row"
            )
    return drafted


def _where(feed: Feed, table: SourceTable) -> str | None:
    """Which rows are meant where a table holds several things; of orders, those on which something was paid."""
    conditions = []
    if feed.name in ROWS_OF_TYPE and table.column("type") and table.column("parent_order_id"):
        conditions.append(f"type = '{ROWS_OF_TYPE[feed.name]}'")
    if feed.name == "payments" and table.column("base_total_paid"):
        conditions.append("base_total_paid is not null")
    if table.name.lower().endswith("creditmemo") and table.column("state"):
        # 1 is open, 2 refunded, 3 cancelled.
        conditions.append("state = 2")
    return " and ".join(conditions) or None


def _has_guests(table: SourceTable) -> bool:
    """Whether orders of the table may have no customer: such shops keep the buyer's address on the order."""
    return any(table.column(name) for name in ("billing_email", "customer_is_guest"))


def _guest_line(table: SourceTable, source: SourceColumn, kind: str) -> str:
    """Without a customer of its own every guest would be the same one, or no customer at all."""
    key = next((column.name for column in table.columns if column.is_key), "id")
    quoted, key = (f"`{name}`" if kind == "mysql" else f'"{name}"' for name in (source.name, key))
    text = "char" if kind == "mysql" else "text"
    guest = f"concat('guest-', {key})" if kind == "mysql" else f"'guest-' || {key}"
    expression = f"coalesce(cast(nullif({quoted}, 0) as {text}), {guest})"
    return f"{{ sql = {_quoted(expression)} }}  # guess: {source.type}; the order of a guest has a customer of its own"


def _foreign_currencies(table: SourceTable, codes_of: _CodesOf, where: str | None) -> str:
    """The currencies other than CNY in which a table has amounts."""
    column = next((found for name in CURRENCIES_OF_AMOUNTS if (found := table.column(name))), None)
    codes = codes_of(table.name, column.name, where) if column else []
    return ", ".join(code for code in codes if looks_like_code(code) and code.upper() not in ("CNY", "RMB"))


def _line(feed: Feed, column: Column, source: SourceColumn, codes: list[str], kind: str) -> str:
    """What stands right of `=`, with its reason."""
    why = f"{source.type}{', the key' if source.is_key else ''}{f', {source.comment!r}' if source.comment else ''}"
    options: list[str] = []
    if column.type == "instant":
        if source.is_whole_number:
            options.append('epoch = "seconds"')
        elif source.name.lower().endswith("_gmt") or source.name.lower() == "user_registered":
            options.append('zone = "UTC"')
    if column.type == "money":
        if source.is_whole_number:
            options.append('unit = "fen"')
        if column.name == "discount_cny" or feed.name == "refunds":
            # Some platforms write what is taken off or given back as a negative amount.
            name = f"`{source.name}`" if kind == "mysql" else f'"{source.name}"'
            given = ", ".join([f"sql = {_quoted(f'abs({name})')}", *options])
            return f"{{ {given} }}  # guess: {why}; never negative"
    if codes:
        known, unknown = _codes(feed, column, codes)
        if known:
            options.append(
                "codes = { " + ", ".join(f"{_quoted(at)} = {_quoted(to)}" for at, to in known) + " }"
            )
        if unknown:
            shown = ", ".join(code if looks_like_code(code) else "…" for code in unknown)
            why += f"; TO DO: give {shown} a code, one of {', '.join(code_list(feed.name, column.name))}"
    if column.name == "updated_at" and not re.search("upd|modif", source.name.lower()):
        why += "; nothing tells when a row changed, later changes are not seen"
    value = (
        f"{{ column = {_quoted(source.name)}, {', '.join(options)} }}" if options else _quoted(source.name)
    )
    return f"{value}  # guess: {why}"


def _codes(feed: Feed, column: Column, codes: list[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """(at the source, in the feed) as far as words tell, and the codes of which they tell nothing."""
    words = CODES.get((feed.name, column.name), {})
    listed = code_list(feed.name, column.name)
    known, unknown = [], []
    for code in codes:
        word = code.lower().removeprefix("wc-")
        to = words.get(word) or (word if word in listed else None)
        if to is None:
            unknown.append(code)
        elif to != code.lower():
            known.append((code, to))
    return known, unknown


def _as_toml(address: DatabaseAddress, feeds: tuple[DraftedFeed, ...], lacking: dict[str, str]) -> str:
    source = re.sub(r"[^a-z0-9_-]", "_", (address.database or "shop").lower())[:60]
    lines = [
        f"# Drafted from the schema of {address.shown}. Nothing here is certain: read every line that says guess,",
        "# correct it, and take the word away. docs/examples/open_platform.toml shows every form a line can take.",
        "# Every table is read whole each time; once one is large, give it a cursor.",
        "",
        "[source]",
        f"name = {_quoted(source)}  # names the batches and the cursors; keep it once something has landed",
        'time_zone = "Asia/Shanghai"  # guess: of instants that carry no zone',
        'money_unit = "yuan"  # guess: of money without a unit of its own. Columns that end with _cny must be in CNY',
    ]
    for drafted in feeds:
        lines += ["", "[[feeds]]", f"feed = {_quoted(drafted.feed.name)}"]
        lines += [
            f"name = {_quoted(drafted.feed.name)}",
            f"table = {_quoted(drafted.table.name)}  # guess: by its name",
        ]
        if drafted.where:
            lines.append(
                f"where = {_quoted(drafted.where)}  # guess: other rows of the table are something else"
            )
        lines += ["", "[feeds.columns]", *(f"{name} = {line}" for name, line in drafted.lines.items())]
        if drafted.missing:
            lines.append(f"# not found: {', '.join(drafted.missing)}")
    for name, what in lacking.items():
        lines += ["", f"# missing feed {name}: {what}"]
    others = [name for name in FEEDS if name not in TABLES]
    lines += ["", f"# not looked for: {', '.join(others)}", ""]
    return "\n".join(lines)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
