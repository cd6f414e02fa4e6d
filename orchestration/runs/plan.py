"""What an increment is about to do: follow the change or rebuild, and from which as-of to which."""

from dataclasses import dataclass
from datetime import datetime

import duckdb

from ingest.foundation.settings import Settings
from orchestration.catalogue import project
from orchestration.runs import dbt, state
from orchestration.runs.engine import engine_of
from orchestration.runs.state import RunState


@dataclass(frozen=True)
class Plan:
    """What a run is about to do. `pending` counts the rows taken up per feed; `reason` says why a rebuild.

    `is_only_revoked` says that all of them were withdrawn or restored, none landed.

    `redefined` are the models whose definition differs from the one their table was built by.
    """

    is_full_refresh: bool
    reason: str
    pending: dict[str, int]
    earlier: RunState | None
    attempted: RunState
    redefined: frozenset[str] = frozenset()
    is_only_revoked: bool = False

    @property
    def are_settings_changed(self) -> bool:
        """Whether a setting that all figures depend on is another than at the last publication."""
        return (
            self.earlier is not None
            and self.earlier.settings_fingerprint != self.attempted.settings_fingerprint
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing landed and the as-of is the published one, with no attempt at another since."""
        tried = self.attempted
        return (
            not self.is_full_refresh
            and not self.pending
            and tried.lowest_as_of == tried.highest_as_of == tried.published_as_of
        )


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
    reason = ""
    redefined = _redefined(settings, connection)
    if earlier is None:
        reason = "first run"
    elif earlier.is_full_refresh_unfinished:
        reason = "an earlier full rebuild did not finish"
    elif earlier.settings_fingerprint != attempted.settings_fingerprint:
        reason = "a setting that all figures depend on changed"
    elif redefined:
        reason = "the definition of tables changed"
    elif not engine_of(settings).has_tables(connection):
        reason = "tables are missing or of another shape"
    elif sum(pending.values()) > settings.full_refresh_share * state.raw_row_count(connection):
        # Past this share of history a rebuild is cheaper than following the change.
        reason = "most rows are new"
    return Plan(
        bool(reason), reason, pending, earlier, attempted, redefined, state.has_only_revoked(connection)
    )


def _redefined(settings: Settings, connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    built = state.definition_hashes(connection)
    current = project.definition_hashes(project.manifest_dict(settings))
    return frozenset(name for name, definition in current.items() if built.get(name) != definition)
