"""SQLite files: no server, the same mapping, and types that may differ from row to row."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingest.databases.landing import land_database
from ingest.foundation.errors import WarehouseError
from ingest.foundation.settings import Settings

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
MAPPING = """
[source]
name = "till"
time_zone = "Asia/Shanghai"
[[feeds]]
feed = "purchase_order_lines"
table = "items"
cursor = { column = "changed" }
[feeds.columns]
order_id = "order_no"
line_no = "line"
title = "title"
quantity = "quantity"
unit_price_cny = { column = "price", unit = "fen" }
updated_at = "changed"
"""
SCHEMA = "create table items (order_no text, line integer, title text, quantity, price, changed text)"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "till's 数据.db"
    with sqlite3.connect(path) as connection:
        connection.execute(SCHEMA)
    connection.close()
    return path


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    file = tmp_path / "till.toml"
    file.write_text(MAPPING)
    return file


def insert(path: Path, *rows: tuple[Any, ...]) -> None:
    with sqlite3.connect(path) as connection:
        connection.executemany("insert into items values (?, ?, ?, ?, ?, ?)", rows)
    connection.close()


def land(settings: Settings, path: Path, mapping: Path, **options: Any) -> Any:
    return land_database(settings, f"sqlite:{path}", mapping, **{"landed_at": NOW, **options})


def test_values_of_any_type_arrive_exactly(
    settings: Settings, path: Path, mapping: Path, raw: Callable[[str], list[tuple[Any, ...]]]
) -> None:
    insert(
        path,
        ("0011", 1, "鞋𠮷", 2, 1999, "2026-02-01 08:00:00"),
        ("0011", 2, None, "3", "5", "2026-02-01T00:00:00Z"),
        ("0011", 3, b"\xff", 1, 10.5, "2026-02-01 08:00:00+08:00"),
        ("0011", 4, "x", "many", 1, "2026-02-01 08:00:00"),
    )
    report = land(settings, path, mapping)
    assert (report.rows_accepted, report.rows_quarantined) == (3, 1)
    assert raw(
        "select order_id, line_no, title, quantity, unit_price_cny, updated_at "
        "from raw.purchase_order_lines order by line_no"
    ) == [
        ("0011", "1", "鞋𠮷", "2", "19.99", "2026-02-01 00:00:00.000000"),
        ("0011", "2", None, "3", "0.05", "2026-02-01 00:00:00.000000"),
        ("0011", "3", "0xFF", "1", "0.105", "2026-02-01 00:00:00.000000"),
    ]


def test_changes_and_deletions(
    settings: Settings, path: Path, mapping: Path, raw: Callable[[str], list[tuple[Any, ...]]]
) -> None:
    insert(path, ("1", 1, "a", 1, 1, "2026-02-01 08:00:00"), ("1", 2, "b", 1, 1, "2026-01-01 08:00:00"))
    land(settings, path, mapping)
    assert land(settings, path, mapping).batches == ()
    insert(path, ("1", 3, "c", 1, 1, "2026-02-01 07:55:00"))
    with sqlite3.connect(path) as connection:
        connection.execute("delete from items where line = 2")
    connection.close()
    report = land(settings, path, mapping, find_deleted=True)
    assert [batch.rows_accepted for batch in report.batches] == [1, 1]
    assert raw("select line_no, is_deleted from raw.purchase_order_lines order by _landing_seq") == [
        ("1", None),
        ("2", None),
        ("3", None),
        ("2", "true"),
    ]


def test_a_file_that_is_missing_or_no_database(settings: Settings, tmp_path: Path, mapping: Path) -> None:
    with pytest.raises(WarehouseError, match="there is no such file"):
        land(settings, tmp_path / "no.db", mapping)
    assert not (tmp_path / "no.db").exists()
    (tmp_path / "text.db").write_text("not a database " * 100)
    with pytest.raises(WarehouseError, match=r"text\.db"):
        land(settings, tmp_path / "text.db", mapping)
