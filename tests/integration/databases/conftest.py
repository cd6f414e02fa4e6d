"""Real servers, started once a session; an empty database and an empty warehouse for every test."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest.foundation.settings import Settings, load_settings
from tests.support import servers

REPOSITORY = Path(__file__).resolve().parents[3]
EXAMPLES = REPOSITORY / "docs" / "examples"


@dataclass
class Database:
    """One empty database on a running server."""

    kind: str
    server: Any

    @property
    def url(self) -> str:
        return f"{self.kind}://{servers.USER}@127.0.0.1:{self.server.port}/{servers.DATABASE}"

    def execute(self, sql: str) -> None:
        self.server.execute(sql)

    def queries_since(self, mark: int) -> str:
        return self.server.query_log[mark:]

    @property
    def mark(self) -> int:
        return len(self.server.query_log)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Any]:
    try:
        server = servers.start_postgres()
    except servers.ServerMissing as missing:
        pytest.fail(str(missing), pytrace=False)
    with server:
        yield server


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[Any]:
    try:
        server = servers.start_mariadb()
    except servers.ServerMissing as missing:
        pytest.fail(str(missing), pytrace=False)
    with server:
        yield server


@pytest.fixture
def postgres(postgres_server: Any, monkeypatch: pytest.MonkeyPatch) -> Database:
    monkeypatch.setenv("WAREHOUSE_DB_PASSWORD", servers.PASSWORD)
    postgres_server.execute(
        "set client_min_messages = error; drop schema public cascade; create schema public;"
    )
    return Database("postgres", postgres_server)


@pytest.fixture
def mariadb(mariadb_server: Any, monkeypatch: pytest.MonkeyPatch) -> Database:
    monkeypatch.setenv("WAREHOUSE_DB_PASSWORD", servers.PASSWORD)
    mariadb_server.execute(f"drop database {servers.DATABASE}; create database {servers.DATABASE};")
    return Database("mysql", mariadb_server)


@pytest.fixture(params=["postgres", "mariadb"])
def database(request: pytest.FixtureRequest) -> Database:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Database)
    return found


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(tmp_path / "home")


@pytest.fixture
def password() -> str:
    return str(servers.PASSWORD)


class Raw:
    """Reads the build file."""

    def __init__(self, settings: Settings) -> None:
        self._path = settings.raw_path

    def __call__(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self._path), read_only=True) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture
def raw(settings: Settings) -> Raw:
    return Raw(settings)


@pytest.fixture
def examples() -> Path:
    return EXAMPLES
