"""In which form the warehouse's own files are written."""

from contextlib import closing
from pathlib import Path

from ingest.foundation.database import STORAGE_VERSION, connect
from ingest.foundation.fetch import fetch_value
from ingest.foundation.settings import Settings
from orchestration.runs.build_file import open_build
from orchestration.runs.state import copy_kept, prepare


def test_own_files_are_written_in_the_newest_form(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    fresh = tmp_path / "fresh.duckdb"
    with closing(open_build(settings)) as connection:
        prepare(connection)
    copy_kept(settings.build_path, fresh)
    for path in (settings.raw_path, settings.build_path, fresh):
        with closing(connect(settings, path)) as connection:
            written = fetch_value(
                connection,
                "select tags['storage_version'] from duckdb_databases() where database_name = current_database()",
            )
            assert written == f"{STORAGE_VERSION}+", path
