"""The aliases that are read: those that the feeds declare, and those that a home adds in its `aliases.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingest.contract.code_lists import code_list
from ingest.contract.feeds import FEEDS, Column, Feed
from ingest.contract.feeds.declaration import ALIASED_TYPES
from ingest.foundation.errors import UsageError
from ingest.foundation.suggestion import suggestion

ALIASES_FILE = """\
# What your exports call a value, beside the names that are known already (`warehouse feeds FEED` lists them).
# One section a column of codes, countries, currencies or flags; in any case, from the next landing on.
#
#[payments.status]
#"已支付" = "succeeded"
#
#[users.country_code]
#"Deutschland" = "DE"
"""


@dataclass(frozen=True)
class Aliases:
    """By feed and column what a value may also be called (in lower case), beside what is declared."""

    added: Mapping[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)

    def of(self, feed: Feed, column: Column) -> dict[str, str]:
        """Alias in lower case -> the contract's value; what a home adds goes before what is declared."""
        return {**column.aliases, **self.added.get((feed.name, column.name), {})}


def load_aliases(path: Path) -> Aliases:
    """The aliases of the file, none if it is missing.

    Raises UsageError for what is no TOML of feeds, columns and texts, and for an alias that would change what a value of
    the contract means or that stands for none.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return Aliases()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise _wrong(path, f"cannot be read as TOML ({error})") from None
    added = {}
    for feed_name, columns in content.items():
        if feed_name not in FEEDS:
            raise _wrong(path, f"unknown feed {feed_name!r}{suggestion(feed_name, FEEDS)}")
        feed = FEEDS[feed_name]
        if not isinstance(columns, dict):
            raise _wrong(path, f"{feed_name} must be sections such as [payments.status]")
        for name, names in columns.items():
            column = _column(path, feed, name)
            if not isinstance(names, dict):
                raise _wrong(path, f'[{feed.name}.{name}] must hold lines such as "name" = "value"')
            added[feed.name, name] = {
                _alias(path, feed, column, alias): _value(path, feed, column, alias, value)
                for alias, value in names.items()
            }
    return Aliases(added)


def _column(path: Path, feed: Feed, name: str) -> Column:
    by_name = {column.name: column for column in feed.columns if column.type in ALIASED_TYPES}
    if name not in by_name:
        raise _wrong(
            path, f"{feed.name} has no column {name!r} that takes aliases{suggestion(name, by_name)}"
        )
    return by_name[name]


def _alias(path: Path, feed: Feed, column: Column, alias: str) -> str:
    if column.type == "code" and alias.strip().lower() in code_list(feed.name, column.name):
        raise _wrong(path, f"{feed.name}.{column.name}: {alias!r} is a code of the column and means itself")
    return alias.strip().lower()


def _value(path: Path, feed: Feed, column: Column, alias: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _wrong(path, f"{feed.name}.{column.name}: the value of {alias!r} must be text in quotes")
    if column.type == "code" and value.lower() not in code_list(feed.name, column.name):
        codes = ", ".join(code_list(feed.name, column.name))
        raise _wrong(
            path, f"{feed.name}.{column.name}: {value!r} is no code of the column; those are {codes}"
        )
    return value


def _wrong(path: Path, what: str) -> UsageError:
    return UsageError(f"{path}: {what}. Nothing was landed. Correct or remove the file.")
