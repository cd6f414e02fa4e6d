"""Random damage to good files: nothing crashes and every physical record is accounted for."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from ingest.contract.reasons import FILE_REASONS, ROW_REASONS
from ingest.foundation.settings import Settings
from ingest.land.landing import land_file
from ingest.raw.batches import REJECTED
from ingest.raw.raw_file import open_raw
from ingest.read.encoding import decode
from ingest.read.stage import stage
from tests.support.landing import csv_text, deliver, payment

MUTATION_COUNT = 150
ROWS = [payment(n, order_id=["O1", "订单", 'say "hi"', "a,b", "é"][n % 5]) for n in range(12)]
CSV = csv_text(ROWS).encode()
JSONL = "\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS).encode()
SPICES = (
    b'"',
    b",",
    b"\n",
    b"\r",
    b"\0",
    b"\xff",
    b"\\",
    b"{",
    b"}",
    b"'",
    b"\xe8\xae",
    b"NaN",
    b";",
    b"\t",
    b'""',
    b"\r\n",
)


def _insert(text: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(text))
    return text[:at] + chance.choice(SPICES) + text[at:]


def _delete(text: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(text))
    return text[:at] + text[at + chance.randrange(1, 6) :]


def _replace(text: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(text))
    return text[:at] + bytes([chance.randrange(256)]) + text[at + 1 :]


def _truncate(text: bytes, chance: random.Random) -> bytes:
    return text[: chance.randrange(1, len(text))]


def _repeat(text: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(text))
    return text[: start + 40] + text[start:]


def _swap_lines(text: bytes, chance: random.Random) -> bytes:
    lines = text.splitlines(keepends=True)
    a, b = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[a], lines[b] = lines[b], lines[a]
    return b"".join(lines)


MUTATIONS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _insert,
    _insert,
    _delete,
    _replace,
    _truncate,
    _repeat,
    _swap_lines,
)


def _accounted_lines(connection: duckdb.DuckDBPyConnection, batch_id: str) -> tuple[set[int], int, str]:
    """(first lines, how many rows, all raw texts of quarantine) of a batch."""
    lines = connection.execute(
        "select _line, null from raw.payments where _batch_id = $id union all "
        "select line, raw_text from raw.quarantine where batch_id = $id",
        {"id": batch_id},
    ).fetchall()
    return {line for line, _ in lines}, len(lines), "\n".join(text for _, text in lines if text is not None)


@pytest.mark.parametrize(("ending", "content"), [("csv", CSV), ("jsonl", JSONL)])
def test_every_record_of_a_damaged_file_is_accepted_or_quarantined(
    settings: Settings, tmp_path: Path, ending: str, content: bytes
) -> None:
    chance = random.Random(20260301)
    outcomes = {"landed": 0, "rejected": 0, "accepted": 0, "quarantined": 0}
    connection = open_raw(settings)
    staging = tmp_path / "staging"
    staging.mkdir()
    for number in range(MUTATION_COUNT):
        damaged = content
        for _ in range(chance.randrange(1, 5)):
            damaged = chance.choice(MUTATIONS)(damaged, chance) or content
        file = deliver(tmp_path, f"in/payments/{number}.{ending}", damaged)
        report = land_file(connection, settings, "payments", file)
        if report.status == REJECTED:
            outcomes["rejected"] += 1
            assert report.message.split(":")[0] in FILE_REASONS
            assert report.rows_read == 0
            continue
        if report.status == "already_landed":
            continue
        assert report.status == "landed"
        assert report.batch_id
        assert report.rows_read == report.rows_accepted + report.rows_quarantined
        assert set(report.quarantine_reasons) <= set(ROW_REASONS)
        lines, count, quarantined_text = _accounted_lines(connection, report.batch_id)
        assert count == len(lines) == report.rows_read
        _assert_every_line_is_accounted_for(
            decode(stage(file, staging).path).path,
            ending,
            lines=lines,
            quarantined=quarantined_text,
            connection=connection,
            batch_id=report.batch_id,
        )
        outcomes["landed"] += 1
        outcomes["accepted"] += report.rows_accepted
        outcomes["quarantined"] += report.rows_quarantined
    connection.close()
    print(outcomes)
    assert outcomes["landed"] > MUTATION_COUNT / 3
    assert outcomes["quarantined"] > MUTATION_COUNT / 3


def _assert_every_line_is_accounted_for(
    staged: Path,
    ending: str,
    *,
    lines: set[int],
    quarantined: str,
    connection: duckdb.DuckDBPyConnection,
    batch_id: str,
) -> None:
    """Each physical line with text begins a row, or belongs to the row that begins before it and spans it."""
    values = " ".join(
        str(value)
        for row in connection.execute("select * from raw.payments where _batch_id = ?", [batch_id]).fetchall()
        for value in row
    )
    with staged.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        physical = list(file)
    # Doubled quotes are single ones in the values.
    values, quarantined = values.replace('"', ""), quarantined.replace('"', "")
    header_lines = _header_line_count(physical) if ending == "csv" else 0
    for number, line in enumerate(physical, start=1):
        if number <= header_lines or not line.strip() or number in lines:
            continue
        assert ending == "csv", f"line {number} of JSON Lines is lost"
        # A continuation: its first field was taken into the record that spans it, landed or quarantined.
        first_field = line.split(",")[0].strip("\r\n").replace('"', "")
        assert first_field in values or first_field in quarantined, f"line {number} is lost: {line!r}"


def _header_line_count(physical: list[str]) -> int:
    count, quotes = 0, 0
    for line in physical:
        count += 1
        quotes += line.count('"')
        if line.strip("\r\n \t\ufeff") and quotes % 2 == 0:
            return count
    return count


def test_undamaged_files_land_whole(settings: Settings, tmp_path: Path) -> None:
    connection = open_raw(settings)
    for ending, content in (("csv", CSV), ("jsonl", JSONL)):
        report = land_file(
            connection, settings, "payments", deliver(tmp_path, f"in/payments/a.{ending}", content)
        )
        assert (report.rows_accepted, report.rows_quarantined) == (len(ROWS), 0)
    connection.close()
