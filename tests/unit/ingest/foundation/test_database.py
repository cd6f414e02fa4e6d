"""Opening DuckDB files: what every connection is set to."""

from pathlib import Path

import duckdb
import pytest

from ingest.foundation.database import connect, in_memory
from ingest.foundation.fetch import fetch_value
from ingest.foundation.settings import Settings


@pytest.mark.parametrize(("memory_limit", "shown"), [("512MB", "488.2 MiB"), ("1.5 GiB", "1.5 GiB")])
def test_the_memory_limit_holds_for_files_and_without_one(
    tmp_path: Path, memory_limit: str, shown: str
) -> None:
    settings = Settings(home=tmp_path, memory_limit=memory_limit)
    for connection in (connect(settings, tmp_path / "one.duckdb"), in_memory(settings)):
        with connection:
            assert fetch_value(connection, "select current_setting('memory_limit')") == shown


@pytest.mark.parametrize(("raw_bytes", "shown"), [(0, "953.6 MiB"), (500_000_000, "1.3 GiB")])
def test_without_a_setting_the_memory_limit_follows_what_has_landed(
    tmp_path: Path, raw_bytes: int, shown: str
) -> None:
    settings = Settings(home=tmp_path)
    settings.raw_path.parent.mkdir()
    with settings.raw_path.open("wb") as file:
        file.truncate(raw_bytes)
    with in_memory(settings) as connection:
        assert fetch_value(connection, "select current_setting('memory_limit')") == shown


def test_the_memory_limit_is_never_above_what_the_machine_has(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    settings.raw_path.parent.mkdir()
    with settings.raw_path.open("wb") as file:
        file.truncate(10**12)
    with duckdb.connect() as unset, in_memory(settings) as connection:
        limit = "select current_setting('memory_limit')"
        assert fetch_value(connection, limit) == fetch_value(unset, limit)


def test_what_does_not_fit_into_memory_stays_in_the_home(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with in_memory(settings) as connection:
        assert Path(fetch_value(connection, "select current_setting('temp_directory')")).is_relative_to(
            tmp_path
        )
