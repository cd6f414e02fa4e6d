"""What may be shown of codes and names that came from outside (R20), in Python and in SQL alike."""

import re

import duckdb
import pytest

from ingest.contract.code_lists import CODE_LISTS_PATH
from ingest.foundation.shown import looks_like_code, shown_code, shown_name
from tests.support.ledger.feeds import shown_code as shown_by_the_ledger

CODES = (
    *(
        "EMS",
        "air_line",
        "a-b.c+d/e",
        "广州仓",
        "ЯндексМаркет",
        "123456",
        "1688",
        "x" * 64,
        "A",
        "-",
        "1234567a",
        "éclair",
    ),
    *("quality_issue_2026",),
)
NO_CODES = (
    *(
        "anna@example.com",
        "13800138000",
        "1234567",
        "Anna Li",
        "+8613800138000",
        "x" * 65,
        "",
        "a,b",
        "１３８００１３８",
    ),
    *("a\nb", "a\u00a0b", "a'b", "<b>", "a:b", "🙂", "12-34-56", "a\u0301"),
)


def _macro(name: str) -> str:
    text = (CODE_LISTS_PATH.parents[1] / "macros" / "codes.sql").read_text(encoding="utf-8")
    found = re.search(r"{% macro " + name + r"\(.*?\) -%}(.*?){%- endmacro %}", text, re.DOTALL)
    assert found
    return found[1]


def in_sql(value: str) -> bool:
    """The macro as dbt renders it on DuckDB."""
    sql = re.sub(
        r'{{ contains_pattern\(expression, "(.*?)"\) }}',
        lambda part: f"regexp_matches(?, '{part[1].replace(chr(92) * 2, chr(92))}')",
        _macro("looks_like_code"),
    ).replace("{{ expression }}", "?")
    return duckdb.sql(f"select {sql}", params=[value] * sql.count("?")).fetchall()[0][0]


@pytest.mark.parametrize("value", CODES)
def test_what_looks_like_a_code_is_shown(value: str) -> None:
    assert looks_like_code(value)
    assert in_sql(value)
    assert shown_code(value) == shown_by_the_ledger(value) == value


@pytest.mark.parametrize("value", NO_CODES)
def test_what_does_not_is_other(value: str) -> None:
    assert not looks_like_code(value)
    assert not in_sql(value)
    assert shown_code(value) == "other"
    assert not value or shown_by_the_ledger(value) == "other"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("payments_2026-03-01.csv", "payments_2026-03-01.csv"),
        ("20260301080000.csv", "20260301080000.csv"),
        ("export 2026-03-01 0800.csv", "export 2026-03-01 0800.csv"),
        ("订单 (2).csv", "订单 (2).csv"),
        ("two\nlines.csv", r"two\nlines.csv"),
        ("anna@example.com.csv", "***"),
        ("of anna@example.com, 13800138000.csv", "of *** ***.csv"),
        ("+86 138-0013-8000.csv", "***.csv"),
    ],
)
def test_names_are_shown_without_addresses_and_numbers(name: str, shown: str) -> None:
    assert shown_name(name) == shown
