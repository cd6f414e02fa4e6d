"""Mapping files: what they may hold, and what is said of the rest."""

from pathlib import Path

import pytest

from ingest.databases.mapping import load_mapping
from ingest.foundation.errors import UsageError

GOOD = """
[source]
name = "shop"
money_unit = "fen"
[[feeds]]
feed = "refunds"
table = "platform.Refunds"
where = "id > 5"
cursor = { column = "changed", overlap_minutes = 5 }
[feeds.columns]
refund_id = "no"
payment_id = { sql = "concat('P', pay_id)" }
requested_at = { column = "asked", epoch = "seconds" }
status = { column = "state", codes = { 1 = "approved" } }
amount_cny = "amount"
amount = { column = "foreign_amount", unit = "yuan" }
currency_code = { value = "USD" }
is_chargeback = { value = false }
updated_at = { read_time = true }
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "shop.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_form_is_read(tmp_path: Path) -> None:
    mapping = load_mapping(write(tmp_path, GOOD))
    assert (mapping.name, mapping.time_zone) == ("shop", None)
    (entry,) = mapping.entries
    assert (entry.name, entry.table, entry.query, entry.where) == (
        "refunds",
        "platform.Refunds",
        None,
        "id > 5",
    )
    assert entry.cursor is not None
    assert (entry.cursor.column, entry.cursor.kind, entry.cursor.overlap) == ("changed", "instant", 5)
    columns = {column.feed_column.name: column for column in entry.columns}
    assert columns["refund_id"].column == "no"
    assert columns["payment_id"].sql == "concat('P', pay_id)"
    assert columns["requested_at"].epoch == "seconds"
    assert columns["status"].codes == (("1", "approved"),)
    assert (columns["amount_cny"].unit, columns["amount"].unit) == ("fen", "yuan")
    assert columns["is_chargeback"].value == "false"
    assert columns["updated_at"].is_read_time


def test_the_fingerprint_changes_with_what_is_read(tmp_path: Path) -> None:
    before = load_mapping(write(tmp_path, GOOD)).entries[0].fingerprint
    assert load_mapping(write(tmp_path, GOOD + "\n# a comment\n")).entries[0].fingerprint == before
    for old, new in [
        ("id > 5", "id > 6"),
        ('money_unit = "fen"', 'money_unit = "yuan"'),
        ('"no"', '"number"'),
    ]:
        assert load_mapping(write(tmp_path, GOOD.replace(old, new))).entries[0].fingerprint != before


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[source]", "[source", "cannot be read as TOML"),
        ("[source]", "[sauce]", "unknown key 'sauce'"),
        ('name = "shop"', 'name = "Our Shop"', r"\[source\] name: must be lower case"),
        (
            'name = "shop"',
            'name = "shop"\ntime_zone = "China"',
            r"\[source\] time_zone: must be an IANA time zone such as Asia/Shanghai, not \'China\'",
        ),
        ('"fen"', '"jiao"', "money_unit: must be 'yuan' or 'fen', not 'jiao'"),
        ('feed = "refunds"', 'feed = "refund"', r"there is no feed 'refund' \(did you mean refunds\?\)"),
        ('table = "platform.Refunds"', "", "give either table or query"),
        ('where = "id > 5"', 'query = "select 1"', "give either table or query"),
        ('table = "platform.Refunds"', 'query = "select 1"', "give it a name of lower case letters"),
        (
            'where = "id > 5"',
            "where = 5",
            r"\[\[feeds\]\] number 1 \(platform.Refunds\) where: must be a text that is not empty",
        ),
        ('refund_id = "no"', "", r"\(platform.Refunds\): required columns are not mapped: refund_id"),
        ('refund_id = "no"', 'refund_number = "no"', "has no column 'refund_number'; known are refund_id"),
        ('"no"', "5", "column refund_id: must be a column's name"),
        ('"no"', '{ column = "a", sql = "b" }', "give exactly one of column, sql, value, read_time"),
        ('"no"', '{ column = "a", unit = "fen" }', "only money has a unit"),
        ('"no"', '{ column = "a", epoch = "seconds" }', "only instants have"),
        ('"no"', '{ column = "a", typo = 1 }', "unknown key 'typo'"),
        (
            '"amount"',
            '{ column = "a", unit = "cent" }',
            "column amount_cny unit: must be 'yuan' or 'fen', not 'cent'",
        ),
        ("[feeds.columns]", "[feeds.column]", r"unknown key 'column' \(did you mean columns\?\)"),
        ('epoch = "seconds"', 'epoch = "days"', "must be 'seconds' or 'milliseconds', not 'days'"),
        ("read_time = true", "read_time = false", "column updated_at read_time: can only be true"),
        ("{ read_time = true }", "{}", "give exactly one of column, sql, value, read_time"),
        ("{ value = false }", "{ value = [1] }", "must be a text, a number, a date, true or false"),
        ('codes = { 1 = "approved" }', 'codes = "approved"', "column status codes: must be a table"),
        (
            'cursor = { column = "changed", overlap_minutes = 5 }',
            'cursor = "changed"',
            "cursor: must be a table",
        ),
        ("overlap_minutes = 5", "overlap_minutes = -5", "whole number of at least 0"),
        ("overlap_minutes = 5", "overlap = 5", "a cursor of kind instant has overlap_minutes"),
        ("overlap_minutes = 5", 'kind = "date"', "cursor kind: must be 'instant' or 'number', not 'date'"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(UsageError, match=message) as failure:
        load_mapping(path)
    assert str(failure.value).startswith(f"{path}: ")
    assert "Nothing was landed" in str(failure.value)


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace('"fen"', '"jiao"').replace('"id > 5"', "5").replace('"no"', "5"))
    with pytest.raises(UsageError) as failure:
        load_mapping(path)
    *wrong, end = str(failure.value).splitlines()
    assert [line.split(": ")[1] for line in wrong] == [
        "[source] money_unit",
        "[[feeds]] number 1 (platform.Refunds) where",
        "[[feeds]] number 1 (platform.Refunds) column refund_id",
    ]
    assert end == "Nothing was landed. Correct the file."


def test_entries_have_different_names(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"two .* are named 'refunds'"):
        load_mapping(write(tmp_path, GOOD + GOOD[GOOD.index("[[feeds]]") :]))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.toml: cannot be read"):
        load_mapping(tmp_path / "none.toml")
