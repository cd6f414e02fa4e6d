"""Records out of physical lines: nothing lost, every record on its first line."""

import pytest

from ingest.read.csv import csv_records


def records(*lines: str) -> list[tuple[int, int, list[str], str | None]]:
    numbered = enumerate((line + "\n" for line in lines), start=2)
    return [(r.line, r.last_line, r.fields, r.fault) for r in csv_records(numbered, ",", 3)]


def test_plain_quoted_and_blank_lines() -> None:
    assert records("a,b,c", "", '"x,y","say ""hi""",z') == [
        (2, 2, ["a", "b", "c"], None),
        (4, 4, ["x,y", 'say "hi"', "z"], None),
    ]


def test_a_quoted_line_end_belongs_to_its_record() -> None:
    assert records('a,"two', 'lines",c', "d,e,f") == [
        (2, 3, ["a", "two\nlines", "c"], None),
        (4, 4, ["d", "e", "f"], None),
    ]


def test_an_unclosed_quote_costs_only_its_own_line() -> None:
    assert records('a,"open,c', "d,e,f", 'g,"h",i') == [
        (2, 2, [], "unclosed_quote"),
        (3, 3, ["d", "e", "f"], None),
        (4, 4, ["g", "h", "i"], None),
    ]


def test_an_unclosed_quote_at_the_end_of_the_file() -> None:
    assert records("a,b,c", 'd,"open') == [(2, 2, ["a", "b", "c"], None), (3, 3, [], "unclosed_quote")]


def test_text_after_a_closing_quote() -> None:
    assert records('a,"b"x,c') == [(2, 2, [], "malformed_quotes")]


def test_an_inch_sign_is_text() -> None:
    assert records('a,12" pipe,c') == [(2, 2, ["a", '12" pipe', "c"], None)]


def test_many_unclosed_quotes_take_linear_time() -> None:
    lines = ['a,"open,c' if i % 2 else "d,e,f" for i in range(20_000)]
    assert len(records(*lines)) == 20_000


@pytest.mark.parametrize("line", ["a,b", "a,b,c,d"])
def test_ragged_records_are_handed_on(line: str) -> None:
    assert records(line)[0][2] == line.split(",")
