"""How a feed is declared: its columns with their types, meaning and an example, its key and its rhythm."""

from dataclasses import dataclass
from typing import Literal

ColumnType = Literal[
    "text",
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
class Column:
    """One column of a feed: what it means in one sentence, and one value as a source would deliver it."""

    name: str
    type: ColumnType
    meaning: str
    example: str
    is_required: bool = False
    is_key: bool = False
    is_personal: bool = False


@dataclass(frozen=True)
class Feed:
    """One feed: its columns in contract order; the key identifies the thing whose versions the rows are.

    `rhythm_days` is how many days of silence are expected at most (R22); None where none is.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    rhythm_days: int | None = None

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


def key(name: str, type_: ColumnType, meaning: str, example: str) -> Column:
    """A column of the key; always required."""
    return Column(name, type_, meaning, example, is_required=True, is_key=True)


def required(name: str, type_: ColumnType, meaning: str, example: str) -> Column:
    """A column without which a file is rejected, and which is empty in no row."""
    return Column(name, type_, meaning, example, is_required=True)


def optional(name: str, type_: ColumnType, meaning: str, example: str) -> Column:
    """A column that may be absent or empty."""
    return Column(name, type_, meaning, example)


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
