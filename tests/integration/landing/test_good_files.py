"""Landing good files: every format, encoding and compression gives the same raw rows; the ledger tells the
truth."""

import gzip
import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from ingest.foundation.errors import UsageError
from ingest.foundation.settings import Settings
from ingest.land.folders import land_path
from ingest.land.landing import land_relation
from ingest.raw.raw_file import open_raw
from tests.support.landing import USER, csv_text, deliver, payment, quarantined, query

ROWS = [
    payment(1),
    payment(2, amount="0.00", order_id="订单二"),
    payment(3, order_id='a,b;"c"\td', succeeded_at=""),
]
LANDED_ROWS = (
    "select payment_id, order_id, amount, amount_cny, initiated_at, succeeded_at, currency_code, _line "
    "from raw.payments order by _landing_seq"
)
EXPECTED = [
    ("P1", "O1", "10.10", "72.30", "2026-03-01 00:00:00.000000", "2026-03-01 00:01:00.000000", "USD", 2),
    ("P2", "订单二", "0.00", "72.30", "2026-03-01 00:00:00.000000", "2026-03-01 00:01:00.000000", "USD", 3),
    ("P3", 'a,b;"c"\td', "10.10", "72.30", "2026-03-01 00:00:00.000000", None, "USD", 4),
]
JSON_LINES = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS)
EMOJI = [payment(1, order_id="𠮷𠮷 🎁")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", csv_text(ROWS).encode()),
        ("a.CSV", csv_text(ROWS).encode("utf-8-sig")),
        ("a.csv", csv_text(ROWS, ";").encode()),
        ("a.tsv", csv_text(ROWS, "\t").encode()),
        ("a.txt", csv_text(ROWS, "|").encode()),
        ("a.csv", csv_text(ROWS, line_end="\r\n").encode()),
        ("a.csv", csv_text(ROWS, line_end="\r").encode()),
        ("a.csv", csv_text(ROWS).rstrip().encode()),
        ("a.csv", csv_text(ROWS).encode("utf-16")),
        ("a.csv", csv_text(ROWS).encode("utf-16-le")),
        ("a.csv", b"\xfe\xff" + csv_text(ROWS).encode("utf-16-be")),
        ("a.csv", csv_text(ROWS).encode("gb18030")),
        ("a.csv.gz", gzip.compress(csv_text(ROWS).encode("gb18030"), mtime=0)),
        (
            "a.csv.gz",
            gzip.compress(csv_text(ROWS)[:300].encode(), mtime=0)
            + gzip.compress(csv_text(ROWS)[300:].encode(), mtime=0),
        ),
        ("a.csv.zst", zstandard.compress(csv_text(ROWS).encode())),
        (
            "a.csv.zst",
            zstandard.compress(csv_text(ROWS).encode()[:300])
            + zstandard.compress(csv_text(ROWS).encode()[300:]),
        ),
    ],
)
def test_every_text_form_gives_the_same_rows(
    settings: Settings, tmp_path: Path, name: str, content: bytes
) -> None:
    deliver(tmp_path / "in", f"payments/{name}", content)
    report = land_path(settings, tmp_path / "in")
    assert (report.exit_status, report.rows_accepted, report.rows_quarantined) == (0, 3, 0), report.lines()
    assert query(settings, LANDED_ROWS) == EXPECTED


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", JSON_LINES.encode()),
        ("a.ndjson", JSON_LINES.encode("utf-8-sig")),
        ("a.json.gz", gzip.compress(JSON_LINES.encode(), mtime=0)),
    ],
)
def test_json_lines_too(settings: Settings, tmp_path: Path, name: str, content: bytes) -> None:
    deliver(tmp_path / "in", f"payments/{name}", content)
    assert land_path(settings, tmp_path / "in").rows_accepted == 3
    # In JSON Lines the first record stands on line 1.
    assert query(settings, LANDED_ROWS) == [(*row[:-1], row[-1] - 1) for row in EXPECTED]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030"])
def test_characters_beyond_the_basic_plane(settings: Settings, tmp_path: Path, encoding: str) -> None:
    deliver(tmp_path / "in", "payments/a.csv", csv_text(EMOJI).encode(encoding))
    land_path(settings, tmp_path / "in")
    assert query(settings, "select order_id from raw.payments") == [("𠮷𠮷 🎁",)]


def test_json_numbers_keep_their_digits(settings: Settings, tmp_path: Path) -> None:
    numbers = (
        '"amount": 10.10, "amount_cny": 1234567890.1234567, "order_id": 12345678901234567890123, '
        '"is_test": false'
    )
    fields = {k: v for k, v in payment(1).items() if k not in ("amount", "amount_cny", "order_id")}
    deliver(tmp_path / "in", "payments/a.jsonl", json.dumps(fields)[:-1] + ", " + numbers + "}\n")
    assert land_path(settings, tmp_path / "in").rows_accepted == 1
    assert query(settings, "select amount, amount_cny, order_id, is_test from raw.payments") == [
        ("10.10", "1234567890.1234567", "12345678901234567890123", "false")
    ]


def _parquet(**columns: pa.Array) -> pa.Table:
    table = pa.table({name: pa.array([value]) for name, value in payment(1).items()})
    for name, array in columns.items():
        position = table.column_names.index(name)
        table = table.set_column(position, name, array)
    return table


@pytest.mark.parametrize(
    ("column", "array", "stored"),
    [
        ("amount", pa.array([Decimal("10.10")], pa.decimal128(18, 2)), "10.10"),
        (
            "amount",
            pa.array([Decimal("1234567890.1234567")], pa.decimal128(38, 10)),
            "1234567890.1234567000",
        ),
        ("amount", pa.array([19.99], pa.float64()), "19.99"),
        ("amount", pa.array([3.0], pa.float64()), "3"),
        ("amount", pa.array([0.00001], pa.float64()), "0.00001"),
        ("amount", pa.array([19.99], pa.float32()), "19.99"),
        ("amount", pa.array([7], pa.int64()), "7"),
        ("order_id", pa.array([123.0], pa.float64()), "123"),
        ("order_id", pa.array([2**63], pa.uint64()), str(2**63)),
        ("order_id", pa.array([b"O1"], pa.binary()), "O1"),
        ("status", pa.array(["succeeded"]).dictionary_encode(), "succeeded"),
        ("initiated_at", pa.array([datetime(2026, 3, 1, 8)]), "2026-03-01 00:00:00.000000"),
        (
            "initiated_at",
            pa.array([datetime(2026, 3, 1, 8, microsecond=5)], pa.timestamp("ns")),
            "2026-03-01 00:00:00.000005",
        ),
        ("initiated_at", pa.array([datetime(2026, 3, 1, 8, tzinfo=UTC)]), "2026-03-01 08:00:00.000000"),
        (
            "initiated_at",
            pa.array(
                [datetime(2026, 3, 1, 8, tzinfo=ZoneInfo("America/New_York"))],
                pa.timestamp("us", "America/New_York"),
            ),
            "2026-03-01 13:00:00.000000",
        ),
        ("initiated_at", pa.array([date(2026, 3, 1)]), "2026-02-28 16:00:00.000000"),
    ],
)
def test_parquet_values_become_exact_text(
    settings: Settings, tmp_path: Path, column: str, array: pa.Array, stored: str
) -> None:
    (tmp_path / "in" / "payments").mkdir(parents=True)
    pq.write_table(_parquet(**{column: array}), tmp_path / "in" / "payments" / "a.parquet")
    report = land_path(settings, tmp_path / "in")
    assert report.rows_accepted == 1, query(settings, "from raw.quarantine")
    assert query(settings, f"select {column}, _line from raw.payments") == [(stored, 1)]


@pytest.mark.parametrize(
    ("column", "value"), [("amount", float("nan")), ("amount", float("inf")), ("order_id", float("nan"))]
)
def test_parquet_floats_that_are_no_number_are_quarantined(
    settings: Settings, tmp_path: Path, column: str, value: float
) -> None:
    (tmp_path / "in" / "payments").mkdir(parents=True)
    table = _parquet(**{column: pa.array([value], pa.float64())})
    pq.write_table(table, tmp_path / "in" / "payments" / "a.parquet")
    land_path(settings, tmp_path / "in")
    assert quarantined(settings) == [("payments", 1, "not_a_number")]
    ((raw_text,),) = query(settings, "select raw_text from raw.quarantine")
    assert json.loads(raw_text)["payment_id"] == "P1"


def test_unknown_columns_are_kept_aside_and_reported(settings: Settings, tmp_path: Path) -> None:
    rows = [
        {**payment(1), "Loyalty Level": "gold", "note": ""},
        {**payment(2), "Loyalty Level": "", "note": 'a "b"'},
    ]
    deliver(tmp_path / "in", "payments/a.csv", csv_text(rows))
    deliver(tmp_path / "in", "payments/b.csv", csv_text([*rows, {**rows[0], "note": "two\nlines"}]))
    nested = {**payment(4), "tags": ["a", {"b": 1.50}], "empty": None}
    deliver(tmp_path / "in", "payments/c.jsonl", json.dumps(nested))
    report = land_path(settings, tmp_path / "in")
    assert [batch.unknown_columns for batch in report.batches] == [("other", "note")] * 2 + [
        ("tags", "empty")
    ]
    extras = [row[0] for row in query(settings, "select _extra from raw.payments order by _landing_seq")]
    assert extras[:2] == extras[2:4] == ['{"Loyalty Level":"gold"}', '{"note":"a \\"b\\""}']
    assert json.loads(extras[4]) == {"Loyalty Level": "gold", "note": "two\nlines"}
    assert json.loads(extras[5]) == {"tags": ["a", {"b": "1.5"}]}
    assert query(settings, "select unknown_columns from raw.batches where batch_id = 'b000000001'") == [
        ('["other", "note"]',)
    ]


def test_column_order_and_case_are_free(settings: Settings, tmp_path: Path) -> None:
    row = {f" {name.upper()} ": value for name, value in reversed(payment(1).items())}
    deliver(tmp_path / "in", "payments/a.csv", csv_text([row]))
    assert land_path(settings, tmp_path / "in").rows_accepted == 1


def test_the_same_content_lands_once_whatever_it_is_called_or_packed(
    settings: Settings, tmp_path: Path
) -> None:
    text = csv_text(ROWS).encode()
    deliver(tmp_path / "in", "payments/a.csv", text)
    land_path(settings, tmp_path / "in")
    deliver(tmp_path / "in", "payments/b.csv", text)
    deliver(tmp_path / "in", "payments/c.csv.gz", gzip.compress(text, mtime=0))
    deliver(tmp_path / "in", "payments/d.csv.zst", zstandard.compress(text))
    report = land_path(settings, tmp_path / "in")
    assert [batch.status for batch in report.batches] == ["already_landed"] * 4
    assert report.exit_status == 0
    assert query(settings, "select count(*) from raw.payments") == [(3,)]
    assert query(settings, "select count(*) from raw.batches") == [(1,)]


def test_several_versions_of_a_key_all_land_in_order(settings: Settings, tmp_path: Path) -> None:
    deliver(tmp_path / "in", "payments/b.csv", csv_text([payment(1, status="initiated"), payment(1)]))
    deliver(tmp_path / "in", "payments/a.csv", csv_text([payment(1, status="failed")]))
    land_path(settings, tmp_path / "in")
    assert query(settings, "select status from raw.payments order by _landing_seq") == [
        ("failed",),
        ("initiated",),
        ("succeeded",),
    ]


def test_landing_sequence_is_unique_and_increasing_over_all_feeds(settings: Settings, tmp_path: Path) -> None:
    for number in range(3):
        deliver(
            tmp_path / "in",
            f"payments/{number}.csv",
            csv_text([payment(number, amount="x"), payment(number)]),
        )
        deliver(tmp_path / "in", f"users/{number}.csv", csv_text([{**USER, "user_id": f"U{number}"}]))
        land_path(settings, tmp_path / "in")
    rows = query(
        settings,
        "select _landing_seq, _batch_id from raw.payments union all "
        "select _landing_seq, _batch_id from raw.users order by 1",
    )
    assert len({seq for seq, _ in rows}) == len(rows) == 6
    assert [batch for _, batch in rows] == sorted(batch for _, batch in rows)
    assert query(
        settings,
        "select bool_and(rows_read = rows_accepted + rows_quarantined), sum(rows_quarantined) "
        "from raw.batches",
    ) == [(True, 3)]


def test_the_declared_source_zone(settings: Settings, tmp_path: Path) -> None:
    deliver(tmp_path / "in", "users/a.csv", csv_text([{**USER, "registered_at": "2026-07-01 12:00:00"}]))
    land_path(settings, tmp_path / "in", source_time_zone="Europe/Berlin")
    assert query(
        settings, "select registered_at, source_time_zone from raw.users join raw.batches on true"
    ) == [("2026-07-01 10:00:00.000000", "Europe/Berlin")]


def test_unknown_folders_and_stray_files_are_named_and_left_alone(settings: Settings, tmp_path: Path) -> None:
    deliver(tmp_path / "in", "paymants/a.csv", csv_text(ROWS))
    deliver(tmp_path / "in", "stray.csv", csv_text(ROWS))
    deliver(tmp_path / "in", "payments/.hidden.csv", csv_text(ROWS))
    deliver(tmp_path / "in", "payments/a.csv.part", csv_text(ROWS))
    report = land_path(settings, tmp_path / "in")
    assert report.exit_status == 0
    assert not report.batches
    assert all(
        any(name in note for note in report.notes) for name in ("paymants", "stray.csv", ".hidden", ".part")
    )
    assert (tmp_path / "in" / "paymants" / "a.csv").exists()


def test_one_file_may_be_named(settings: Settings, tmp_path: Path) -> None:
    file = deliver(tmp_path / "in", "payments/a.csv", csv_text(ROWS))
    assert land_path(settings, file).rows_accepted == 3
    with pytest.raises(UsageError, match="not in a folder named for a feed"):
        land_path(settings, deliver(tmp_path / "in", "other/a.csv", "x"))
    with pytest.raises(UsageError, match="does not exist"):
        land_path(settings, tmp_path / "nowhere")


def test_relations_land_like_files(settings: Settings) -> None:
    connection = open_raw(settings)
    arrow = pa.table({name: [row[name] for row in ROWS] for name in ROWS[0]})
    connection.execute(
        "create temp table delivered as select * replace (10.10::decimal(10, 2) as amount, "
        "timestamptz '2026-03-01 00:00:00+00' as initiated_at), 40 + row_number() over () as source_row "
        "from arrow"
    )
    frame = pd.DataFrame(
        {**{name: [row[name] for row in ROWS] for name in ROWS[0]}, "fee_amount": [1.5, None, 2]}
    )
    shared = {"source_kind": "test", "source_name": "table"}
    assert land_relation(connection, settings, "payments", arrow, **shared).rows_accepted == 3
    assert land_relation(connection, settings, "payments", frame, **shared).rows_accepted == 3
    report = land_relation(connection, settings, "payments", "delivered", line_column="source_row", **shared)
    assert (report.rows_accepted, report.unknown_columns) == (3, ())
    rows = connection.execute(
        "select fee_amount, amount, initiated_at, _line from raw.payments order by _landing_seq"
    ).fetchall()
    connection.close()
    assert [row[0] for row in rows[3:6]] == ["1.5", None, "2"]
    assert rows[6:] == [(None, "10.10", "2026-03-01 00:00:00.000000", line) for line in (41, 42, 43)]


def test_a_relation_with_a_hash_lands_once_and_its_cursor_moves_only_with_it(settings: Settings) -> None:
    connection = open_raw(settings)
    connection.execute("create table raw.cursor (position varchar)")
    arrow = pa.table({name: [row[name] for row in ROWS] for name in ROWS[0]})

    def land(then: str) -> str:
        return land_relation(
            connection,
            settings,
            "payments",
            arrow,
            source_name="table",
            source_kind="test",
            content_hash="abc",
            in_transaction=lambda c: c.execute(then) and None,
        ).status

    with pytest.raises(Exception, match="no_such_table"):
        land("insert into meta.no_such_table values (1)")
    assert connection.execute("select count(*) from raw.payments").fetchall() == [(0,)]
    assert connection.execute("select count(*) from raw.batches").fetchall() == [(0,)]
    assert land("insert into raw.cursor values ('here')") == "landed"
    assert land("insert into raw.cursor values ('there')") == "already_landed"
    assert connection.execute("from raw.cursor").fetchall() == [("here",)]
    connection.close()


def test_landed_at_may_be_given(settings: Settings, tmp_path: Path) -> None:
    deliver(tmp_path / "in", "payments/a.csv", csv_text([payment(1, amount="x"), payment(2)]))
    at = datetime(2026, 3, 2, 8, tzinfo=timezone(timedelta(hours=8)))
    land_path(settings, tmp_path / "in", landed_at=at)
    assert query(
        settings, "select landed_at, quarantined_at from raw.batches join raw.quarantine using (batch_id)"
    ) == [(datetime(2026, 3, 2), datetime(2026, 3, 2))]


def test_a_folder_of_landing_folders_lands_day_by_day(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    deliver(folder, "2026-03-02/payments/a.csv", csv_text([payment(2)]))
    deliver(folder, "2026-03-01/payments/a.csv", csv_text([payment(1)]))
    deliver(folder, "2026-03-01/coupons/a.csv", "x\n1\n")
    report = land_path(settings, folder)
    assert report.rows_accepted == 2
    assert query(settings, "select payment_id from raw.payments order by _landing_seq") == [("P1",), ("P2",)]
    assert any("coupons" in note and "unknown feed" in note for note in report.notes)


def test_a_feed_folder_may_be_named_itself(settings: Settings, tmp_path: Path) -> None:
    deliver(tmp_path, "exports/payments/a.csv", csv_text([payment(1)]))
    assert land_path(settings, tmp_path / "exports" / "payments").rows_accepted == 1
