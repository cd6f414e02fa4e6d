"""`warehouse query`: one question to the published file, in four formats, and what is refused."""

import csv
import io
import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingest.foundation.lock import writer_lock
from ingest.foundation.settings import Settings
from orchestration import cli

ROOT = Path(__file__).parents[3]
DAYS = "select business_date, net_revenue_cny, paid_order_count from core_daily where business_type = 'all' order by 1"


def run(
    settings: Settings, *arguments: str, text: bytes | None = None
) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-m", "orchestration.cli", "query", "--home", str(settings.home), *arguments],
        input=text,
        capture_output=True,
        check=False,
        cwd=ROOT,
    )


@pytest.fixture(scope="module")
def days(simulated: Settings) -> list[tuple[object, ...]]:
    with duckdb.connect(str(simulated.published_path), read_only=True) as books:
        return books.sql(DAYS.replace("core_daily", "marts.core_daily")).fetchall()


def test_text_is_aligned_and_counted(simulated: Settings, days: list[tuple[object, ...]]) -> None:
    lines = run(simulated, DAYS).stdout.decode().splitlines()
    assert lines[0].split() == ["business_date", "net_revenue_cny", "paid_order_count"]
    assert [tuple(line.split()) for line in lines[2:-1]] == [tuple(map(str, row)) for row in days]
    assert lines[-1] == f"{len(days)} rows"
    assert len({len(line) for line in lines[1:-1]}) == 1


def test_csv_is_exact_and_null_is_empty(simulated: Settings, days: list[tuple[object, ...]]) -> None:
    done = run(simulated, f"select *, null as nothing, 'a,\"b' as text from ({DAYS})", "--format", "csv")
    header, *rows = csv.reader(io.StringIO(done.stdout.decode(), newline=""))
    assert header == ["business_date", "net_revenue_cny", "paid_order_count", "nothing", "text"]
    assert rows == [[*map(str, row), "", 'a,"b'] for row in days]


def test_json_makes_no_float_of_money(simulated: Settings, days: list[tuple[object, ...]]) -> None:
    rows = json.loads(run(simulated, DAYS, "--format", "json").stdout)
    assert [Decimal(row["net_revenue_cny"]) for row in rows] == [row[1] for row in days]
    assert {type(row["net_revenue_cny"]) for row in rows} == {str}
    assert [row["paid_order_count"] for row in rows] == [row[2] for row in days]


def test_parquet_keeps_types(simulated: Settings, days: list[tuple[object, ...]], tmp_path: Path) -> None:
    file = tmp_path / "days.parquet"
    for done in (
        run(simulated, DAYS, "--format", "parquet", "-o", str(file)),
        run(simulated, DAYS, "--format", "parquet"),
    ):
        assert done.returncode == 0
        table = pq.read_table(pa.BufferReader(done.stdout or file.read_bytes()))
        assert table.schema.field("net_revenue_cny").type == pa.decimal128(18, 2)
        assert [tuple(row.values()) for row in table.to_pylist()] == days
    assert os.listdir(tmp_path) == ["days.parquet"]


def test_the_query_may_stand_in_a_file_or_come_from_a_pipe(
    simulated: Settings, days: list[tuple[object, ...]], tmp_path: Path
) -> None:
    file = tmp_path / "days.sql"
    file.write_text(f"-- all days\n{DAYS};\n", encoding="utf-8")
    for done in (run(simulated, "-f", str(file)), run(simulated, "--file", "-", text=DAYS.encode())):
        assert done.stdout.decode().endswith(f"\n{len(days)} rows\n")


def test_it_is_answered_while_a_run_works(simulated_copy: Settings) -> None:
    with writer_lock(simulated_copy, "calibrate"):
        assert run(simulated_copy, "from marts.core_daily").returncode == 0


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("delete from core_daily", "the published file is only read, and this is DELETE"),
        ("create table mine as from core_daily", "only read, and this is CREATE"),
        ("copy core_daily to 'core_daily.csv'", "only read, and this is COPY"),
        ("select 1; select 2", "one statement is run at a time, and the query has 2"),
        ("/* nothing */", "one statement is run at a time, and the query has 0"),
        ("selec 1", "syntax error"),
        ("from core_dialy", 'Did you mean "core_daily"?'),
        ("select nothing from core_daily", '"nothing" not found'),
    ],
)
def test_what_does_not_read_is_wrong_usage(
    simulated: Settings, sql: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["query", sql, "--home", str(simulated.home)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err


def test_other_failures_are_told_in_words(
    simulated: Settings, settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here = ["--home", str(simulated.home)]
    for status, arguments, said in [
        (1, ["select cast('a' as integer)", *here], "the query failed: Conversion Error"),
        (1, ["from core_daily", "--home", str(settings.home)], "nothing is published yet"),
        (2, here, "give the query"),
        (2, ["from core_daily", "-f", "days.sql", *here], "give the query"),
        (2, ["-f", str(tmp_path / "none.sql"), *here], "none.sql cannot be read"),
        (2, ["select 1 as one, 2 as one", "--format", "json", *here], "2 columns are named 'one'"),
        (1, ["select 1", "-o", str(tmp_path / "none" / "file"), *here], "could not be written"),
    ]:
        assert cli.main(["query", *arguments]) == status
        assert said in capsys.readouterr().err


def test_a_failed_answer_leaves_the_earlier_file(
    simulated: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "answer.json"
    file.write_text("earlier")
    words = ["query", "select 1 as one, 2 as one", "--format", "json", "-o", str(file)]
    assert cli.main([*words, "--home", str(simulated.home)]) == 2
    assert file.read_text() == "earlier"
    assert os.listdir(tmp_path) == ["answer.json"]
