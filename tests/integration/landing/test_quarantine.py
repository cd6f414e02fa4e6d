"""Quarantine that heals: rows are retried by the present rules and leave with their history."""

import json
import shutil
from pathlib import Path

import pyarrow as pa
import pytest

from ingest.contract import code_lists as code_list_module
from ingest.foundation.errors import UsageError
from ingest.foundation.settings import Settings
from ingest.land.folders import land_path
from ingest.land.landing import land_relation
from ingest.land.quarantine import list_quarantine, show_quarantined
from ingest.land.retry import retry_quarantine
from ingest.raw.raw_file import open_raw
from tests.support.landing import csv_text, deliver, payment, query


@pytest.fixture
def code_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A private copy of the seed, to extend."""
    copy = tmp_path / "code_lists.csv"
    shutil.copy(code_list_module.CODE_LISTS_PATH, copy)
    monkeypatch.setattr(code_list_module, "CODE_LISTS_PATH", copy)
    return copy


def allow(code_lists: Path, method: str) -> None:
    with code_lists.open("a") as file:
        file.write(f"payments,method,{method}\n")


BARTER = [
    payment(1),
    payment(2, method="Barter", order_id="two\nlines"),
    payment(3, method="barter", amount="x"),
]


@pytest.mark.parametrize("form", ["csv", "jsonl", "relation"])
def test_rows_land_after_a_new_code_list_entry(
    settings: Settings, tmp_path: Path, code_lists: Path, form: str
) -> None:
    rows = [{**row, "note": "kept"} for row in BARTER]
    if form == "csv":
        deliver(tmp_path / "in", "payments/a.csv", csv_text(rows, ";"))
    elif form == "jsonl":
        deliver(tmp_path / "in", "payments/a.jsonl", "\n".join(map(json.dumps, rows)))
    if form == "relation":
        connection = open_raw(settings)
        table = pa.table({name: [row[name] for row in rows] for name in rows[0]})
        land_relation(connection, settings, "payments", table, source_name="table", source_kind="test")
        connection.close()
    else:
        land_path(settings, tmp_path / "in")
    line_of_two, line_of_three = (row.line for row in list_quarantine(settings))
    assert list_quarantine(settings)[0].quarantine_id == f"b000000001-{line_of_two}"
    assert retry_quarantine(settings).landed_count == 0
    assert query(settings, "select count(*) from raw.batches") == [(1,)]

    allow(code_lists, "barter")
    report = retry_quarantine(settings)
    assert (report.landed_count, report.superseded_count, report.held_count) == (1, 0, 1)
    assert report.held_reasons == {"unknown_code": 1}
    (batch_id,) = report.batch_ids
    assert query(
        settings,
        "select payment_id, method, order_id, _batch_id, _line, _extra from raw.payments order by "
        "_landing_seq",
    )[1:] == [("P2", "barter", "two\nlines", batch_id, line_of_two, '{"note":"kept"}')]
    assert query(
        settings,
        "select source_kind, retry_of_batch_id, rows_read, rows_accepted from raw.batches where batch_id = ?",
        batch_id,
    ) == [("quarantine_retry", "b000000001", 1, 1)]

    assert [row.quarantine_id for row in list_quarantine(settings)] == [f"b000000001-{line_of_three}"]
    released = show_quarantined(settings, f"b000000001-{line_of_two}")
    assert (released.released_by_batch_id, released.released_at is None) == (batch_id, False)
    assert "Barter" in released.raw_text
    assert len(list_quarantine(settings, include_released=True)) == 2
    assert retry_quarantine(settings).landed_count == 0


def test_a_row_overtaken_by_a_corrected_file_is_released_without_landing(
    settings: Settings, tmp_path: Path, code_lists: Path
) -> None:
    deliver(
        tmp_path / "in",
        "payments/a.csv",
        csv_text([payment(1, method="barter"), payment(2, amount="x"), payment(3, amount="x")]),
    )
    land_path(settings, tmp_path / "in")
    older = payment(3, updated_at="2026-02-28T00:00:00Z")
    deliver(tmp_path / "in", "payments/b.csv", csv_text([payment(1, method="other"), payment(2), older]))
    land_path(settings, tmp_path / "in")
    allow(code_lists, "barter")
    report = retry_quarantine(settings)
    assert (report.landed_count, report.superseded_count, report.held_count) == (0, 2, 1)
    assert query(settings, "select count(*) from raw.payments") == [(3,)]
    assert query(settings, "select line, released_by_batch_id from raw.quarantine order by line") == [
        (2, "b000000002"),
        (3, "b000000002"),
        (4, None),
    ]


def test_what_was_no_text_is_not_retried(settings: Settings, tmp_path: Path) -> None:
    lines = csv_text([payment(n, order_id="订单") for n in range(3)]).encode().splitlines(keepends=True)
    lines[1] = lines[1].replace("订".encode(), b"\xff")
    deliver(tmp_path / "in", "payments/a.csv", b"".join(lines))
    land_path(settings, tmp_path / "in")
    report = retry_quarantine(settings)
    assert (report.landed_count, report.held_reasons) == (0, {"undecodable_text": 1})


def test_filters_and_wrong_usage(settings: Settings, tmp_path: Path) -> None:
    deliver(tmp_path / "in", "payments/a.csv", csv_text(BARTER))
    land_path(settings, tmp_path / "in")
    assert len(list_quarantine(settings, feed="payments", reason="unknown_code")) == 2
    assert list_quarantine(settings, feed="users") == []
    assert list_quarantine(settings, reason="nul_byte") == []
    assert len(list_quarantine(settings, limit=1)) == 1
    with pytest.raises(UsageError, match="Unknown feed"):
        list_quarantine(settings, feed="paymants")
    with pytest.raises(UsageError, match="No quarantined row"):
        show_quarantined(settings, "b1-1")
