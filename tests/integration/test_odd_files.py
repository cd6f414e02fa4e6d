"""Files as odd as they come: each is landed or rejected by name, and the ones after it land."""

import gzip
import json
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from ingest.contract.feeds import FEEDS
from ingest.foundation.progress import Progress
from ingest.foundation.settings import Settings
from ingest.land import landing
from ingest.land.folders import land_path, preview_path
from tests.support.landing import USER, csv_text, deliver, payment, query

ODD_NAMES = ("*", "", 'say "*"', "a.*", "$", "a/b~c")


def test_columns_and_keys_with_odd_names(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "in" / "payments"
    for number, name in enumerate(ODD_NAMES):
        row = {**payment(number), name: "x"}
        deliver(tmp_path / "in", f"payments/{number}.csv", csv_text([row]))
        deliver(tmp_path / "in", f"payments/{number}.jsonl", json.dumps(row))
        pq.write_table(pa.table({key: [value] for key, value in row.items()}), folder / f"{number}.parquet")
    report = land_path(settings, tmp_path / "in")
    assert [batch.line() for batch in report.rejected] == []
    assert report.rows_accepted == 3 * len(ODD_NAMES)


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_renamed_column_is_recognised_whatever_its_name(
    settings: Settings, tmp_path: Path, name: str
) -> None:
    deliver(tmp_path / "in", "payments/a.jsonl", json.dumps(payment(1)))
    row = payment(2)
    row[name] = row.pop("succeeded_at")
    deliver(tmp_path / "in", "payments/b.jsonl", json.dumps(row))
    report = land_path(settings, tmp_path / "in")
    assert [batch.message.split(":")[0] for batch in report.rejected] == ["renamed_column"]


def test_damaged_members_are_rejected_and_the_next_feed_lands(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "in" / "payments"
    folder.mkdir(parents=True)
    text = csv_text([payment(1), payment(2)]).encode()
    packed = {"csv.gz": gzip.compress(text, mtime=0), "csv.zst": zstandard.compress(text)}
    pq.write_table(pa.table({key: [value] for key, value in payment(3).items()}), folder / "whole.parquet")
    packed["parquet"] = (folder / "whole.parquet").read_bytes()
    for ending, content in packed.items():
        for at in range(3, len(content), max(1, len(content) // 25)):
            damaged = bytearray(content)
            damaged[at] ^= 0xFF
            deliver(tmp_path / "in", f"payments/{at}.{ending}", bytes(damaged))
    deliver(
        tmp_path / "in",
        "payments/deep.jsonl",
        json.dumps(payment(9))[:-1] + ', "x": ' + "[" * 990 + "]" * 990 + "}",
    )
    deliver(
        tmp_path / "in",
        "traffic_daily/last.csv",
        csv_text([FEEDS["traffic_daily"].example_row]),
    )
    report = land_path(settings, tmp_path / "in")
    assert not any("unexpected_error" in batch.message for batch in report.batches)
    assert (report.batches[-1].feed, report.batches[-1].status) == ("traffic_daily", "landed")
    assert len(report.rejected) > 10


def test_names_that_are_no_text_and_folders_without_end(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "in" / "users"
    deliver(tmp_path / "in", "users/two\nlines.csv", csv_text([USER]))
    (Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe.csv"))).write_text(
        csv_text([{**USER, "user_id": "U2"}])
    )
    (Path(os.fsdecode(os.fsencode(folder) + b"/\xff.xyz"))).write_text("x")
    here = Path.cwd()
    (tmp_path / "in" / "deep").mkdir()
    try:
        os.chdir(tmp_path / "in" / "deep")
        for _ in range(1200):
            os.mkdir("d")
            os.chdir("d")
    finally:
        os.chdir(here)
    report = land_path(settings, tmp_path / "in")
    assert [batch.status for batch in report.batches] == ["landed", "rejected", "landed"]
    assert all(line.isprintable() for line in report.lines())
    assert any(note.startswith("deep/: unknown feed") for note in report.notes)
    for _ in range(1200):  # by steps: the path is too long for whoever tidies up
        os.rename(tmp_path / "in" / "deep" / "d", tmp_path / "in" / "next")
        os.rmdir(tmp_path / "in" / "deep")
        os.rename(tmp_path / "in" / "next", tmp_path / "in" / "deep")


def test_an_unexpected_fault_costs_one_file_and_quotes_nothing_of_it(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(tmp_path / "in", "users/a.csv", csv_text([USER]))
    deliver(tmp_path / "in", "payments/a.csv", csv_text([payment(1)]))
    whole = landing.read

    def failing(connection: object, feed: object, content: landing.Content) -> object:
        if "U1" in content.path.read_text() and "registered_at" in content.path.read_text():
            raise ZeroDivisionError("anna@example.com")
        return whole(connection, feed, content)

    monkeypatch.setattr(landing, "read", failing)
    report = land_path(settings, tmp_path / "in")
    assert [batch.status for batch in report.batches] == ["rejected", "landed"]
    assert report.batches[0].message.startswith("unexpected_error: reading it ended in ZeroDivisionError")
    assert "anna" not in report.batches[0].message


def test_all_bad_columns_of_a_row_are_told(settings: Settings, tmp_path: Path) -> None:
    deliver(
        tmp_path / "in",
        "payments/a.csv",
        csv_text([payment(1, amount="x", method="Barter", status="?", user_id="")]),
    )
    land_path(settings, tmp_path / "in")
    assert query(settings, "select reason, detail from raw.quarantine") == [
        (
            "missing_value",
            "column user_id: a required column is empty; column method 'Barter': not in the closed list of the column "
            "(dbt_project/seeds/code_lists.csv), unlike paypal; column status: not in the closed list of the column "
            "(dbt_project/seeds/code_lists.csv), unlike succeeded; column amount: not plain decimal text (no exponent, "
            "no thousands separator), unlike 39.60",
        )
    ]


def test_a_preview_lands_nothing_and_progress_counts_files(settings: Settings, tmp_path: Path) -> None:
    deliver(tmp_path / "in", "users/a.csv", csv_text([USER]))
    deliver(tmp_path / "in", "users/b.xyz", "x")
    assert [batch.status for batch in preview_path(settings, tmp_path / "in").batches] == ["new", "rejected"]
    assert not settings.raw_path.exists()
    seen: list[Progress] = []
    land_path(settings, tmp_path / "in", show_progress=seen.append)
    assert [(step.number, step.count, step.what) for step in seen] == [
        (1, 2, "users/a.csv"),
        (2, 2, "users/b.xyz"),
    ]
    before = query(settings, "select count(*) from raw.batches")
    assert [batch.status for batch in preview_path(settings, tmp_path / "in").batches] == [
        "already_landed",
        "rejected",
    ]
    assert query(settings, "select count(*) from raw.batches") == before
