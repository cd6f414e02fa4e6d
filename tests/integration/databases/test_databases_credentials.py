"""Credentials come from the environment and reach no error, report, ledger or file."""

import traceback
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from ingest.databases.landing import land_database
from ingest.foundation.errors import UsageError, WarehouseError
from ingest.foundation.settings import Settings

pytestmark = pytest.mark.servers

MAPPING = (
    '[source]\nname = "shop"\n[[feeds]]\nfeed = "users"\ntable = "members"\n'
    '[feeds.columns]\nuser_id = "id"\nregistered_at = "at"\nupdated_at = "at"\n'
)


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    path = tmp_path / "shop.toml"
    path.write_text(MAPPING)
    return path


@pytest.fixture
def shop(database: Any) -> Any:
    stamp = "datetime" if database.kind == "mysql" else "timestamp"
    database.execute(
        f"create table members (id int, at {stamp}); insert into members values (1, '2026-01-05 08:00:00');"
    )
    return database


@pytest.fixture(params=["WAREHOUSE_DB_PASSWORD", "own_variable", "variable", "inline", "whole"])
def url(request: pytest.FixtureRequest, shop: Any, password: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address, with the password given in each of the ways there are."""
    url = str(shop.url)
    if request.param != "WAREHOUSE_DB_PASSWORD":
        monkeypatch.delenv("WAREHOUSE_DB_PASSWORD")
    if request.param == "own_variable":
        monkeypatch.setenv("MYSQL_PWD" if shop.kind == "mysql" else "PGPASSWORD", password)
    elif request.param == "variable":
        monkeypatch.setenv("SHOP_PASSWORD", password)
        url = url.replace("@", ":${SHOP_PASSWORD}@")
    elif request.param in ("inline", "whole"):
        url = url.replace("@", f":{quote(password, safe='')}@")
        if request.param == "whole":
            monkeypatch.setenv("SHOP_URL", url)
            url = "${SHOP_URL}"
    return url


def forms(password: str) -> list[str]:
    return [password, quote(password, safe=""), quote(password), password.replace("'", "''")]


def files_below(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_way_to_give_a_password_works_and_leaves_no_trace(
    settings: Settings, mapping: Path, password: str, url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    report = land_database(settings, url, mapping)
    assert report.rows_accepted == 1
    shown = "\n".join(report.lines()) + repr(report) + "".join(capfd.readouterr())
    stored = files_below(settings.home)
    assert settings.raw_path in stored
    for form in forms(password):
        assert form not in shown
        assert not [path for path, content in stored.items() if form.encode() in content]


def test_a_wrong_password_is_not_repeated(
    settings: Settings, shop: Any, mapping: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = "wr0ng'p@ss/w:rd"
    monkeypatch.setenv("WAREHOUSE_DB_PASSWORD", wrong)
    for url in (shop.url, shop.url.replace("@", f":{quote(wrong, safe='')}@")):
        with pytest.raises(WarehouseError, match="could not connect") as failure:
            land_database(settings, url, mapping)
        said = "".join(traceback.format_exception(failure.value))
        for form in forms(wrong):
            assert form not in said
        assert f"127.0.0.1:{shop.server.port}" in said
        assert "WAREHOUSE_DB_PASSWORD" in said
    for content in files_below(settings.home).values():
        assert not any(form.encode() in content for form in forms(wrong))


def test_a_failing_query_does_not_tell_the_password(
    settings: Settings, shop: Any, mapping: Path, password: str
) -> None:
    # The server repeats what it does not know, and a mapping could hold anything.
    mapping.write_text(MAPPING.replace('user_id = "id"', f'user_id = """{password} is no column"""'))
    with pytest.raises(WarehouseError) as failure:
        land_database(settings, shop.url, mapping)
    assert password not in "".join(traceback.format_exception(failure.value))
    assert "***" in str(failure.value)


def test_a_server_that_is_not_there(settings: Settings, mapping: Path, shop: Any) -> None:
    url = shop.url.replace(str(shop.server.port), "1")
    with pytest.raises(WarehouseError, match=r"127\.0\.0\.1:1/platform: could not connect"):
        land_database(settings, url, mapping)


def test_a_variable_that_is_not_set(settings: Settings, mapping: Path, shop: Any) -> None:
    with pytest.raises(UsageError, match="environment variable NOT_SET_ANYWHERE"):
        land_database(settings, shop.url.replace("@", ":${NOT_SET_ANYWHERE}@"), mapping)


def test_the_source_cannot_be_written_to(settings: Settings, shop: Any, mapping: Path) -> None:
    mapping.write_text(
        MAPPING.replace('table = "members"', 'name = "evil"\nquery = "insert into members (id) values (2)"')
    )
    with pytest.raises(WarehouseError):
        land_database(settings, shop.url, mapping)
    mapping.write_text(MAPPING)
    assert land_database(settings, shop.url, mapping).rows_accepted == 1
