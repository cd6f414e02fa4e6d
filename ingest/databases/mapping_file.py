"""What a mapping file may hold (TOML), and what is said of anything else.

`docs/examples/open_platform.toml` shows every form; `ingest.databases.mapping` says what the forms mean.
"""

import re
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from ingest.contract.feeds import FEEDS, Feed
from ingest.foundation.suggestion import suggestion

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_NAME_IS = "lower case letters, digits, _ and -, such as open_platform"
_MONEY_TYPES = ("money", "signed_money")


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise ValueError("must be a text that is not empty")
    return value


def _name(value: Any) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise ValueError(f"must be {_NAME_IS}")
    return value


def _time_zone(value: Any) -> str:
    try:
        return ZoneInfo(value).key
    except (KeyError, TypeError, ValueError, OSError):
        raise ValueError(f"must be an IANA time zone such as Asia/Shanghai, not {value!r}") from None


def _feed_name(value: Any) -> str:
    if not isinstance(value, str) or value not in FEEDS:
        raise ValueError(f"there is no feed {value!r}{suggestion(str(value), FEEDS)}")
    return value


def _constant(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        raise ValueError("must be a text, a number, a date, true or false")
    return str(value)


def _whole_number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("must be a whole number of at least 0")
    return value


def _true(value: Any) -> bool:
    if value is not True:
        raise ValueError("can only be true")
    return value


Text = Annotated[str, BeforeValidator(_text)]
Name = Annotated[str, BeforeValidator(_name)]
TimeZone = Annotated[str, BeforeValidator(_time_zone)]
FeedName = Annotated[str, BeforeValidator(_feed_name)]
Constant = Annotated[str, BeforeValidator(_constant)]
WholeNumber = Annotated[int, BeforeValidator(_whole_number)]
MoneyUnit = Literal["yuan", "fen"]
Epoch = Literal["seconds", "milliseconds"]


class _Table(BaseModel):
    """A table of the file. Unknown keys are refused with what may have been meant."""

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _has_known_keys(cls, content: Any) -> Any:
        if isinstance(content, dict):
            unknown = next((key for key in content if key not in cls.model_fields), None)
            if unknown is not None:
                raise ValueError(f"unknown key {unknown!r}{suggestion(unknown, cls.model_fields)}")
        return content


class SourceTable(_Table):
    """`[source]`: the name in ledger and cursors, the zone of naive instants, the unit of money."""

    name: Name
    time_zone: TimeZone | None = None
    money_unit: MoneyUnit = "yuan"


class ColumnTable(_Table):
    """Where one column of a feed comes from; a text alone is a column's name."""

    column: Text | None = None
    sql: Text | None = None
    value: Constant | None = None
    read_time: Annotated[bool, BeforeValidator(_true)] | None = None
    unit: MoneyUnit | None = None
    zone: TimeZone | None = None
    epoch: Epoch | None = None
    codes: dict[str, Constant] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _text_is_a_column(cls, content: Any) -> Any:
        if isinstance(content, str):
            return {"column": content}
        if not isinstance(content, dict):
            raise ValueError('must be a column\'s name or a table such as { sql = "…" }')
        return content

    @model_validator(mode="after")
    def _has_one_source(self) -> "ColumnTable":
        sources = ("column", "sql", "value", "read_time")
        if sum(getattr(self, source) is not None for source in sources) != 1:
            raise ValueError(f"give exactly one of {', '.join(sources)}")
        return self


class CursorTable(_Table):
    """How changed rows are found: by an instant less minutes, or by a growing number less an amount."""

    column: Text
    kind: Literal["instant", "number"] = "instant"
    overlap: WholeNumber | None = None
    overlap_minutes: WholeNumber | None = None

    @model_validator(mode="after")
    def _has_the_overlap_of_its_kind(self) -> "CursorTable":
        wrong, right = (
            ("overlap", "overlap_minutes") if self.kind == "instant" else ("overlap_minutes", "overlap")
        )
        if getattr(self, wrong) is not None:
            raise ValueError(f"a cursor of kind {self.kind} has {right}")
        return self


class FeedTable(_Table):
    """One `[[feeds]]`: a table or query that feeds one feed."""

    feed: FeedName
    name: Name | None = None
    table: Text | None = None
    query: Text | None = None
    where: Text | None = None
    cursor: CursorTable | None = None
    money_unit: MoneyUnit | None = None
    columns: dict[str, ColumnTable]

    @model_validator(mode="after")
    def _fits_its_feed(self) -> "FeedTable":
        if (self.table is None) == (self.query is None):
            raise ValueError("give either table or query")
        if not _NAME.fullmatch(self.entry_name):
            raise ValueError(f"give it a name of {_NAME_IS} (name = …)")
        for name, column in self.columns.items():
            _fits_its_column(FEEDS[self.feed], name, column)
        missing = [name for name in FEEDS[self.feed].required if name not in self.columns]
        if missing:
            raise ValueError(f"required columns are not mapped: {', '.join(missing)}")
        return self

    @property
    def entry_name(self) -> str:
        """The name given, else the table's; empty for a query without one."""
        return self.name or (self.table or "").rpartition(".")[2].lower()


def _fits_its_column(feed: Feed, name: str, column: ColumnTable) -> None:
    types = {each.name: each.type for each in feed.columns}
    if name not in types:
        raise ValueError(f"the feed {feed.name} has no column {name!r}{suggestion(name, types)}")
    if column.unit and types[name] not in _MONEY_TYPES:
        raise ValueError(f"column {name}: only money has a unit")
    if (column.zone or column.epoch or column.read_time) and types[name] != "instant":
        raise ValueError(f"column {name}: only instants have a zone, an epoch or read_time")


class MappingFile(_Table):
    """The whole file."""

    source: SourceTable
    feeds: Annotated[list[FeedTable], Field(min_length=1)]

    @model_validator(mode="after")
    def _has_different_names(self) -> "MappingFile":
        names = [feed.entry_name for feed in self.feeds]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two [[feeds]] are named {name!r}; give each a name of its own (name = …)")
        return self


def faults(error: ValidationError, content: dict[str, Any]) -> list[str]:
    """What is wrong in a file with this content, each fault with its place in the file's own words."""
    return [f"{_place(one['loc'], content)}{_what(one)}" for one in error.errors()]


def _place(path: tuple[int | str, ...], content: dict[str, Any]) -> str:
    words = []
    match path:
        case ("source", *rest):
            words.append("[source]")
        case ("feeds", int(at), *rest):
            entry = content["feeds"][at]
            named = isinstance(entry, dict) and (entry.get("name") or entry.get("table") or entry.get("feed"))
            words.append(f"[[feeds]] number {at + 1}{f' ({named})' if named else ''}")
        case _:
            rest = list(path)
    if rest[:1] == ["columns"] and len(rest) > 1:
        words.append("column")
        rest = rest[1:]
    words += [str(each) for each in rest]
    return f"{' '.join(words)}: " if words else ""


def _what(error: Any) -> str:
    kind = error["type"]
    if kind == "missing":
        return "is missing"
    if kind == "too_short":
        return "at least one [[feeds]] is needed"
    if kind == "literal_error":
        return f"must be {error['ctx']['expected']}, not {error['input']!r}"
    if kind == "value_error":
        return str(error["ctx"]["error"])
    if kind in ("model_type", "dict_type"):
        return "must be a table"
    return f"{error['msg'][0].lower()}{error['msg'][1:]}"
