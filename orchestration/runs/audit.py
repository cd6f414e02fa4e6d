"""The tables of schema audit that the pipeline keeps itself: their columns and what each means.

Those that dbt builds are described in its YAML.
"""

from dataclasses import dataclass

import duckdb

from ingest.foundation.sql import quote_identifier, quote_text
from orchestration.catalogue.trust_codes import CAUSES


@dataclass(frozen=True)
class KeptTable:
    """One table: what a row is, and per column its type and meaning."""

    comment: str
    columns: dict[str, tuple[str, str]]


_CAUSES = "; ".join(f"{cause}: {meaning}" for cause, meaning in CAUSES.items())
_KEY = "The row's key: a JSON object with one member per key column."
_RUN = "The run, as in audit.runs."

KEPT_TABLES = {
    "runs": KeptTable(
        "One row per run that published: what it took up, as of when, and when readers got it.",
        {
            "run_id": ("varchar", "The run: its start in UTC and eight random characters."),
            "kind": ("varchar", "increment (followed what changed) or calibration (rebuilt and compared)."),
            "is_full_refresh": ("boolean", "Whether every table was built anew from all landed rows."),
            "pending_row_count": ("bigint", "Rows landed since the publication before."),
            "as_of_at": (
                "timestamp",
                "The moment the figures stand for, UTC: nothing at or after it has happened.",
            ),
            "started_at": ("timestamp", "When the run began, UTC."),
            "published_at": ("timestamp", "When its figures were put together for publication, UTC."),
            "program_version": ("varchar", "Version of the program; NULL for runs before it was kept."),
        },
    ),
    "calibration_runs": KeptTable(
        "One row per calibration: every table was rebuilt from the landed rows and compared with the ones kept up to date "
        "run by run.",
        {
            "run_id": ("varchar", _RUN),
            "outcome": (
                "varchar",
                "consistent, or unexplained drift: some cell differs without a stated cause.",
            ),
            "table_count": ("bigint", "Published tables compared."),
            "compared_row_count": ("bigint", "Rows of the rebuilt tables that were compared."),
            "difference_count": ("bigint", "Differing cells, whatever the cause."),
            **{
                f"{cause}_count": ("bigint", f"Differing cells with the cause {cause}: {meaning}.")
                for cause, meaning in CAUSES.items()
            },
            "duration_seconds": (
                "decimal(18, 3)",
                "From the start to the end of the comparison, in seconds.",
            ),
            "as_of_at": ("timestamp", "The moment the figures stand for, UTC."),
            "started_at": ("timestamp", "When it began, UTC."),
            "finished_at": ("timestamp", "When the comparison was done, UTC."),
        },
    ),
    "calibration_drift": KeptTable(
        "One row per cell of a published table in which the last calibrations found a difference; details of the last "
        "30 calibrations.",
        {
            "run_id": ("varchar", _RUN),
            "table_name": ("varchar", "The table in schema marts."),
            "key": ("varchar", _KEY),
            "column_name": ("varchar", "The column."),
            "incremental_value": (
                "varchar",
                "Value before, as text: as published, or as kept up to date run by run.",
            ),
            "calibrated_value": ("varchar", "Value after, as text."),
            "cause": ("varchar", f"Why they differ. {_CAUSES}."),
        },
    ),
    "restatements": KeptTable(
        "One row per published figure and cause that changed it after its period had closed: a day with its midnight, a "
        "month with its end, a cohort row when it is mature. The latest such change; a figure that never changed has no row.",
        {
            "table_name": ("varchar", "The table in schema marts."),
            "key": ("varchar", _KEY),
            "column_name": ("varchar", "The column."),
            "first_published_value": (
                "varchar",
                "The first value published after the period had closed, as text; NULL: no row.",
            ),
            "previous_value": ("varchar", "Value before the change, as text; NULL: no row."),
            "current_value": ("varchar", "Value after the change, as text; NULL: no row any more."),
            "cause": ("varchar", f"What made this figure change. {_CAUSES}."),
            "restatement_count": ("bigint", "How often the figure changed for this cause."),
            "run_id": ("varchar", "The run that published the change, as in audit.runs."),
            "restated_at": ("timestamp", "When the change was published, UTC."),
        },
    ),
    "metrics": KeptTable(
        "One row per published figure: what it means, its unit, and what it is dated by.",
        {
            "table_name": ("varchar", "The table in schema marts."),
            "column_name": ("varchar", "The column."),
            "definition": ("varchar", "What the figure is."),
            "definition_zh": ("varchar", "What the figure is, in Chinese."),
            "unit": ("varchar", "CNY, count, g, hours, ratio and so on."),
            "date_basis": ("varchar", "Which event puts a figure on its date."),
            "flow_or_cohort": (
                "varchar",
                "flow: dated by its own event; cohort: put back on the date of its origin; level: as of a moment, not to be "
                "added over dates.",
            ),
            "label_en": ("varchar", "Name for English readers."),
            "label_zh": ("varchar", "Name for Chinese readers."),
        },
    ),
}


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the kept tables, or bring older ones to these columns; describe them. Writes nothing where nothing is to change."""
    connection.execute("create schema if not exists audit")
    columns = _comments(
        connection, "select table_name, column_name, comment from duckdb_columns()", "column_name"
    )
    tables = _comments(
        connection, "select table_name, table_name, comment from duckdb_tables()", "table_name"
    )
    for name, kept in KEPT_TABLES.items():
        table = f"audit.{quote_identifier(name)}"
        if name not in tables:
            declared = ", ".join(
                f"{quote_identifier(column)} {kind}" for column, (kind, _) in kept.columns.items()
            )
            connection.execute(f"create table {table} ({declared})")
        present = columns.get(name, dict.fromkeys(kept.columns))
        for column, (kind, comment) in kept.columns.items():
            if column not in present:
                connection.execute(f"alter table {table} add column {quote_identifier(column)} {kind}")
            if present.get(column) != comment:
                connection.execute(
                    f"comment on column {table}.{quote_identifier(column)} is {quote_text(comment)}"
                )
        if tables.get(name, {}).get(name) != kept.comment:
            connection.execute(f"comment on table {table} is {quote_text(kept.comment)}")
        for column in present.keys() - kept.columns.keys():
            connection.execute(f"alter table {table} drop column {quote_identifier(column)}")


def _comments(
    connection: duckdb.DuckDBPyConnection, query: str, order: str
) -> dict[str, dict[str, str | None]]:
    """By table of schema audit: what it has, with its comment."""
    found: dict[str, dict[str, str | None]] = {}
    for table, name, comment in connection.execute(
        f"{query} where database_name = current_database() and schema_name = 'audit' order by table_name, {order}"
    ).fetchall():
        found.setdefault(table, {})[name] = comment
    return found
