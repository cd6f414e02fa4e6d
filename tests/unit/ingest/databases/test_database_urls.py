"""Addresses of databases, and what of them may be shown."""

import os
from pathlib import Path

import pytest

from ingest.databases.addresses import is_database_url, parse_database_url
from ingest.foundation.errors import UsageError


def test_servers() -> None:
    address = parse_database_url("mysql://reader:p%40ss@db.internal:3307/platform?ssl_mode=required", {})
    assert (address.kind, address.host, address.port) == ("mysql", "db.internal", 3307)
    assert (address.user, address.password, address.database) == ("reader", "p@ss", "platform")
    assert address.options == (("ssl_mode", "required"),)
    assert address.shown == "mysql://db.internal:3307/platform"
    assert parse_database_url("mariadb://a@b/c", {}).kind == "mysql"
    assert parse_database_url("postgresql://a@[::1]/c", {}).host == "::1"
    assert parse_database_url("postgres://a@b/c", {}).port == 5432


def test_variables_are_taken_literally() -> None:
    environment = {"PW": "a@b/c:%41${X}", "HOST": "db", "WHOLE": "postgres://u:${PW}@${HOST}/d"}
    address = parse_database_url("postgres://u:${PW}@${HOST}/d", environment)
    assert (address.password, address.host) == ("a@b/c:%41${X}", "db")
    assert parse_database_url("${WHOLE}", environment) == address


def test_the_password_without_one_in_the_address() -> None:
    names = ("WAREHOUSE_DB_PASSWORD", "PGPASSWORD", "MYSQL_PWD")
    environment = dict(zip(names, "wpm", strict=True))
    assert parse_database_url("postgres://u@h/d", environment).password == "w"
    del environment["WAREHOUSE_DB_PASSWORD"]
    assert parse_database_url("postgres://u@h/d", environment).password == "p"
    assert parse_database_url("mysql://u@h/d", environment).password == "m"
    assert parse_database_url("mysql://u:@h/d", environment).password == ""


def test_sqlite_paths() -> None:
    assert parse_database_url("sqlite:/a/b.db").path == "/a/b.db"
    assert parse_database_url("sqlite:///a/b.db").path == "/a/b.db"
    assert parse_database_url("sqlite:b.db").path == os.path.abspath("b.db")
    assert parse_database_url("sqlite:/a/${NAME}.db", {"NAME": "till"}).path == "/a/till.db"


@pytest.mark.parametrize(
    "url",
    [
        "oracle://u:s3cret@h/d",
        "postgres:u:s3cret@h",
        "postgres://u:s3cret@h",
        "postgres://u:s3cret@/d",
        "mysql://u:s3cret@h:port/d",
        "mysql://u:s3cret@h/d?password=s3cret",
        "mysql://u:s3cret${MISSING}@h/d",
        "postgres://u:s3cret@h/d?sslmode=disable' host='elsewhere",
        "sqlite:",
        "postgre://u:s3cret@h/d",
        "postgresql//u:s3cret@h/d",
        "postgres:/u:s3cret@h/d",
        "postgres://u:12/s3cret@h/d",
        "postgres://u:12/x?s3cret@h/d",
        "postgres://u:12@x/s3cret@h/d",
        "mysql://u:1@x/y?s3cret&z@h/d",
        "u:s3cret@h/d",
    ],
)
def test_a_wrong_address_is_refused_without_its_secrets(url: str) -> None:
    assert is_database_url(url)
    with pytest.raises(UsageError) as failure:
        parse_database_url(url, {})
    assert "s3cret" not in str(failure.value)
    assert "Nothing was landed" in str(failure.value)


def test_passwords_are_scrubbed_in_every_form() -> None:
    address = parse_database_url("postgres://u@h/d", {"WAREHOUSE_DB_PASSWORD": "a'b/c d"})
    said = address.scrubbed("a'b/c d, a''b/c d, a%27b%2Fc%20d, a%27b/c%20d, a%27b%2Fc+d, fine")
    assert said == "***, ***, ***, ***, ***, fine"
    assert "a'b" not in repr(address)


def test_databases_and_folders_are_told_apart(tmp_path: Path) -> None:
    named_like_an_address = tmp_path / "exports@shop"
    named_like_an_address.mkdir()
    assert not is_database_url(str(named_like_an_address))
    for url in ("mysql://h/d", "postgres://h/d", "sqlite:x.db", "${DATABASE_URL}"):
        assert is_database_url(url)
    for folder in ("landing", "/data/landing", "./mysql", "C:stuff"):
        assert not is_database_url(folder)
