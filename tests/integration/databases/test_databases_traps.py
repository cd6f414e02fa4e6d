"""What servers store that a careless reader loses: each value arrives as it is, or in quarantine."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingest.databases.landing import land_database
from ingest.foundation.errors import WarehouseError
from ingest.foundation.settings import Settings

pytestmark = pytest.mark.servers

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
RawReader = Callable[[str], list[tuple[Any, ...]]]


def land(
    settings: Settings, database: Any, tmp_path: Path, columns: str, feed: str = "users", **source: str
) -> Any:
    header = "".join(f'{key} = "{value}"\n' for key, value in source.items())
    mapping = tmp_path / "traps.toml"
    mapping.write_text(
        f'[source]\nname = "traps"\ntime_zone = "Asia/Shanghai"\n{header}'
        f'[[feeds]]\nfeed = "{feed}"\ntable = "t"\n[feeds.columns]\n{columns}\n'
    )
    return land_database(settings, database.url, mapping, landed_at=NOW)


USERS = 'user_id = "id"\nregistered_at = "a"\nupdated_at = "u"\n'


def test_mysql_zero_dates(settings: Settings, mariadb: Any, tmp_path: Path, raw: RawReader) -> None:
    mariadb.execute(
        "create table t (id int primary key, a datetime(3), u timestamp null, v date);"
        "set time_zone = '+00:00';"
        "insert into t values (1, '2026-01-05 08:00:00', '2026-01-05 00:00:00', null),"
        "(2, '0000-00-00 00:00:00', '2026-01-05 00:00:00', null),"
        "(3, '2026-00-05 08:00:00', '2026-01-05 00:00:00', null),"
        "(4, '2026-01-05 08:00:00', '0000-00-00 00:00:00', null);"
    )
    report = land(settings, mariadb, tmp_path, USERS)
    assert (report.rows_accepted, report.rows_quarantined) == (1, 3)
    assert raw("select reason, detail from raw.quarantine order by detail, reason") == [
        (
            "not_a_timestamp",
            "column registered_at '2026-00-05 08:00:00.000': not an ISO 8601 instant, unlike 2026-03-01T20:15:00+08:00",
        ),
        ("missing_value", "column registered_at: a required column is empty"),
        ("missing_value", "column updated_at: a required column is empty"),
    ]


def test_mysql_zero_dates_of_optional_columns_are_null(
    settings: Settings, mariadb: Any, tmp_path: Path, raw: RawReader
) -> None:
    mariadb.execute(
        "create table t (id int primary key, a datetime, u datetime, s datetime, d int);"
        "insert into t values (1, '2026-01-05 08:00:00', '2026-01-05 08:00:00', '0000-00-00 00:00:00', 0);"
    )
    land(
        settings,
        mariadb,
        tmp_path,
        'order_id = "id"\nuser_id = "id"\nservice_code = { value = "photo" }\nfee_cny = { value = "1.50" }\n'
        'created_at = "a"\ndone_at = "s"\ncancelled_at = { column = "d", epoch = "milliseconds" }\n'
        'status = { value = "paid" }\nupdated_at = "u"\n',
        feed="service_orders",
        money_unit="fen",
    )
    assert raw("select fee_cny, done_at, cancelled_at from raw.service_orders") == [("1.50", None, None)]


def test_mysql_timestamp_and_datetime_have_different_zones(
    settings: Settings, mariadb: Any, tmp_path: Path, raw: RawReader
) -> None:
    mariadb.execute(
        "create table t (id int primary key, a datetime, u timestamp(6) null);"
        "set time_zone = '-05:00';"
        "insert into t values (1, '2026-01-05 08:00:00', '2026-01-04 19:00:00.123456');"
    )
    land(settings, mariadb, tmp_path, USERS)
    assert raw("select registered_at, updated_at from raw.users") == [
        ("2026-01-05 00:00:00.000000", "2026-01-05 00:00:00.123456")
    ]


def test_mysql_timestamps_in_expressions_must_say_their_zone(
    settings: Settings, mariadb: Any, tmp_path: Path, raw: RawReader
) -> None:
    mariadb.execute(
        "create table t (id int primary key, a datetime, u timestamp null);"
        "set time_zone = '+00:00';"
        "insert into t values (1, '2026-01-05 08:00:00', '2026-01-05 00:00:00');"
    )
    unclear = USERS.replace('"u"', '{ sql = "coalesce(u, a)" }')
    with pytest.raises(WarehouseError, match=r"column updated_at: its SQL may use the TIMESTAMP column u"):
        land(settings, mariadb, tmp_path, unclear)
    clear = USERS.replace('"u"', '{ sql = "coalesce(u, now())", zone = "UTC" }')
    land(settings, mariadb, tmp_path, clear)
    assert raw("select updated_at from raw.users") == [("2026-01-05 00:00:00.000000",)]


def test_a_zone_of_its_own_with_summer_time(
    settings: Settings, mariadb: Any, tmp_path: Path, raw: RawReader
) -> None:
    mariadb.execute(
        "create table t (id int primary key, a datetime, u datetime);"
        "insert into t values (1, '2026-01-05 08:00:00', '2026-07-05 08:00:00');"
    )
    berlin = USERS.replace('"a"', '{ column = "a", zone = "Europe/Berlin" }').replace(
        '"u"', '{ column = "u", zone = "Europe/Berlin" }'
    )
    land(settings, mariadb, tmp_path, berlin)
    assert raw("select registered_at, updated_at from raw.users") == [
        ("2026-01-05 07:00:00.000000", "2026-07-05 06:00:00.000000")
    ]


def test_mysql_texts(settings: Settings, mariadb: Any, tmp_path: Path, raw: RawReader) -> None:
    mariadb.execute(
        "create table t (id bigint unsigned primary key, a datetime, u datetime, utf varbinary(50),"
        " bad varbinary(50), four varchar(50) charset utf8mb4, gb varchar(50) charset gbk, flag bit(1));"
        "insert into t values (18446744073709551615, '2026-01-05 08:00:00', '2026-01-05 08:00:00',"
        " x'e4b8ad', x'ff41', '𠮷\\'\"\\n,;\\\\', '鞋', b'1');"
    )
    land(
        settings,
        mariadb,
        tmp_path,
        USERS
        + 'acquisition_channel = "utf"\nemail = "bad"\nphone = "four"\ngender = "gb"\nis_test = "flag"\n',
    )
    assert raw("select user_id, acquisition_channel, email, phone, gender, is_test from raw.users") == [
        ("18446744073709551615", "中", "0xFF41", "𠮷'\"\n,;\\", "鞋", "true")
    ]


SETTLEMENT = (
    'settlement_id = "id"\nprovider_txn_id = "id"\ntype = { value = "charge" }\nsettled_at = "a"\n'
    'currency_code = { value = "USD" }\ngross_amount = { column = "n", unit = "yuan" }\n'
    'net_amount = { column = "f", unit = "yuan" }\nnet_cny = "c"\nupdated_at = "a"\n'
)


def test_numbers_are_exact(settings: Settings, database: Any, tmp_path: Path, raw: RawReader) -> None:
    wide, double = (
        ("decimal(30,10)", "double") if database.kind == "mysql" else ("numeric", "double precision")
    )
    stamp = "datetime" if database.kind == "mysql" else "timestamp"
    database.execute(
        f"create table t (id int primary key, a {stamp}, n {wide}, f {double}, c varchar(40));"
        "insert into t values (1, '2026-01-05 08:00:00', 9007199254.9931234567, 0.1, '-123456789012'),"
        "(2, '2026-01-05 08:00:00', -0.0000000001, 1234567.89, '7'),"
        "(3, '2026-01-05 08:00:00', 1, 1, '1.5000'),"
        "(4, '2026-01-05 08:00:00', 1, 1, '12.34 yuan'),"
        "(5, '2026-01-05 08:00:00', 1, 1, '0.12345678');"
    )
    report = land(settings, database, tmp_path, SETTLEMENT, feed="settlements", money_unit="fen")
    assert raw("select gross_amount, net_amount, net_cny from raw.settlements order by settlement_id") == [
        ("9007199254.9931234567", "0.1", "-1234567890.12"),
        ("-0.0000000001", "1234567.89", "0.07"),
        (("1.0000000000" if database.kind == "mysql" else "1"), "1", "0.015"),
    ]
    # What is no number of fen is not taken for yuan.
    assert report.rows_quarantined == 2
    assert raw("select distinct reason, detail from raw.quarantine") == [
        (
            "not_a_number",
            "column net_cny: not plain decimal text (no exponent, no thousands separator), unlike 271.20",
        )
    ]


def test_postgres_values(settings: Settings, postgres: Any, tmp_path: Path, raw: RawReader) -> None:
    postgres.execute(
        "create table t (id int primary key, a timestamp, u timestamptz, flag boolean, e bytea, c char(8));"
        "insert into t values"
        " (1, '2026-01-05 08:00:00.5', '2026-01-04 19:00:00.123456-05', true, '\\xff41', 'US'),"
        " (2, 'infinity', '2026-01-05', null, null, null),"
        " (3, '2026-01-05', '-infinity', null, null, null);"
    )
    report = land(settings, postgres, tmp_path, USERS + 'is_test = "flag"\nemail = "e"\ncountry_code = "c"\n')
    assert raw("select user_id, registered_at, updated_at, is_test, email, country_code from raw.users") == [
        ("1", "2026-01-05 00:00:00.500000", "2026-01-05 00:00:00.123456", "true", "\\xff41", "US")
    ]
    assert report.rows_quarantined == 2


def test_postgres_numbers_that_are_none(
    settings: Settings, postgres: Any, tmp_path: Path, raw: RawReader
) -> None:
    postgres.execute(
        "create table t (id int primary key, a timestamp, n numeric, f double precision, c text);"
        "insert into t values (1, '2026-01-05', 'NaN', 1, '1'), (2, '2026-01-05', 1, 1e300, '1'),"
        " (3, '2026-01-05', 1, 1, '1');"
    )
    report = land(settings, postgres, tmp_path, SETTLEMENT, feed="settlements")
    assert (report.rows_accepted, report.rows_quarantined) == (1, 2)


def test_names_that_need_quoting(settings: Settings, database: Any, tmp_path: Path, raw: RawReader) -> None:
    quoted = (lambda name: "`" + name.replace("`", "``") + "`") if database.kind == "mysql" else None
    quote = quoted or (lambda name: '"' + name.replace('"', '""') + '"')
    stamp = "datetime" if database.kind == "mysql" else "timestamp"
    odd = 'Order\'s "key" `x`'
    database.execute(
        f"create table {quote('Weird Table')} ({quote(odd)} int primary key, {quote('select')} {stamp});"
        f"insert into {quote('Weird Table')} values (1, '2026-01-05 08:00:00');"
    )
    mapping = tmp_path / "odd.toml"
    mapping.write_text(
        '[source]\nname = "odd"\n[[feeds]]\nfeed = "users"\nname = "weird"\ntable = "Weird Table"\n'
        'cursor = { column = "select" }\n'
        f"[feeds.columns]\nuser_id = '''{odd}'''\nregistered_at = \"select\"\nupdated_at = \"select\"\n"
    )
    assert land_database(settings, database.url, mapping, landed_at=NOW).rows_accepted == 1
    assert land_database(settings, database.url, mapping, landed_at=NOW).batches == ()
