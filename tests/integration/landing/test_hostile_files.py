"""Files as they really come: broken, half written, disguised. No crash, nothing lost, a message one can act
on."""

import gzip
import json
import os
import threading
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from ingest.foundation.settings import Settings
from ingest.land.folders import land_path
from ingest.land.report import BatchReport, LandingReport
from tests.support.landing import PAYMENT, USER, csv_text, deliver, payment, quarantined, query

GOOD = csv_text([payment(1), payment(2), payment(3)])


def land(settings: Settings, folder: Path) -> LandingReport:
    report = land_path(settings, folder)
    for batch in report.batches:
        assert batch.rows_read == batch.rows_accepted + batch.rows_quarantined
    return report


def land_one(
    settings: Settings, tmp_path: Path, content: str | bytes, name: str = "payments/a.csv"
) -> BatchReport:
    deliver(tmp_path / "in", name, content)
    (batch,) = land(settings, tmp_path / "in").batches
    return batch


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("zero.csv", b"", "empty_file"),
        ("zero.jsonl", b"", "empty_file"),
        ("zero.parquet", b"", "empty_file"),
        ("zero.csv.gz", gzip.compress(b"", mtime=0), "empty_file"),
        ("blank.csv", b"\n \n\n", "empty_file"),
        ("blank.jsonl", b"\n\n", "empty_file"),
        ("bom.csv", b"\xef\xbb\xbf", "empty_file"),
        ("cut.csv.gz", gzip.compress(GOOD.encode(), mtime=0)[:-20], "damaged_file"),
        ("cut.csv.zst", zstandard.compress(GOOD.encode())[:-20], "damaged_file"),
        ("not.csv.gz", GOOD.encode(), "damaged_file"),
        ("not.csv.zst", GOOD.encode(), "damaged_file"),
        ("text.parquet", GOOD.encode(), "unreadable_file"),
        ("array.json", json.dumps([PAYMENT]).encode(), "unreadable_file"),
        ("odd.csv", GOOD.encode("utf-16")[:-1], "unknown_encoding"),
        (
            "noise.csv",
            bytes(range(128, 256)) * 50 + b"\n" + bytes(range(255, 127, -1)) * 50,
            "unknown_encoding",
        ),
        ("sheet.xlsx", b"PK\x03\x04", "unknown_format"),
        ("no_ending", GOOD.encode(), "unknown_format"),
        ("data.parquet.gz", b"x", "unknown_format"),
        ("headless.csv", GOOD.split("\n", 1)[1].encode(), "missing_column"),
        ("missing.csv", GOOD.replace("updated_at", "changed_on").encode(), "missing_column"),
        ("missing.jsonl", json.dumps({"payment_id": "1"}).encode(), "missing_column"),
        ("duplicate.csv", GOOD.replace("order_id", "Amount", 1).encode(), "duplicate_column"),
    ],
)
def test_a_file_that_cannot_land_is_rejected_and_the_others_land(
    settings: Settings, tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    deliver(tmp_path / "in", f"payments/{name}", content)
    deliver(tmp_path / "in", "payments/zz_good.csv", GOOD)
    deliver(tmp_path / "in", "users/good.csv", csv_text([USER]))
    report = land(settings, tmp_path / "in")
    assert [batch.status for batch in report.batches] == ["landed", "rejected", "landed"]
    assert report.exit_status == 1
    (rejected,) = report.rejected
    assert rejected.message.startswith(f"{code}: ")
    assert f"payments/{name}: rejected, nothing of it landed" in rejected.line()
    assert query(
        settings,
        "select source_name, split_part(rejected_reason, ':', 1) from raw.batches where status = 'rejected'",
    ) == [(name, code)]
    assert query(settings, "select count(*) from raw.payments") == [(3,)]


def test_a_file_without_a_required_column_says_what_it_has_and_lacks(
    settings: Settings, tmp_path: Path
) -> None:
    message = land_one(
        settings, tmp_path, GOOD.replace("updated_at", "changed_on").replace("currency_code", "ccy")
    ).message
    assert "required columns missing: currency_code, updated_at" in message
    assert "ccy" in message
    assert "changed_on" in message


def test_a_headless_file_does_not_leak_its_first_row(settings: Settings, tmp_path: Path) -> None:
    batch = land_one(settings, tmp_path, "U1,anna@example.com,13800138000\n", "users/a.csv")
    stored = str(query(settings, "from raw.batches"))
    assert batch.status == "rejected"
    assert "anna" not in batch.line() + stored
    assert "13800138000" not in batch.line() + stored


def test_a_rejected_file_is_tried_again_but_recorded_once(settings: Settings, tmp_path: Path) -> None:
    deliver(tmp_path / "in", "payments/a.csv", "")
    assert [land(settings, tmp_path / "in").exit_status for _ in range(3)] == [1, 1, 1]
    assert query(settings, "select count(*) from raw.batches") == [(1,)]
    deliver(tmp_path / "in", "payments/a.csv", GOOD)
    assert land(settings, tmp_path / "in").exit_status == 0


def test_bad_rows_are_quarantined_with_their_line_and_text(settings: Settings, tmp_path: Path) -> None:
    lines = GOOD.splitlines()
    bad = {
        3: ("ragged_row", lines[1] + ",one,more"),
        4: ("ragged_row", "P9,U9"),
        6: ("unclosed_quote", 'P9,"U9' + lines[1][5:]),
        7: ("malformed_quotes", '"P9"x' + lines[1][2:]),
        8: ("nul_byte", lines[1].replace("U1", "U\0001")),
        9: ("negative_money", lines[1].replace("10.10", "-10.10")),
        10: ("unknown_code", lines[1].replace("card", "barter")),
        11: ("date_out_of_range", lines[1].replace("2026-03-01T08:00", "0001-01-01T00:00")),
        12: ("missing_value", ",".join([""] * len(lines[0].split(",")))),
    }
    good = iter(lines[1:])
    content = [lines[0], *(bad[n][1] if n in bad else next(good) for n in range(2, 13))][:12]
    batch = land_one(settings, tmp_path, "\n".join(content) + "\n")
    assert quarantined(settings) == [("payments", line, reason) for line, (reason, _) in bad.items()]
    assert query(settings, "select line, raw_text from raw.quarantine order by line") == [
        (line, text) for line, (_, text) in bad.items()
    ]
    assert query(settings, "select payment_id, _line from raw.payments order by 2") == [("P1", 2), ("P2", 5)]
    assert (batch.rows_read, batch.rows_accepted, batch.rows_quarantined) == (11, 2, 9)


def test_details_name_the_column_and_an_unknown_code_but_no_other_value(
    settings: Settings, tmp_path: Path
) -> None:
    rows = [
        payment(1, method="barter"),
        payment(2, amount="secret 1"),
        payment(3, status="Anna Li 13800138000"),
    ]
    land_one(settings, tmp_path, csv_text(rows))
    details = [row[0] for row in query(settings, "select detail from raw.quarantine order by line")]
    assert "column method 'barter'" in details[0]
    assert "column amount" in details[1]
    assert "secret" not in str(details)
    assert "13800138000" not in str(details)


def test_bad_json_lines(settings: Settings, tmp_path: Path) -> None:
    good = json.dumps(PAYMENT)
    lines = {
        2: ("invalid_json", good[:-5]),
        3: ("invalid_json", good[:-1] + ', "x": NaN}'),
        4: ("invalid_json", good[:-1] + ",}"),
        5: ("not_a_json_object", "[1, 2]"),
        6: ("not_a_json_object", '"text"'),
        7: ("duplicate_json_key", good[:-1] + ', "AMOUNT": "1"}'),
        8: ("nested_value", json.dumps({**PAYMENT, "order_id": {"id": 1}})),
        9: ("nul_byte", json.dumps({**PAYMENT, "order_id": "a\0b"})),
        10: ("undecodable_text", good[:-1] + ', "note": "\\ud800"}'),
        11: ("missing_value", "{}"),
        13: ("invalid_json", "[" * 100_000),
        14: ("invalid_json", good + good),
    }
    content = "\n".join(lines[n][1] if n in lines else ("" if n == 12 else good) for n in range(1, 15))
    batch = land_one(settings, tmp_path, content, "payments/a.jsonl")
    assert quarantined(settings) == [("payments", line, reason) for line, (reason, _) in lines.items()]
    assert (batch.rows_read, batch.rows_accepted) == (13, 1)
    assert query(settings, "select raw_text from raw.quarantine where line = 2") == [(good[:-5],)]


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_some_lines_in_a_wrong_encoding(settings: Settings, tmp_path: Path, ending: str) -> None:
    rows = [payment(n, order_id="订单") for n in range(1, 6)]
    text = (
        csv_text(rows) if ending == "csv" else "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    )
    lines = text.encode().splitlines(keepends=True)
    lines[2] = lines[2].decode().encode("gb18030")
    lines[3] = lines[3].replace("订".encode(), b"\xff\xfe")
    batch = land_one(settings, tmp_path, b"".join(lines), f"payments/a.{ending}")
    assert quarantined(settings) == [("payments", 3, "undecodable_text"), ("payments", 4, "undecodable_text")]
    assert batch.rows_accepted == 3
    assert "\\xff\\xfe" in query(settings, "select raw_text from raw.quarantine where line = 4")[0][0]


def test_a_bad_line_in_a_gb18030_file(settings: Settings, tmp_path: Path) -> None:
    lines = (
        csv_text([payment(n, order_id="订单") for n in range(1, 6)])
        .encode("gb18030")
        .splitlines(keepends=True)
    )
    lines[2] = lines[2].replace("订".encode("gb18030"), b"\xff\xff")
    land_one(settings, tmp_path, b"".join(lines))
    assert quarantined(settings) == [("payments", 3, "undecodable_text")]
    assert query(settings, "select distinct order_id from raw.payments") == [("订单",)]


@pytest.mark.parametrize(
    "order_id",
    ['"a" ', '"say ""hi"""  ', 'a"b"', 'a "b" c', '""', ' "a"', "'a,", '"a\tb"', "\\", "#a", '"a""', '"a"b'],
)
def test_a_row_reads_the_same_whichever_way_its_file_is_read(
    settings: Settings, tmp_path: Path, order_id: str
) -> None:
    """A ragged row elsewhere makes the file be read record by record; alone, DuckDB reads it if it can."""
    text = csv_text([payment(1, order_id="HERE"), payment(2)]).replace("HERE", order_id)
    deliver(tmp_path / "in", "payments/a.csv", text)
    deliver(tmp_path / "in", "payments/b.csv", text + "ragged\n")
    land(settings, tmp_path / "in")
    outcome = (
        "select payment_id, order_id, null from raw.payments where _batch_id = $id union all "
        "select reason, detail, raw_text from raw.quarantine where batch_id = $id and raw_text <> 'ragged'"
    )
    alone, beside = (query(settings, outcome.replace("$id", f"'b00000000{n}'")) for n in (1, 2))
    assert sorted(map(str, alone)) == sorted(map(str, beside))


def test_mixed_line_ends_and_blank_lines(settings: Settings, tmp_path: Path) -> None:
    header, *rows = GOOD.splitlines()
    content = header + "\r\n" + rows[0] + "\n\n" + rows[1] + "\r" + rows[2] + "\r\n\r\n"
    assert land_one(settings, tmp_path, content).rows_accepted == 3
    assert query(settings, "select payment_id, _line from raw.payments order by 2") == [
        ("P1", 2),
        ("P2", 4),
        ("P3", 5),
    ]


def test_quoted_line_ends_keep_later_line_numbers_exact(settings: Settings, tmp_path: Path) -> None:
    rows = [
        payment(1, order_id="two\nlines\r\nthree"),
        payment(2),
        payment(3, amount="x", order_id="a\nb"),
        payment(4),
    ]
    land_one(settings, tmp_path, csv_text(rows))
    assert query(settings, "select payment_id, order_id, _line from raw.payments order by 3") == [
        ("P1", "two\nlines\r\nthree", 2),
        ("P2", "O2", 5),
        ("P4", "O4", 8),
    ]
    assert query(settings, "select line, raw_text like '%\"a\nb\"%' from raw.quarantine") == [(6, True)]


def test_ten_megabyte_fields(settings: Settings, tmp_path: Path) -> None:
    huge = "x" * 10_000_000
    rows = [payment(1, order_id=huge), payment(2, order_id=huge, amount="no number"), payment(3)]
    deliver(tmp_path / "in", "payments/a.csv", csv_text(rows))
    deliver(tmp_path / "in", "payments/b.jsonl", "\n".join(json.dumps(row) for row in rows))
    report = land(settings, tmp_path / "in")
    assert (report.rows_accepted, report.rows_quarantined) == (4, 2)
    assert query(settings, "select max(length(order_id)) from raw.payments") == [(10_000_000,)]
    assert query(settings, "select min(length(raw_text)) > 10000000 from raw.quarantine") == [(True,)]


def test_formulas_are_text(settings: Settings, tmp_path: Path) -> None:
    formulas = [
        '=HYPERLINK("http://x")',
        "+1+1",
        "@SUM(A1)",
        "-2+3",
        '="00123"',
        "'; drop table raw.payments; --",
    ]
    land_one(settings, tmp_path, csv_text([payment(n, order_id=text) for n, text in enumerate(formulas)]))
    assert [row[0] for row in query(settings, "select order_id from raw.payments order by _line")] == formulas


@pytest.mark.parametrize("name", ['12" screen', '"two\nlines"', '"never closed'])
def test_quotes_in_the_header_lose_no_row(settings: Settings, tmp_path: Path, name: str) -> None:
    header, *rows = csv_text([payment(1, order_id='a "quoted" id'), payment(2)]).splitlines()
    land_one(settings, tmp_path, "\n".join([f"{header},{name}", *(row + ",x" for row in rows)]))
    assert query(settings, "select payment_id from raw.payments order by _line") == [("P1",), ("P2",)]


def test_excels_separator_line_and_trailing_delimiters(settings: Settings, tmp_path: Path) -> None:
    header, *rows = csv_text([payment(1), payment(2)], ";").splitlines()
    content = "\n".join(["sep=;", header + ";;", *(row + ";;" for row in rows)])
    assert land_one(settings, tmp_path, content).rows_accepted == 2
    assert query(settings, "select payment_id, _line, _extra from raw.payments order by 2") == [
        ("P1", 3, None),
        ("P2", 4, None),
    ]


@pytest.mark.parametrize(
    "name",
    [
        "it's.csv",
        'a "b".csv',
        "two\nlines.csv",
        "$(reboot);`x`.csv",
        "中文 文件.csv",
        "\x1b[31m.csv",
        "%s.csv",
    ],
)
def test_hostile_names_are_only_names(settings: Settings, tmp_path: Path, name: str) -> None:
    batch = land_one(settings, tmp_path, GOOD, f"payments/{name}")
    assert batch.rows_accepted == 3
    assert batch.line().isprintable()
    ((stored,),) = query(settings, "select source_name from raw.batches")
    assert stored.isprintable()


def test_a_name_that_is_no_text(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "in" / "payments"
    folder.mkdir(parents=True)
    with open(os.fsencode(folder) + b"/\xff\xfe.csv", "wb") as file:
        file.write(GOOD.encode())
    assert land(settings, tmp_path / "in").rows_accepted == 3


def test_hostile_column_names(settings: Settings, tmp_path: Path) -> None:
    names = [
        "it's",
        'say "hi"',
        "_extra",
        "_line",
        "_landing_seq",
        "a'; drop schema raw cascade; --",
        "key",
        "value",
        "c1",
        "$.x",
    ]
    row = {**payment(1), **{name: f"value of {name}" for name in names}}
    deliver(tmp_path / "in", "payments/a.csv", csv_text([row]))
    deliver(tmp_path / "in", "payments/b.jsonl", json.dumps(row))
    (tmp_path / "in" / "payments").mkdir(exist_ok=True)
    pq.write_table(
        pa.table({name: [value] for name, value in row.items()}), tmp_path / "in" / "payments" / "c.parquet"
    )
    assert land(settings, tmp_path / "in").rows_accepted == 3
    for (extra,) in query(settings, "select _extra from raw.payments"):
        assert json.loads(extra) == {name: f"value of {name}" for name in names}


def test_links_out_of_the_landing_folder_are_refused(settings: Settings, tmp_path: Path) -> None:
    secret = deliver(tmp_path, "elsewhere/payments/secret.csv", GOOD)
    folder = tmp_path / "in" / "payments"
    folder.mkdir(parents=True)
    (folder / "link.csv").symlink_to(secret)
    (folder / "dangling.csv").symlink_to(tmp_path / "nowhere.csv")
    (tmp_path / "in" / "users").symlink_to(tmp_path / "elsewhere" / "payments")
    report = land(settings, tmp_path / "in")
    assert {batch.message.split(":")[0] for batch in report.batches} == {"outside_landing_folder"}
    assert len(report.batches) == 3
    assert query(settings, "select count(*) from raw.payments") == [(0,)]


def test_links_within_the_landing_folder_are_followed(settings: Settings, tmp_path: Path) -> None:
    target = deliver(tmp_path / "in", "payments/a.csv", GOOD)
    (tmp_path / "in" / "payments" / "b.csv").symlink_to(target)
    assert [batch.status for batch in land(settings, tmp_path / "in").batches] == ["landed", "already_landed"]


def test_a_folder_or_pipe_named_like_a_file(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "in" / "payments"
    (folder / "folder.csv").mkdir(parents=True)
    (folder / "2026").mkdir()
    os.mkfifo(folder / "pipe.csv")
    report = land(settings, tmp_path / "in")
    assert [batch.message.split(":")[0] for batch in report.batches] == ["not_a_file", "not_a_file"]
    assert any("payments/2026/" in note for note in report.notes)


def test_a_file_still_being_written_is_left_for_the_next_landing(settings: Settings, tmp_path: Path) -> None:
    file = deliver(tmp_path / "in", "payments/a.csv", GOOD[:150])
    with file.open("a") as writer:
        report = land(settings, tmp_path / "in")
        assert [batch.status for batch in report.batches] == ["left"]
        assert report.exit_status == 0
        assert query(settings, "select count(*) from raw.batches") == [(0,)]
        writer.write(GOOD[150:])
    assert land(settings, tmp_path / "in").rows_accepted == 3


def test_a_file_that_changes_while_it_is_read_is_left(settings: Settings, tmp_path: Path) -> None:
    file = deliver(tmp_path / "in", "payments/a.csv", GOOD * 20_000)
    stop = threading.Event()

    def touch() -> None:
        while not stop.is_set():
            os.utime(file)
            time.sleep(0.0005)

    toucher = threading.Thread(target=touch)
    toucher.start()
    try:
        assert [batch.status for batch in land(settings, tmp_path / "in").batches] == ["left"]
    finally:
        stop.set()
        toucher.join()


def test_damaged_parquet_pages(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "in" / "payments"
    folder.mkdir(parents=True)
    pq.write_table(pa.table({name: [value] * 1000 for name, value in PAYMENT.items()}), folder / "a.parquet")
    content = bytearray((folder / "a.parquet").read_bytes())
    content[4:200] = b"\xff" * 196
    (folder / "a.parquet").write_bytes(content)
    (batch,) = land(settings, tmp_path / "in").batches
    assert batch.message.startswith("unreadable_file")


def test_nested_parquet_in_a_contract_column(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "in" / "payments"
    folder.mkdir(parents=True)
    table = pa.table(
        {**{name: [value] for name, value in PAYMENT.items()}, "order_id": [{"id": 1}], "tags": [["a", "b"]]}
    )
    pq.write_table(table, folder / "a.parquet")
    assert land(settings, tmp_path / "in").batches[0].message.startswith("retyped_column")


def test_an_error_while_landing_leaves_nothing_half_done(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(tmp_path / "in", "payments/a.csv", GOOD)

    def fail(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("ingest.land.ledger._insert_batch", fail)
        with pytest.raises(KeyboardInterrupt):
            land_path(settings, tmp_path / "in")
    assert query(
        settings, "select (select count(*) from raw.payments) + (select count(*) from raw.batches)"
    ) == [(0,)]
    assert [
        path.name for path in settings.raw_path.parent.iterdir() if path.name.startswith("landing-")
    ] == []
    assert land(settings, tmp_path / "in").rows_accepted == 3


# -----------------------------------------------------------------------------------------------------
# schema drift


def _many(count: int, **values: str) -> list[dict[str, str]]:
    return [payment(number, **values) for number in range(count)]


def test_a_retyped_column_rejects_the_file_and_the_others_land(settings: Settings, tmp_path: Path) -> None:
    deliver(tmp_path / "in", "payments/a.csv", csv_text([*_many(15, amount="USD 10"), *_many(10)]))
    deliver(tmp_path / "in", "payments/b.csv", csv_text([*_many(25, initiated_at="1772323200")]))
    deliver(
        tmp_path / "in",
        "payments/c.jsonl",
        "\n".join(json.dumps({**row, "amount": {"v": 1}}) for row in _many(25)),
    )
    deliver(tmp_path / "in", "payments/d.csv", csv_text([*_many(19, amount="x")]))
    deliver(tmp_path / "in", "users/a.csv", csv_text([USER]))
    report = land(settings, tmp_path / "in")
    assert [(b.feed, b.source_name, b.status) for b in report.batches] == [
        ("users", "a.csv", "landed"),
        ("payments", "a.csv", "rejected"),
        ("payments", "b.csv", "rejected"),
        ("payments", "c.jsonl", "rejected"),
        ("payments", "d.csv", "landed"),
    ]
    assert (
        "retyped_column: 15 of 25 values of column amount cannot be read as money"
        in report.rejected[0].message
    )
    assert "25 of 25 values of column initiated_at" in report.rejected[1].message
    assert "25 of 25 values of column amount" in report.rejected[2].message


def test_new_codes_are_quarantined_however_many(settings: Settings, tmp_path: Path) -> None:
    batch = land_one(settings, tmp_path, csv_text(_many(100, method="barter")))
    assert (batch.status, batch.rows_quarantined) == ("landed", 100)


def _renamed(rows: list[dict[str, str]], old: str, new: str) -> str:
    return csv_text([{new if name == old else name: value for name, value in row.items()} for row in rows])


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        ("succeeded_at", "paid_time", "rejected"),
        ("amount_cny", "cny_amount", "rejected"),
        ("amount_cny", "loyalty_points", "landed"),
        ("order_id", "order_number", "landed"),
    ],
)
def test_a_renamed_optional_column_is_recognised_by_its_values(
    settings: Settings, tmp_path: Path, old: str, new: str, status: str
) -> None:
    land_one(settings, tmp_path, csv_text(_many(3)))
    deliver(tmp_path / "in", "payments/b.csv", _renamed(_many(5), old, new))
    batch = land(settings, tmp_path / "in").batches[1]
    assert batch.status == status, batch.message
    if status == "rejected":
        assert old in batch.message
        assert new in batch.message


def test_a_new_column_beside_all_old_ones_is_no_rename(settings: Settings, tmp_path: Path) -> None:
    land_one(settings, tmp_path, csv_text(_many(3)))
    rows = [{**row, "exported_at": "2026-03-02T00:00:00Z"} for row in _many(5)]
    deliver(tmp_path / "in", "payments/b.csv", csv_text(rows))
    assert land(settings, tmp_path / "in").exit_status == 0
