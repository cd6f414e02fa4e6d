"""What an increment is about to do: follow the change or rebuild, and from which as-of to which."""

from dataclasses import dataclass
from datetime import datetime

import duckdb

from ingest.foundation.settings import Settings
from orchestration.catalogue import project
from orchestration.runs import dbt, state
from orchestration.runs.state import RunState


@dataclass(frozen=True)
class Plan:
    """What a run is about to do. `pending` counts the rows taken up per feed; `reason` says why a rebuild."""

    is_full_refresh: bool
    reason: str
    pending: dict[str, int]
    earlier: RunState | None
    attempted: RunState


def plan(settings: Settings, connection: duckdb.DuckDBPyConnection, as_of: datetime) -> Plan:
    """Decide between increment and full rebuild, and which as-ofs are affected."""
    earlier = state.read(connection)
    pending = state.pending_rows(connection)
    attempted = RunState(
        published_as_of=earlier.published_as_of if earlier else as_of,
        lowest_as_of=min(as_of, earlier.lowest_as_of) if earlier else as_of,
        highest_as_of=max(as_of, earlier.highest_as_of) if earlier else as_of,
        is_full_refresh_unfinished=False,
        settings_fingerprint=dbt.settings_fingerprint(settings),
    )
    reason = _reason_to_rebuild(settings, connection, earlier, pending)
    return Plan(bool(reason), reason, pending, earlier, attempted)


def _reason_to_rebuild(
    settings: Settings,
    connection: duckdb.DuckDBPyConnection,
    earlier: RunState | None,
    pending: dict[str, int],
) -> str:
    if earlier is None:
        return "first run"
    if earlier.is_full_refresh_unfinished:
        return "an earlier full rebuild did not finish"
    if earlier.settings_fingerprint != dbt.settings_fingerprint(settings):
        return "a setting that all figures depend on changed"
    if not _tables_have_shape(settings, connection):
        return "tables are missing or of another shape"
    if sum(pending.values()) > settings.full_refresh_share * state.raw_row_count(connection):
        # Past this share of history a rebuild is cheaper than following the change.
        return "most rows are new"
    return ""


def _tables_have_shape(settings: Settings, connection: duckdb.DuckDBPyConnection) -> bool:
    present = state.table_columns(connection)
    return all(
        table in present and (stated is None or sorted(present[table]) == sorted(stated))
        for table, stated in project.model_columns(project.manifest_dict(settings)).items()
    )
