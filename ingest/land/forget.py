"""Forgetting a person: their personal data leaves the raw file, down to its free pages; no figure changes (R20).

Ids, attributes and the order of versions stay, so everything that is counted stays counted.
"""

import json
import mmap
import os
import re
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from ingest.contract.feeds import FEEDS
from ingest.foundation.account import account
from ingest.foundation.clock import naive_utc, now
from ingest.foundation.database import attach_new, connect
from ingest.foundation.disk import sync
from ingest.foundation.errors import UsageError, WarehouseError
from ingest.foundation.fetch import fetch_rows, fetch_value
from ingest.foundation.lock import writer_lock
from ingest.foundation.settings import Settings
from ingest.foundation.shown import looks_like_code, shown_name
from ingest.foundation.sql import quote_identifier, quote_text
from ingest.raw.raw_file import open_raw

# In place of a text that held personal data in the wrong column. No code: it is published as `other`, as that text was.
FORGOTTEN = "(forgotten)"
_ASIDE = ".rewriting-"
# Rows of a feed that does not name the user belong to whom the row of another feed names.
_OWNERS = {
    "purchase_order_lines": (("order_id", "purchase_orders"),),
    "forwarding_boxes": (("order_id", "forwarding_orders"),),
    "refunds": (("payment_id", "payments"),),
    "settlements": (("payment_id", "payments"), ("provider_txn_id", "payments")),
}
# Shorter texts stand in anybody's rows.
_MIN_LENGTH, _MIN_LENGTH_NOT_ASCII = 6, 2
_FREE_TEXTS = ("text", "open_code")


@dataclass(frozen=True)
class Forgotten:
    """What forgetting a person did.

    Counted are the rows whose personal data is gone and the quarantined rows whose text is. `erasures` are all batches of
    the person's rows with how often something in them was erased; `still_in` the files of the home, but for the raw file,
    in which the person still stands.
    """

    user_id: str
    row_count: int
    quarantined_count: int
    erasures: Mapping[str, int]
    still_in: tuple[Path, ...]


def forget(
    settings: Settings,
    user_id: str,
    *,
    reason: str | None = None,
    is_dry_run: bool = False,
    at: datetime | None = None,
) -> Forgotten:
    """Remove a person's `email`, `phone`, unknown columns and quarantined texts, then write the raw file anew.

    Of every row of the user, and of the orders and payments that are theirs. `raw.erasures` keeps who, when and why
    (`reason`, without mail addresses and phone numbers) and no personal data. Holds the writer lock. `at` defaults to now.
    With `is_dry_run` nothing changes. May be repeated: what landed since is forgotten too, and one that was killed is made
    good. Raises UsageError for a user of whom nothing has landed, WarehouseError when the disk refuses.
    """
    with writer_lock(settings, "forget"):
        _remove_leftovers(settings.raw_path)
        with closing(open_raw(settings)) as connection:
            _list_rows(connection, user_id)
            texts = _personal_texts(connection)
            connection.execute("begin")
            try:
                found = _erase(connection, user_id, texts)
                erased = _record(connection, found, reason, naive_utc(at or now()))
                connection.execute("rollback" if is_dry_run else "commit")
            except BaseException:
                connection.execute("rollback")
                raise
        if not is_dry_run:
            _write_anew(settings)
        still_in = tuple(_files_with(settings, texts))
    return Forgotten(user_id, found.row_count, found.quarantined_count, erased, still_in)


def _list_rows(connection: duckdb.DuckDBPyConnection, user_id: str) -> None:
    """Fill the temporary table `mine` (feed, row): the rows of the user, and of their orders and payments."""
    connection.execute("create temp table mine (feed varchar, row_number bigint)")
    owned = {feed.name for feed in FEEDS.values() if "user_id" in feed.column_names}
    for name in sorted(owned):
        connection.execute(
            f"insert into mine select '{name}', rowid from raw.{name} where user_id = ?",
            [user_id],
        )
    for name, links in _OWNERS.items():
        for column, owner in links:
            connection.execute(
                f"insert into mine select '{name}', rowid from raw.{name} where {column} in (select {column} from raw.{owner} "
                f"where {column} is not null and rowid in (select row_number from mine where feed = '{owner}'))"
            )
    if not fetch_value(connection, "select count(*) from mine"):
        quarantined = fetch_value(
            connection, f"select count(*) from raw.quarantine where {_names('raw_text', [user_id])}"
        )
        if not quarantined:
            raise UsageError(
                f"nothing of user {user_id!r} has landed. Nothing was changed. USER is the user_id of the feed users."
            )


def _personal_texts(connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """What may tell who the person is: e-mail addresses, telephone numbers, and all texts in unknown columns."""
    found: set[str] = set()
    for feed in FEEDS.values():
        columns = (*feed.personal, "_extra")
        for row in fetch_rows(
            connection,
            f"select distinct {', '.join(columns)} from raw.{feed.name} where rowid in {_mine(feed.name)}",
        ):
            found.update(text for text in row[:-1] if text)
            if row[-1]:
                found.update(_texts_in(json.loads(row[-1])))
    long_enough = {
        text for text in found if len(text) >= (_MIN_LENGTH if text.isascii() else _MIN_LENGTH_NOT_ASCII)
    }
    return frozenset(long_enough - _of_others(connection, long_enough))


def _of_others(connection: duckdb.DuckDBPyConnection, texts: set[str]) -> set[str]:
    """Those of the texts that stand in unknown columns of somebody else's rows too: they tell nobody apart."""
    found: set[str] = set()
    for feed in FEEDS:
        for text in texts - found:
            said = json.dumps(text, ensure_ascii=False)
            if fetch_rows(
                connection,
                f"select 1 from raw.{feed} where contains(_extra, {quote_text(said)}) "
                f"and rowid not in {_mine(feed)} limit 1",
            ):
                found.add(text)
    return found


def _texts_in(value: object) -> Iterable[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _texts_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts_in(item)
    elif isinstance(value, str):
        yield value


def _mine(feed: str) -> str:
    return f"(select row_number from mine where feed = '{feed}')"


@dataclass(frozen=True)
class _Erased:
    user_id: str
    row_count: int
    quarantined_count: int
    batch_ids: tuple[str, ...]


def _erase(connection: duckdb.DuckDBPyConnection, user_id: str, texts: frozenset[str]) -> _Erased:
    changed: dict[int, str] = {}
    for feed in FEEDS.values():
        changed |= _erase_rows(connection, feed.name, feed.personal)
        for column in feed.columns:
            if (
                column.type in _FREE_TEXTS
                and not column.name.endswith("_id")
                and column.name not in feed.personal
            ):
                changed |= _replace_texts(connection, feed.name, column.name, texts)
    names = [user_id, *_ids(connection), *texts]
    held = fetch_rows(
        connection,
        f"update raw.quarantine set raw_text = null where raw_text is not null and {_names('raw_text', names)} "
        "returning quarantine_id",
    )
    return _Erased(user_id, len(changed), len(held), tuple(sorted(set(changed.values()))))


def _erase_rows(
    connection: duckdb.DuckDBPyConnection, feed: str, personal: tuple[str, ...]
) -> dict[int, str]:
    """Returns the batch of each row that changed, by its place in the landing order."""
    columns = (*personal, "_extra")
    any_said = " or ".join(f"{name} is not null" for name in columns)
    rows = fetch_rows(
        connection,
        f"update raw.{feed} set {', '.join(f'{name} = null' for name in columns)} "
        f"where rowid in {_mine(feed)} and ({any_said}) returning _landing_seq, _batch_id",
    )
    return dict(rows)


def _replace_texts(
    connection: duckdb.DuckDBPyConnection, feed: str, column: str, texts: frozenset[str]
) -> dict[int, str]:
    """Texts of one column, in any row of the person, that hold what tells who they are; a code is published and stays."""
    name = quote_identifier(column)
    values = [
        value
        for (value,) in fetch_rows(
            connection,
            f"select distinct {name} from raw.{feed} where {name} is not null and rowid in {_mine(feed)}",
        )
        if not looks_like_code(value) and any(text in value for text in texts)
    ]
    if not values:
        return {}
    rows = fetch_rows(
        connection,
        f"update raw.{feed} set {name} = '{FORGOTTEN}' where rowid in {_mine(feed)} "
        f"and {name} in ({', '.join(map(quote_text, values))}) returning _landing_seq, _batch_id",
    )
    return dict(rows)


def _ids(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Ids of the person's orders and payments."""
    found = []
    for feed in FEEDS.values():
        if "user_id" in feed.column_names and feed.key != ("user_id",):
            found += fetch_rows(
                connection,
                f"select distinct {feed.key[0]} from raw.{feed.name} where rowid in {_mine(feed.name)}",
            )
    return [key for (key,) in found]


def _names(column: str, words: Iterable[str]) -> str:
    """SQL: whether a text holds one of the words as a whole."""
    patterns = (rf"(^|[^\pL\pN_-]){re.escape(word)}($|[^\pL\pN_-])" for word in words if word)
    tests = [f"regexp_matches({column}, {quote_text(pattern)})" for pattern in patterns]
    return f"({' or '.join(tests)})"


def _record(
    connection: duckdb.DuckDBPyConnection, found: _Erased, reason: str | None, at: datetime
) -> dict[str, int]:
    """Write the deed to the ledger; returns the batches of the person's rows with how often they were erased from."""
    if found.batch_ids:
        connection.execute(
            "update raw.batches set erasure_count = coalesce(erasure_count, 0) + 1 "
            f"where batch_id in ({', '.join(map(quote_text, found.batch_ids))})"
        )
    connection.execute(
        "insert into raw.erasures (user_id, row_count, quarantined_count, reason, erased_by, erased_at) "
        "values (?, ?, ?, ?, ?, ?)",
        [
            found.user_id,
            found.row_count,
            found.quarantined_count,
            shown_name(reason) if reason else None,
            account(),
            at,
        ],
    )
    mine = " union all ".join(
        f"select _batch_id from raw.{feed} where rowid in {_mine(feed)}" for feed in FEEDS
    )
    return dict(
        fetch_rows(
            connection,
            f"select batch_id, erasure_count from raw.batches where erasure_count > 0 and batch_id in ({mine}) order by all",
        )
    )


def _write_anew(settings: Settings) -> None:
    """Replace the raw file by a copy of what it holds: what was erased is still in the old one's free pages."""
    path = settings.raw_path
    aside = path.with_name(f"{_ASIDE}{path.name}")
    try:
        with closing(connect(settings, path)) as connection:
            connection.execute("checkpoint")
            (name,) = fetch_rows(connection, "select current_database()")[0]
            attach_new(connection, aside, "fresh")
            connection.execute(f"copy from database {quote_identifier(name)} to fresh")
            for schema, table in fetch_rows(
                connection,
                "select schema_name, table_name from duckdb_tables() where database_name = ?",
                [name],
            ):
                place = f"{quote_identifier(schema)}.{quote_identifier(table)}"
                counts = [
                    fetch_value(connection, f"select count(*) from {catalog}.{place}")
                    for catalog in (quote_identifier(name), "fresh")
                ]
                if counts[0] != counts[1]:
                    raise WarehouseError(
                        f"the copy of {path} has {counts[1]} rows in {schema}.{table} instead of {counts[0]}. The file was left "
                        "as it is; what was erased is in its free pages. Please report it: this is a bug."
                    )
            connection.execute("detach fresh")
        aside.chmod(path.stat().st_mode & 0o777)
        sync(aside)
        os.replace(aside, path)
        sync(path.parent)
    except (duckdb.Error, OSError) as error:
        raise WarehouseError(
            f"{path} could not be written anew ({error}). What is known of the person is erased, and still in free pages of the "
            "file. Make room on the disk and run the command again."
        ) from None
    finally:
        _remove_leftovers(path)


def _remove_leftovers(path: Path) -> None:
    for leftover in path.parent.glob(f"{_ASIDE}*"):
        leftover.unlink()


def _files_with(settings: Settings, texts: frozenset[str]) -> Iterable[Path]:
    """Files of the home in which one of the texts stands as it is, compressed ones not looked into."""
    wanted = [text.encode() for text in sorted(texts)]
    for path in sorted(settings.home.rglob("*")):
        if path == settings.raw_path or not path.is_file() or path.is_symlink() or not path.stat().st_size:
            continue
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            if any(content.find(word) >= 0 for word in wanted):
                yield path
