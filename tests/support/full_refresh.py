"""Compares an incrementally built warehouse with a full refresh of the same raw data (R18)."""

import shutil
from datetime import datetime
from pathlib import Path

import duckdb

from ingest.foundation.settings import Settings
from orchestration.runs import dbt, state


def differing_tables(
    settings: Settings, as_of: datetime, scratch: Path, *, with_tests: bool = False
) -> dict[str, tuple[list, list]]:
    """Tables of standardised and marts that differ from a full refresh, with (rows only incremental, rows only full).

    `with_tests`, every data test must hold on the refreshed tables, or DbtFailed is raised.
    """
    fresh = scratch / "full" / settings.build_path.name
    shutil.rmtree(fresh.parent, ignore_errors=True)
    fresh.parent.mkdir(parents=True)
    state.copy_kept(settings.build_path, fresh)
    variables = dbt.variables(settings, as_of, as_of, as_of)
    dbt.build(settings, fresh, variables, full_refresh=True, with_tests=with_tests)
    found = {}
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach '{settings.build_path}' as live (read_only)")
        connection.execute(f"attach '{fresh}' as full_refresh (read_only)")
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'full_refresh' "
            "and schema_name in ('standardised', 'marts') order by all"
        ).fetchall()
        for schema, table in tables:
            only_live, only_full = (
                connection.execute(
                    f"select * from {one}.{schema}.{table} except all select * from {other}.{schema}.{table} limit 5"
                ).fetchall()
                for one, other in (("live", "full_refresh"), ("full_refresh", "live"))
            )
            if only_live or only_full:
                found[f"{schema}.{table}"] = (only_live, only_full)
    return found
