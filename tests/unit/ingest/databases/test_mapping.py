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
        ('name = "shop"', 'name = "Our Shop"', r"\[source\] name must be lower case"),
        ('name = "shop"', 'name = "shop"\ntime_zone = "China"', "time_zone must be an IANA time zone"),
        ('"fen"', '"jiao"', "money_unit must be one of yuan, fen, not 'jiao'"),
        ('feed = "refunds"', 'feed = "refund"', "number 1: feed must be one of users, purchase_orders"),
        ('table = "platform.Refunds"', "", "give either table or query"),
        ('where = "id > 5"', 'query = "select 1"', "give either table or query"),
        ('where = "id > 5"', "where = 5", "where must be a text"),
        ('refund_id = "no"', "", r"\(refunds\): required columns are not mapped: refund_id"),
        ('refund_id = "no"', 'refund_number = "no"', "has no column 'refund_number'; it has refund_id"),
        ('"no"', "5", "column refund_id: must be a column's name"),
        ('"no"', '{ column = "a", sql = "b" }', "give exactly one of column, sql, value, read_time"),
        ('"no"', '{ column = "a", unit = "fen" }', "only money has a unit"),
        ('"no"', '{ column = "a", epoch = "seconds" }', "only instants have"),
        ('"no"', '{ column = "a", typo = 1 }', "unknown key 'typo'"),
        ('"amount"', '{ column = "a", unit = "cent" }', "must be one of yuan, fen"),
        ("overlap_minutes = 5", "overlap_minutes = -5", "whole number of at least 0"),
        ("overlap_minutes = 5", "overlap = 5", "a cursor of kind instant has overlap_minutes"),
        ("overlap_minutes = 5", 'kind = "date"', "kind must be one of instant, number"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(UsageError, match=message) as failure:
        load_mapping(path)
    assert str(failure.value).startswith(f"{path}: ")
    assert "Nothing was landed" in str(failure.value)


def test_entries_have_different_names(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"two .* are named 'refunds'"):
        load_mapping(write(tmp_path, GOOD + GOOD[GOOD.index("[[feeds]]") :]))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.toml: cannot be read"):
        load_mapping(tmp_path / "none.toml")
