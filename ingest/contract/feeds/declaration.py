"""How a feed is declared: its columns with their types, ranges, meaning and an example, its key, its rules and its
rhythm."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ingest.contract.feeds.aliases import BOOLEANS, CURRENCIES

ColumnType = Literal[
    "text",
    "open_code",
    "upper",
    "code",
    "currency",
    "money",
    "signed_money",
    "measure",
    "rate",
    "integer",
    "boolean",
    "instant",
    "date",
]

TYPE_MEANINGS: dict[ColumnType, str] = {
    "text": "Text as delivered; ids are text, always.",
    "open_code": (
        "A code of the source's own: 1 to 64 letters, digits and `_ - . + /`, with a letter where longer than six "
        "characters. It lands as delivered; what does not look like a code is published as `other`."
    ),
    "upper": "Text that is kept in upper case: countries (ISO 3166 alpha-2) and preferred currencies.",
    "code": "One of a closed list, in any case; `dbt_project/seeds/code_lists.csv` may be extended.",
    "currency": "An ISO 4217 code: three letters, in any case.",
    "money": "An amount of at least 0 as plain decimal text, at most 10 decimals, no thousands separator.",
    "signed_money": "An amount that may be negative; else as `money`.",
    "measure": "A weight, length or divisor of at least 0 as plain decimal text, at most 20 decimals.",
    "rate": "A number above 0 as plain decimal text, at most 20 decimals.",
    "integer": "A whole number of at least 0.",
    "boolean": "`true`, `false`, `1` or `0`; empty is not true.",
    "instant": "ISO 8601 with offset; without one it is read in the source's declared zone.",
    "date": "A calendar date, `YYYY-MM-DD`.",
}


@dataclass(frozen=True)
class Range:
    """The values that can be modelled with room to spare: `minimum` included, `below` not; zero where `or_zero`.

    Both as a source would write them. `below` is a power of ten where values have decimals.
    """

    minimum: str
    below: str
    or_zero: bool = False

    @property
    def meaning(self) -> str:
        zero = "0, or " if self.or_zero else ""
        return f"{zero}{self.minimum} or more, below {self.below}"


# Sums of published money are DECIMAL(18, 2): a million amounts at the limit fit, and so do a hundred payments
# at the limit in a currency at the highest rate. Weights are BIGINT: nine thousand boxes at the limit of every
# dimension and the smallest divisor fit.
TYPE_RANGES: dict[ColumnType, Range] = {
    "money": Range("0", "10000000000"),
    "signed_money": Range("-9999999999.9999999999", "10000000000"),
    "measure": Range("0", "1000000000"),
    "rate": Range("0.0000000001", "10000000000"),
    "integer": Range("0", "1000000000"),
    "instant": Range("2000-01-01T00:00:00Z", "2100-01-01T00:00:00Z"),
    "date": Range("1900-01-01", "2100-01-01"),
}
# What every value of a type may also be called; the aliases of a column stand beside them.
TYPE_ALIASES: dict[ColumnType, Mapping[str, str]] = {"boolean": BOOLEANS, "currency": CURRENCIES}
# The types whose values can have other names.
ALIASED_TYPES: frozenset[ColumnType] = frozenset({"open_code", "upper", "code", "currency", "boolean"})
LENGTH_IN_MM = Range("0", "100000")
DIVISOR = Range("1", "1000000", or_zero=True)
DAYS = Range("0", "10000")


@dataclass(frozen=True)
class Column:
    """One column of a feed: what it means in one sentence, and one value as a source would deliver it.

    `range` narrows the one of its type. `names` are what exports also call its values: in lower case, with the
    contract's value.
    """

    name: str
    type: ColumnType
    meaning: str
    example: str
    is_required: bool = False
    is_key: bool = False
    is_personal: bool = False
    range: Range | None = None
    names: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def aliases(self) -> Mapping[str, str]:
        """What its values may also be called, in lower case -> the contract's value."""
        return {**TYPE_ALIASES.get(self.type, {}), **self.names}

    @property
    def allowed(self) -> Range | None:
        """The range of its values; None for text."""
        return self.range or TYPE_RANGES.get(self.type)


@dataclass(frozen=True)
class RowRule:
    """A rule about several columns of a row. `is_broken` is SQL over the feed's columns as they go into raw: text, NULL
    where a column is absent; a value may be one that its own column refuses, so casts are `try_cast`.

    `column` is the one that is named in the quarantine.
    """

    reason: str
    column: str
    is_broken: str


@dataclass(frozen=True)
class Feed:
    """One feed: its columns in contract order; the key identifies the thing whose versions the rows are.

    `rhythm_days` is how many days of silence are expected at most (R22); None where none is. `publishers` names the
    publishers whose own layouts are read too (`ingest.read.publishers`).
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    rhythm_days: int | None = None
    row_rules: tuple[RowRule, ...] = ()
    publishers: tuple[str, ...] = ()

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def key(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.is_key)

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.is_required)

    @property
    def personal(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.is_personal)

    @property
    def example_row(self) -> dict[str, str]:
        """One row that lands as it is; the examples of all feeds tell of one customer."""
        return {column.name: column.example for column in self.columns}


_NO_NAMES: Mapping[str, str] = {}


def key(
    name: str, type_: ColumnType, meaning: str, example: str, *, names: Mapping[str, str] = _NO_NAMES
) -> Column:
    """A column of the key; always required."""
    return Column(name, type_, meaning, example, is_required=True, is_key=True, names=names)


def required(
    name: str, type_: ColumnType, meaning: str, example: str, *, names: Mapping[str, str] = _NO_NAMES
) -> Column:
    """A column without which a file is rejected, and which is empty in no row."""
    return Column(name, type_, meaning, example, is_required=True, names=names)


def optional(
    name: str,
    type_: ColumnType,
    meaning: str,
    example: str,
    range_: Range | None = None,
    *,
    names: Mapping[str, str] = _NO_NAMES,
) -> Column:
    """A column that may be absent or empty."""
    return Column(name, type_, meaning, example, range=range_, names=names)


def personal(name: str, meaning: str, example: str) -> Column:
    """Personal data: optional text that stays in raw (R20)."""
    return Column(name, "text", meaning, example, is_personal=True)


def is_test(thing: str) -> Column:
    """Marks test data, which counts nowhere."""
    return optional("is_test", "boolean", f"Whether the {thing} is a test and counts nowhere.", "false")


def version(updated_at: str) -> tuple[Column, Column]:
    """The two columns by which a row is a version of its key (R16)."""
    return (
        required(
            "updated_at",
            "instant",
            "When the source last changed the row; the version with the greatest one is current.",
            updated_at,
        ),
        optional(
            "is_deleted",
            "boolean",
            "Whether the row is gone at the source, so that it counts nowhere until a later version.",
            "false",
        ),
    )
