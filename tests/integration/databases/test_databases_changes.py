"""How changed, late, deleted and returning rows are found, and what moves the cursor."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest.databases.landing import land_database
from ingest.foundation.errors import WarehouseError
from ingest.foundation.settings import Settings

pytestmark = pytest.mark.servers

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)

MAPPING = """
[source]
name = "shop"
time_zone = "Asia/Shanghai"
[[feeds]]
feed = "users"
table = "members"
cursor = { column = "updated_at", overlap_minutes = 10 }
[feeds.columns]
user_id = "id"
registered_at = "created_at"
email = "email"
updated_at = "updated_at"
"""

RawReader = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    path = tmp_path / "shop.toml"
    path.write_text(MAPPING)
    return path


@pytest.fixture
def shop(database: Any) -> Any:
    zoned = "timestamp(3) null" if database.kind == "mysql" else "timestamptz(3)"
    naive = "datetime" if database.kind == "mysql" else "timestamp"
    database.execute(
        f"create table members (id bigint primary key, created_at {naive}, email varchar(100), "
        f"updated_at {zoned});"
    )
    return database


def utc(database: Any) -> str:
    return "set time_zone = '+00:00';" if database.kind == "mysql" else "set timezone = 'UTC';"


def add(shop: Any, user_id: int, updated_at: str | None, email: str = "a@example.com") -> None:
    add_all(shop, [user_id], updated_at, email)


def add_all(shop: Any, user_ids: Iterable[int], updated_at: str | None, email: str = "a@example.com") -> None:
    moment = f"'{updated_at}'" if updated_at else "null"
    rows = ", ".join(f"({user_id}, '2026-01-05 08:00:00', '{email}', {moment})" for user_id in user_ids)
    shop.execute(f"{utc(shop)} insert into members (id, created_at, email, updated_at) values {rows};")


def land(settings: Settings, shop: Any, mapping: Path, **options: Any) -> Any:
    return land_database(settings, shop.url, mapping, **{"landed_at": NOW, **options})


def ids(raw: RawReader) -> list[str]:
    return [user_id for (user_id,) in raw("select user_id from raw.users order by _landing_seq")]


def test_a_row_committed_late_is_found_within_the_overlap(
    settings: Settings, shop: Any, mapping: Path, raw: RawReader
) -> None:
    add(shop, 1, "2026-02-01 00:10:00")
    land(settings, shop, mapping)
    add(shop, 2, "2026-02-01 00:00:00")
    add(shop, 3, "2026-01-31 23:59:59")
    report = land(settings, shop, mapping)
    assert report.rows_accepted == 1
    assert ids(raw) == ["1", "2"]
    land(settings, shop, mapping, restart=True)
    assert sorted(ids(raw)) == ["1", "1", "2", "2", "3"]


def test_a_change_within_the_same_instant_is_found(
    settings: Settings, shop: Any, mapping: Path, raw: RawReader
) -> None:
    add(shop, 1, "2026-02-01 00:10:00.500")
    land(settings, shop, mapping)
    shop.execute(
        f"{utc(shop)} update members set email = 'b@example.com', updated_at = '2026-02-01 00:10:00.500';"
    )
    assert land(settings, shop, mapping).rows_accepted == 1
    shop.execute(
        f"{utc(shop)} update members set email = 'a@example.com', updated_at = '2026-02-01 00:10:00.500';"
    )
    assert land(settings, shop, mapping).rows_accepted == 1
    assert raw("select email, updated_at from raw.users order by _landing_seq") == [
        (email, "2026-02-01 00:10:00.500000") for email in ("a@example.com", "b@example.com", "a@example.com")
    ]


def test_a_row_without_a_time_of_change_is_quarantined_once(
    settings: Settings, shop: Any, mapping: Path, raw: RawReader
) -> None:
    add(shop, 1, "2026-02-01 00:10:00")
    add(shop, 2, None)
    first = land(settings, shop, mapping)
    assert (first.rows_accepted, first.rows_quarantined) == (1, 1)
    assert land(settings, shop, mapping).batches == ()
    assert raw("select reason, detail from raw.quarantine") == [
        ("missing_value", "column updated_at: a required column is empty")
    ]
    shop.execute(f"{utc(shop)} update members set updated_at = '2026-02-02 00:00:00' where id = 2;")
    assert land(settings, shop, mapping).rows_accepted == 1


def test_a_row_from_the_future_hides_nothing(
    settings: Settings, shop: Any, mapping: Path, raw: RawReader
) -> None:
    add(shop, 1, "2030-01-01 00:00:00")
    land(settings, shop, mapping)
    later = (NOW + timedelta(hours=1)).strftime("%Y-%m-%d %H:%M:%S")
    add(shop, 2, later)
    assert land(settings, shop, mapping, landed_at=NOW + timedelta(hours=2)).rows_accepted == 1
    assert ids(raw) == ["1", "2"]
    assert land(settings, shop, mapping, landed_at=NOW + timedelta(hours=3)).batches == ()


def test_a_growing_id_is_a_cursor_too(settings: Settings, shop: Any, mapping: Path, raw: RawReader) -> None:
    mapping.write_text(
        MAPPING.replace(
            'cursor = { column = "updated_at", overlap_minutes = 10 }',
            'cursor = { column = "id", kind = "number", overlap = 2 }',
        )
    )
    add_all(shop, (9, 10, 12), "2026-02-01 00:10:00")
    land(settings, shop, mapping)
    add_all(shop, (11, 8, 100), "2026-02-01 00:10:00")
    mark = shop.mark
    assert land(settings, shop, mapping).rows_accepted == 2
    assert ">= 10" in shop.queries_since(mark)
    assert sorted(ids(raw)) == ["10", "100", "11", "12", "9"]


def test_a_highest_row_that_vanished_lands_nothing_twice(
    settings: Settings, shop: Any, mapping: Path, raw: RawReader
) -> None:
    add(shop, 1, "2026-02-01 00:00:00")
    add(shop, 2, "2026-02-01 00:12:00")
    land(settings, shop, mapping)
    shop.execute("delete from members where id = 2;")
    add(shop, 3, "2026-02-01 00:05:00")
    land(settings, shop, mapping)
    add(shop, 4, "2026-02-01 00:06:00")
    land(settings, shop, mapping)
    assert ids(raw) == ["1", "2", "3", "4"]


def test_another_cursor_starts_from_the_beginning(
    settings: Settings, shop: Any, mapping: Path, raw: RawReader
) -> None:
    add(shop, 7, "2026-02-01 00:10:00")
    land(settings, shop, mapping)
    add(shop, 3, "2026-01-01 00:00:00")
    mapping.write_text(
        MAPPING.replace(
            'cursor = { column = "updated_at", overlap_minutes = 10 }',
            'cursor = { column = "id", kind = "number" }',
        )
    )
    assert land(settings, shop, mapping).rows_accepted == 1
    mapping.write_text(MAPPING)
    assert land(settings, shop, mapping).rows_accepted == 1
    assert ids(raw) == ["7", "3", "3"]


def test_the_cursor_moves_only_with_the_rows(
    settings: Settings, shop: Any, mapping: Path, raw: RawReader
) -> None:
    land(settings, shop, mapping)  # makes the build file
    add(shop, 1, "2026-02-01 00:10:00")
    with duckdb.connect(str(settings.raw_path)) as connection:
        # The last statement of the landing's transaction fails.
        connection.execute("drop table raw.cursor_rows")
        connection.execute(
            "create table raw.cursor_rows "
            "(entry varchar, row_key varchar, row_hash varchar, check (length(row_hash) < 0))"
        )
    with pytest.raises(WarehouseError, match="its cursor did not move"):
        land(settings, shop, mapping)
    assert raw("select (select count(*) from raw.users), (select count(*) from raw.batches)") == [(0, 0)]
    assert raw("from raw.cursors") == []
    with duckdb.connect(str(settings.raw_path)) as connection:
        connection.execute("drop table raw.cursor_rows")
    assert land(settings, shop, mapping).rows_accepted == 1
    assert raw("select entry from raw.cursors") == [("shop.members",)]


def test_a_rejected_table_is_read_again(settings: Settings, shop: Any, mapping: Path, raw: RawReader) -> None:
    add_all(shop, range(30), "2026-02-01 00:10:00")
    mapping.write_text(MAPPING.replace('registered_at = "created_at"', 'registered_at = "email"'))
    report = land(settings, shop, mapping)
    assert report.exit_status == 1
    assert "column registered_at" in report.rejected[0].message
    assert raw("from raw.cursors") == []
    mapping.write_text(MAPPING)
    assert land(settings, shop, mapping).rows_accepted == 30


def test_a_changed_mapping_is_mentioned(settings: Settings, shop: Any, mapping: Path, raw: RawReader) -> None:
    add(shop, 1, "2026-01-01 00:10:00", "old@example.com")
    add(shop, 2, "2026-02-01 00:10:00")
    land(settings, shop, mapping)
    mapping.write_text(MAPPING.replace('email = "email"', 'email = { sql = "upper(email)" }'))
    report = land(settings, shop, mapping)
    assert "its mapping has changed since the last read" in report.notes[0]
    assert report.rows_accepted == 1
    land(settings, shop, mapping, restart=True)
    assert raw("select email from raw.users where user_id = '1' order by _landing_seq") == [
        ("old@example.com",),
        ("OLD@EXAMPLE.COM",),
    ]


def test_a_row_that_comes_back_is_landed_again(
    settings: Settings, shop: Any, mapping: Path, raw: RawReader
) -> None:
    add(shop, 1, "2026-02-01 00:10:00")
    add(shop, 2, "2026-02-01 00:10:00")
    land(settings, shop, mapping, find_deleted=True)
    shop.execute("delete from members where id = 2;")
    land(settings, shop, mapping, find_deleted=True)
    add(shop, 2, "2026-02-01 00:10:00")
    assert land(settings, shop, mapping, find_deleted=True).rows_accepted == 1
    assert raw("select is_deleted from raw.users where user_id = '2' order by _landing_seq") == [
        (None,),
        ("true",),
        (None,),
    ]


def test_rows_of_other_sources_are_not_taken_for_deleted(
    settings: Settings, shop: Any, mapping: Path, tmp_path: Path, raw: RawReader
) -> None:
    from ingest.land.folders import land_path

    folder = tmp_path / "landing" / "users"
    folder.mkdir(parents=True)
    (folder / "export.csv").write_text(
        "user_id,registered_at,updated_at\n77,2026-01-01 00:00,2026-01-01 00:00\n"
    )
    land_path(settings, tmp_path / "landing")
    add(shop, 1, "2026-02-01 00:10:00")
    assert land(settings, shop, mapping, find_deleted=True).rows_accepted == 1
    assert raw("select count(*) from raw.users where is_deleted = 'true'") == [(0,)]


def test_a_table_that_lost_most_of_its_rows_deletes_nothing(
    settings: Settings, shop: Any, mapping: Path, raw: RawReader
) -> None:
    add_all(shop, range(25), "2026-02-01 00:10:00")
    land(settings, shop, mapping)
    shop.execute("delete from members where id < 20;")
    with pytest.raises(WarehouseError, match=r"20 of 25 rows .* looks like a wrong database"):
        land(settings, shop, mapping, find_deleted=True)
    assert raw("select count(*) from raw.users") == [(25,)]


def test_one_broken_entry_does_not_stop_the_others(
    settings: Settings, shop: Any, mapping: Path, raw: RawReader
) -> None:
    broken = MAPPING[MAPPING.index("[[feeds]]") :].replace('table = "members"', 'table = "memberz"')
    mapping.write_text(MAPPING.replace("[[feeds]]", broken + "[[feeds]]"))
    add(shop, 1, "2026-02-01 00:10:00")
    with pytest.raises(WarehouseError, match=r"shop\.memberz: .*memberz.*doesn?'?t? .*exist") as failure:
        land(settings, shop, mapping)
    assert "What landed all the same:\nusers/shop.members: 1 rows landed" in str(failure.value)
    assert ids(raw) == ["1"]
