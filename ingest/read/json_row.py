"""The text of one JSON object to a row, with every number kept as the text it is."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, NamedTuple

from ingest.contract.feeds import Feed


class _NotJson(ValueError):
    pass


def _refuse_constant(name: str) -> str:
    raise _NotJson(f"{name} is not JSON")


# Numbers stay the text they are (10.10, not 10.1); an object is a tuple of its pairs, so that duplicates
# show.
_DECODER = json.JSONDecoder(
    parse_float=str, parse_int=str, parse_constant=_refuse_constant, object_pairs_hook=tuple
)
_encode_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_PLAIN_TYPES = frozenset((str, type(None)))
_MAX_SHAPES = 10_000


class JsonRow(NamedTuple):
    """Texts of the contract's columns in their order, and the JSON of the other ones."""

    values: tuple[str | None, ...]
    extra: str | None


class RowFault(NamedTuple):
    """Why a record is no row; the column if that is what is wrong with it."""

    reason: str
    detail: str
    column: str | None = None


@dataclass(frozen=True)
class _Shape:
    """Where the contract's columns stand in an object with certain keys in a certain order.

    `pick` takes them, in contract order, from the object's values followed by one None.
    """

    pick: Callable[[tuple[Any, ...]], tuple[Any, ...]]
    unknown: tuple[tuple[str, int], ...]
    duplicate: str | None


class JsonRowParser:
    """The text of one JSON object to a row of the feed.

    `columns` are the keys that occurred in any object, in order of occurrence, and the contract's column that each
    holds, None for the other ones.
    """

    def __init__(self, feed: Feed) -> None:
        self._columns = feed.column_names
        self._shapes: dict[tuple[str, ...], _Shape] = {}
        self.columns: dict[str, str | None] = {}

    def parse(self, text: str) -> JsonRow | RowFault:
        try:
            pairs = _DECODER.decode(text)
        except (ValueError, RecursionError) as error:
            where = f" at character {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
            return RowFault("invalid_json", f"not valid JSON{where}")
        if not isinstance(pairs, tuple):
            return RowFault("not_a_json_object", "the line is not a JSON object")
        names, values = zip(*pairs, strict=True) if pairs else ((), ())
        shape = self._shapes.get(names) or self._add_shape(names)
        if shape.duplicate:
            return RowFault("duplicate_json_key", f"{shape.duplicate} occurs twice")
        row = shape.pick((*values, None))
        if not _PLAIN_TYPES.issuperset(map(type, row)):
            for column, value in zip(self._columns, row, strict=True):
                if isinstance(value, list | tuple):
                    return RowFault("nested_value", f"column {column} holds an object or list", column)
            row = tuple(("true" if value else "false") if isinstance(value, bool) else value for value in row)
        try:
            extra = {
                name: _plain(values[position])
                for name, position in shape.unknown
                if values[position] not in (None, "")
            }
            return JsonRow(row, _encode_json(extra) if extra else None)
        except RecursionError:
            return RowFault("invalid_json", "nested too deeply to be read")

    def _add_shape(self, names: tuple[str, ...]) -> _Shape:
        positions: dict[str, int] = {}
        unknown: dict[str, int] = {}
        duplicate = None
        for position, name in enumerate(names):
            column = name.strip().lower()
            is_known = column in self._columns
            target, key = (positions, column) if is_known else (unknown, name)
            if key in target:
                duplicate = f"column {key}" if is_known else "an unknown column"
            target[key] = position
            self.columns.setdefault(name, column if is_known else None)
        shape = _Shape(
            itemgetter(*(positions.get(column, len(names)) for column in self._columns)),
            tuple(unknown.items()),
            duplicate,
        )
        if len(self._shapes) >= _MAX_SHAPES:
            self._shapes.clear()
        self._shapes[names] = shape
        return shape


def _plain(value: Any) -> Any:
    """Decoded JSON with objects as dicts again."""
    if isinstance(value, tuple):
        return {name: _plain(inner) for name, inner in value}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value
