"""A build file begun anew from the raw file, where the old one is lost: no backup is needed.

What the tables held comes from raw; what they do not, the history of publications and how far the last one had read, comes
from the published file.
"""

import os
import shutil
from contextlib import closing
from datetime import datetime

import duckdb

from ingest.foundation.database import attach
from ingest.foundation.fetch import fetch_row
from ingest.foundation.settings import Settings
from ingest.foundation.sql import quote_identifier
from ingest.foundation.version import program_version
from orchestration.catalogue import project
from orchestration.runs import audit, dbt, loss, state
from orchestration.runs.build_file import give_up, open_build
from orchestration.runs.loss import LastPublication
from orchestration.runs.state import RunState

_ASIDE = "rebuilding"


def begin_anew(settings: Settings, published: LastPublication | None) -> None:
    """Put a build file without tables in place, which knows what the last publication knows; the caller holds the lock.

    The next run builds every table. Killed, it is repeated. A build file that is no database any more stays beside it under
    another name. Raises WarehouseError when the raw file has not every landing that was published.
    """
    path = settings.build_path
    folder = path.parent / _ASIDE
    shutil.rmtree(folder, ignore_errors=True)
    aside = folder / path.name
    with closing(open_build(settings, aside)) as connection:
        state.prepare(connection)
        if published is not None and published.run_id is not None and published.as_of is not None:
            attach(settings, connection, published.path, "published")
            loss.require_published_landings(settings, connection)
            _take_history(connection)
            _take_watermarks(connection)
            _take_state(settings, connection, published.as_of)
            connection.execute("detach published")
    give_up(path)
    os.replace(aside, path)
    shutil.rmtree(folder)


def _take_history(connection: duckdb.DuckDBPyConnection) -> None:
    for table in audit.KEPT_TABLES:
        present = state.columns_of(connection, "published", "audit", table)
        columns = ", ".join(
            quote_identifier(name) for name in audit.KEPT_TABLES[table].columns if name in present
        )
        if columns:
            name = f"audit.{quote_identifier(table)}"
            connection.execute(f"insert into {name} ({columns}) select {columns} from published.{name}")


def _take_watermarks(connection: duckdb.DuckDBPyConnection) -> None:
    """Nothing lands and nothing is withdrawn during a run, so its ledger and its start say how far it had read."""
    connection.execute(
        """
        update meta.watermarks set published_seq = greatest(
            coalesce((select max(last_landing_seq) from published.audit.load_batches as b where b.feed = watermarks.feed), 0),
            coalesce((
                select max(revocation_seq) from raw.revocations as v
                where v.feed = watermarks.feed and v.revoked_at <= (select max(started_at) from audit.runs)
            ), 0)
        )
        """
    )


def _take_state(settings: Settings, connection: duckdb.DuckDBPyConnection, as_of: datetime) -> None:
    # Which settings it was made with it does not say; where it was made by this version, the definitions are these.
    state.write(connection, RunState(as_of, as_of, as_of, False, dbt.settings_fingerprint(settings)))
    last = fetch_row(
        connection, "select program_version from audit.runs order by published_at desc, run_id desc limit 1"
    )
    if last == (program_version(),):
        hashes = project.definition_hashes(project.manifest_dict(settings))
        connection.executemany("insert into meta.definitions values (?, ?)", list(hashes.items()))
