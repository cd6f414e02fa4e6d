"""A file of JSON Lines reads the same, whether DuckDB reads its plain objects or the parser reads them all."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.contract.feeds import FEEDS
from ingest.foundation.errors import RejectedFile
from ingest.foundation.fetch import fetch_rows
from ingest.read.delivery import Delivery
from ingest.read.encoding import TextFile, decode
from ingest.read.jsonl import read_jsonl
from ingest.read.plain_json import read_plain_rows

FEED = FEEDS["users"]
COLUMNS = {"user_id": "user_id", "Country ": "country_code", "note": None, "é:": None}


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("jsonl")


def text_file(folder: Path, lines: list[str], end: str = "\n") -> TextFile:
    path = folder / "lines.jsonl"
    path.write_bytes(end.join(lines).encode("utf-8", "surrogateescape"))
    return decode(path)


def plain_rows(
    connection: duckdb.DuckDBPyConnection, folder: Path, lines: list[str]
) -> tuple[list[tuple[Any, ...]], set[int]]:
    """The rows that DuckDB reads (user_id, country_code, _extra) and the lines that it leaves."""
    plain = read_plain_rows(connection, text_file(folder, [*lines, ""]), COLUMNS)
    assert plain is not None
    query = f"select user_id, country_code, _extra from {plain.table} where _is_plain"
    return fetch_rows(connection, query), set(plain.other_lines)


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ('{"user_id":"1","Country ":"DE"}', ("1", "DE", None)),
        (' { "Country ": "订单" , "user_id":\t"" } \r', ("", "订单", None)),
        (' { "Country ": "订单" , "user_id":\t"" } ', ("", "订单", None)),
        ('{"user_id":10.10,"Country ":-0}', ("10.10", "-0", None)),
        (
            '{"user_id":12345678901234567890.12345678901234567890,"Country ":1E+5}',
            ("12345678901234567890.12345678901234567890", "1E+5", None),
        ),
        ('{"user_id":true,"Country ":null}', ("true", None, None)),
        ('{"user_id":"a\\n\\u00e9\\/","Country ":"x:5,\'{}[]"}', ("a\né/", "x:5,'{}[]", None)),
        ('{"user_id":"1","note":2.50,"é:":"x"}', ("1", None, '{"note":"2.50","é:":"x"}')),
        ('{"user_id":"1","note":"","é:":null}', ("1", None, None)),
        ('{"user_id":"1","note":false}', ("1", None, '{"note":false}')),
    ],
)
def test_a_plain_object_is_read(
    connection: duckdb.DuckDBPyConnection, folder: Path, line: str, row: tuple[Any, ...]
) -> None:
    assert plain_rows(connection, folder, [line]) == ([row], set())


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{}",
        "[]",
        '"text"',
        "not json",
        '{"user_id":"1"',
        '{"user_id":"1"}{"user_id":"2"}',
        '{"user_id":"1",}',
        '{"user_id":01}',
        '{"user_id":1.}',
        '{"user_id":NaN}',
        '{"user_id":-Infinity}',
        '{"user_id":"a\tb"}',
        '{"user_id":"say \\"5\\":5"}',
        '{"user_id":"back\\\\slash"}',
        '{"user_id":":5"}',
        '{"user_id":"\\u0000"}',
        '{"user_id":"\\ud83d\\ude00"}',
        '{"user_id":"\\ud800"}',
        '{"user_id":{"id":1}}',
        '{"user_id":["1"]}',
        '{"user_id":"1","user_id":"2"}',
        '{"user_id":"1","USER_ID":"2"}',
        '{"user_id":"1","other":"2"}',
        '{"user_id":"1"} // comment',
        ' { "Country " : "订单" , "user_id":\t"" }',
    ],
)
def test_what_is_not_plain_is_left(connection: duckdb.DuckDBPyConnection, folder: Path, line: str) -> None:
    good = '{"user_id":"1"}'
    assert plain_rows(connection, folder, [good, line, good]) == ([("1", None, None)] * 2, {2})


@pytest.mark.parametrize(
    "lines",
    [
        ["{}\r{}"],
        ["{}\r\n{}", "{}"],
        ["{}\0"],
        ["{}", "{}", '{"user_id":"\udcff"}'],
        ["x" * 5_000_000],
        ['{"a":"\x01"}'],
    ],
)
def test_a_file_whose_lines_are_not_exact_is_not_read(
    connection: duckdb.DuckDBPyConnection, folder: Path, lines: list[str]
) -> None:
    assert read_plain_rows(connection, text_file(folder, [*lines, ""]), COLUMNS) is None


@pytest.mark.parametrize(
    "columns",
    [
        {},
        {"x": None},
        {"user_id": "user_id", " user_id": "user_id"},
        {"user_id": "user_id", "x": None, "X": None},
        {"user_id": "user_id", **{f"x{number}": None for number in range(500)}},
    ],
)
def test_keys_that_are_too_many_or_cannot_be_told_apart_are_not_read(
    connection: duckdb.DuckDBPyConnection, folder: Path, columns: dict[str, str | None]
) -> None:
    assert read_plain_rows(connection, text_file(folder, ["{}", ""]), columns) is None


def outcome(connection: duckdb.DuckDBPyConnection, text: TextFile) -> Any:
    """Everything that a reader hands on, or why it refuses the file; unknown columns without their order."""
    try:
        delivery: Delivery = read_jsonl(connection, FEED, text)
    except RejectedFile as rejected:
        return str(rejected)
    columns = ", ".join(delivery.columns)
    rows = fetch_rows(
        connection, f"select {delivery.line}, _extra, {columns} from {delivery.table} order by rowid"
    )
    return (
        [(line, extra and json.loads(extra), values) for line, extra, *values in rows],
        delivery.rejects,
        delivery.columns,
        delivery.unknown_columns,
        delivery.layout,
    )


REQUIRED = list(FEED.required)
NEAT_KEYS = ["country_code", " gender", "note", "é", "a.b", "'", "is_test"]
WILD_KEYS = [*NEAT_KEYS, "COUNTRY_CODE", "Note", ":", "\\u0061", "", "user_id"]
CHARACTERS = st.sampled_from(list("ab15:,{}[]é订 '/.-")) | st.characters(
    min_codepoint=0x20, max_codepoint=0x2FF
)
NEAT_TEXTS = st.text(CHARACTERS, max_size=8).map(
    lambda text: json.dumps(text, ensure_ascii=len(text) % 2 == 0)
)
ESCAPES = [
    "\\n",
    '\\"',
    "\\\\",
    "\\u00e9",
    "\\u0000",
    "\\ud83d\\ude00",
    "\\ud800",
    "\\/",
    "\\x",
    "\\u001f",
    "\t",
]
WILD_TEXTS = st.lists(NEAT_TEXTS.map(lambda text: text[1:-1]) | st.sampled_from(ESCAPES), max_size=3).map(
    lambda parts: f'"{"".join(parts)}"'
)
NUMBERS = st.from_regex(r"\A-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?\Z")
NO_NUMBERS = st.from_regex(r"\A[0-9.eE+-]{1,6}\Z")
NEAT_VALUES = NEAT_TEXTS | NUMBERS | st.sampled_from(["true", "false", "null", '""', "1.50"])
WILD_VALUES = (
    NEAT_VALUES
    | WILD_TEXTS
    | NO_NUMBERS
    | st.sampled_from(["NaN", "{}", "[1, 2.50]", '{"a": {"b": 1.0}}', "nul", ""])
)
NO_OBJECTS = st.sampled_from(["", " ", "[]", "1", "{}", '{"user_id":"1"', "\ufeff{}", '{"user_id":"1",}'])
BLANKS = st.sampled_from(["", "", "", " ", "\t"])


@st.composite
def objects(draw: st.DrawFn, keys: list[str], values: st.SearchStrategy[str], *, is_unique: bool) -> str:
    """An object with the required keys and others, in any order."""
    chosen = draw(st.lists(st.sampled_from(keys), max_size=5, unique=is_unique))
    names = draw(st.permutations([*REQUIRED, *chosen]))
    pairs = (f'"{name}":{draw(BLANKS)}{draw(values)}{draw(BLANKS)}' for name in names)
    return f"{draw(BLANKS)}{{{','.join(pairs)}}}{draw(BLANKS)}"


NEAT = objects(NEAT_KEYS, NEAT_VALUES, is_unique=True)
WILD = objects(WILD_KEYS, WILD_VALUES, is_unique=False)
FILES = st.lists(NEAT, min_size=2, max_size=4) | st.lists(NEAT | NEAT | WILD | NO_OBJECTS, max_size=6)


@settings(deadline=None, max_examples=200)
@given(FILES, st.sampled_from(["\n", "\n", "\n", "\r\n", "\r"]), st.booleans())
def test_plain_or_not_a_file_reads_the_same(
    connection: duckdb.DuckDBPyConnection, folder: Path, lines: list[str], end: str, ends_with_newline: bool
) -> None:
    text = text_file(folder, [*lines, ""] if ends_with_newline else lines, end)
    # One by one is how a file with undecodable lines is read.
    assert outcome(connection, text) == outcome(connection, replace(text, has_undecodable_lines=True))
