"""The rows behind one published figure, down to the raw lines and every earlier version of them.

The figure is read from the published file, what stands behind it from the build file, and the one is
calculated again from the other: an explanation that does not add up says so.
"""

import contextlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import duckdb

from ingest.foundation.errors import UsageError, WarehouseError
from ingest.foundation.fetch import fetch_row, fetch_rows, fetch_value
from ingest.foundation.settings import Settings
from ingest.foundation.shown import shown_text
from ingest.foundation.sql import quote_identifier, quote_text
from orchestration.catalogue.project import manifest_dict
from orchestration.catalogue.tables import PublishedTable, marts
from orchestration.explain.figures import BOUNDS, SPECS
from orchestration.explain.figures.measures import Measure, Rank, Ratio
from orchestration.explain.raw_lines import RawRecord, raw_records
from orchestration.explain.request import Request
from orchestration.reading.landed import build_attached, read_progress
from orchestration.reading.published import open_published, read_publication

# As many values of a key column as a message lists.
_LISTED_VALUES = 40


@dataclass(frozen=True)
class EvidenceRow:
    """One row behind a figure: what it is, what it contributes, where it was landed."""

    value: Any
    columns: dict[str, Any]
    raw: list[RawRecord] = field(default_factory=list)


@dataclass(frozen=True)
class Part:
    """One figure that is counted from rows; a ratio has two of them."""

    column: str
    noun: str
    published_value: Any
    explained_value: Any
    note: str
    rows: list[EvidenceRow]

    @property
    def adds_up(self) -> bool:
        return _equal(self.published_value, self.explained_value)


@dataclass(frozen=True)
class Explanation:
    """One published figure and the rows it comes from.

    `build_is_ahead`: a run that has not published has touched the build file: its rows may be newer.
    """

    table: str
    column: str
    key: dict[str, Any]
    definition: str
    as_of_at: datetime
    published_value: Any
    explained_value: Any
    parts: list[Part]
    pending_row_count: int
    build_is_ahead: bool

    @property
    def adds_up(self) -> bool:
        return _equal(self.published_value, self.explained_value) and all(part.adds_up for part in self.parts)


def explain(settings: Settings, table: str, column: str, key: Mapping[str, str]) -> Explanation:
    """Explain one published figure; `key` holds every key column of the table, as text.

    Raises UsageError for what the table does not have, WarehouseError when there is no such row, nothing is
    published, or a run still writes to the build file after the time that is waited.
    """
    request = Request.parse(marts(manifest_dict(settings)), table, column)
    request.check_key_names(key)
    with explainer(settings) as ready:
        return ready.explain(table, column, key)


@contextlib.contextmanager
def explainer(settings: Settings) -> Iterator["Explainer"]:
    """Hold both files open for any number of explanations."""
    if settings.engine == "spark":
        raise WarehouseError(
            'explain does not work with engine = "spark" yet: it reads the facts behind a figure from the build file, and they '
            "are in the lake, in schema standardised. Nothing was changed. Look there, or explain on DuckDB: in a copy of the "
            "home without that setting, after `warehouse increment`."
        )
    with open_published(settings) as connection, build_attached(settings, connection):
        try:
            yield Explainer(settings, connection)
        except duckdb.Error as error:
            raise WarehouseError(
                f"the rows behind the figure could not be read: {error}\nNothing was changed. If the tables "
                "are of another version of the program, run `warehouse increment`, then explain again."
            ) from None


class Explainer:
    """Explains figures over an open publication and its build file.

    Queries hold quoted literals: for a bound parameter DuckDB imports pandas, the slowest step of all.
    """

    def __init__(self, settings: Settings, connection: duckdb.DuckDBPyConnection) -> None:
        self._settings = settings
        self._connection = connection
        self._marts = marts(manifest_dict(settings))
        self._as_of_at = read_publication(settings, connection).as_of_at
        self._as_of = f"cast({quote_text(str(self._as_of_at))} as timestamp)"
        self._progress = read_progress(connection, self._as_of_at)

    def explain(self, table: str, column: str, key: Mapping[str, str]) -> Explanation:
        """See the function `explain`."""
        request = Request.parse(self._marts, table, column)
        request.check_key_names(key)
        self._find_row(request.table, key)
        specs = SPECS[request.table.name]
        spec = specs[column]
        if isinstance(spec, Ratio):
            parts = [self._part(request.table, name) for name in (spec.numerator, spec.denominator)]
            explained = _ratio(spec, parts[0].explained_value, parts[1].explained_value)
        else:
            parts = [self._part(request.table, column)]
            explained = parts[0].explained_value
        return Explanation(
            table=request.table.name,
            column=column,
            key=self._record(
                "select " + ", ".join(map(quote_identifier, request.table.key)) + " from figure"
            ),
            definition=self._definition(request.table.name, column),
            as_of_at=self._as_of_at,
            published_value=self._published(column),
            explained_value=explained,
            parts=parts,
            pending_row_count=self._progress.pending_row_count,
            build_is_ahead=self._progress.has_unfinished_run,
        )

    # ------------------------------------------------------------------------------------------ the figure

    def _find_row(self, table: PublishedTable, key: Mapping[str, str]) -> None:
        """Make the temporary table `figure`: the published row, with the bounds its windows need."""
        types = dict(
            self._connection.execute(
                "select column_name, data_type from duckdb_columns() where database_name = 'published' "
                f"and schema_name = 'marts' and table_name = {quote_text(table.name)}"
            ).fetchall()
        )
        for name in table.key:
            if self._value(f"select try_cast({quote_text(key[name])} as {types[name]})") is None:
                kind = {"DATE": "a date (YYYY-MM-DD)", "BIGINT": "a whole number"}.get(
                    types[name], types[name]
                )
                raise UsageError(f"{name}={key[name]} is not {kind}.")
        given = {name: f"cast({quote_text(key[name])} as {types[name]})" for name in table.key}
        conditions = " and ".join(f"t.{quote_identifier(name)} = {value}" for name, value in given.items())
        zone = quote_text(self._settings.business_time_zone)

        def start_of(date: str) -> str:
            return f"(cast({date} as timestamp) at time zone {zone} at time zone 'UTC')"

        bounds = BOUNDS.get(table.name, "null as no_bounds").format(
            start_at=start_of("period_start_date"),
            end_at=start_of("period_end_date + 1"),
            previous_start_at=start_of("previous_period_start_date"),
            hour_at=start_of("cast(business_date as timestamp) + to_hours(business_hour)"),
        )
        self._connection.execute(
            f"""
            create or replace temporary table figure as
            select *, {bounds}
            from (
                select
                    t.*,
                    {self._as_of} as run_as_of_at,
                    cast({self._as_of} at time zone 'UTC' at time zone {zone} as date) as run_as_of_date
                from published.marts.{quote_identifier(table.name)} as t
                where {conditions}
            )
            """
        )
        if not self._value("select count(*) from figure"):
            raise WarehouseError(self._why_no_row(table, types, key, given))

    def _why_no_row(
        self, table: PublishedTable, types: dict[str, str], key: Mapping[str, str], given: dict[str, str]
    ) -> str:
        place = " ".join(f"{name}={key[name]}" for name in table.key)
        source = f"published.marts.{quote_identifier(table.name)}"
        message = f"{table.name} has no row {place}."
        for name in table.key:
            column = quote_identifier(name)
            if self._value(f"select count(*) from {source} where {column} = {given[name]}"):
                continue
            ((first, last, count),) = fetch_rows(
                self._connection,
                f"select min({column}), max({column}), count(distinct {column}) from {source}",
            )
            if not count:
                return f"{message} The table is empty."
            if types[name] == "DATE":
                is_outside = self._value(
                    f"select {given[name]} not between min({column}) and max({column}) from {source}"
                )
                return f"{message} " + (
                    f"{name} is out of range: the table goes from {first} to {last}."
                    if is_outside
                    else f"A quiet day: nothing on {key[name]} belongs in this table, its figures are 0."
                )
            values = self._connection.execute(
                f"select distinct {column} from {source} order by 1 limit {_LISTED_VALUES}"
            ).fetchall()
            more = f" and {count - _LISTED_VALUES} more" if count > _LISTED_VALUES else ""
            return f"{message} {name} is one of: {', '.join(str(value) for (value,) in values)}{more}."
        return f"{message} Each part is known but nothing was counted where they meet: the figure there is 0."

    def _definition(self, table: str, column: str) -> str:
        return (
            self._value(
                "select max(definition) from published.audit.metrics "
                f"where table_name = {quote_text(table)} and column_name = {quote_text(column)}"
            )
            or ""
        )

    # -------------------------------------------------------------------------------------- what is behind

    def _part(self, table: PublishedTable, column: str) -> Part:
        spec = SPECS[table.name][column]
        if isinstance(spec, Measure):
            return self._measured(column, spec)
        if isinstance(spec, Rank):
            return self._ranked(table, column, spec)
        raise TypeError(f"{table.name}.{column}: a ratio of ratios")

    def _measured(self, column: str, spec: Measure) -> Part:
        evidence = spec.evidence
        self._connection.execute(
            f"""
            create or replace temporary table evidence_rows as
            select *, row_number() over (order by {evidence.order}) as evidence_no
            from (
                select e.*, {spec.value} as value
                from ({evidence.relation}) as e, figure as f
                where ({spec.match}) and ({spec.where})
            )
            """
        )
        # One value, or no row where the figure is not measurable.
        explained = fetch_row(
            self._connection,
            f"select (select {spec.total} from evidence_rows) "
            f"where (select {spec.measurable} from figure as f)",
        )
        raw: dict[int, list[RawRecord]] = {}
        for link in evidence.links:
            for evidence_no, record in raw_records(self._connection, link):
                raw.setdefault(evidence_no, []).append(record)
        names = ("evidence_no", "value", *evidence.shown)
        rows = self._connection.execute(
            f"select {', '.join(map(quote_identifier, names))} from evidence_rows order by evidence_no"
        ).fetchall()
        return Part(
            column=column,
            noun=evidence.noun,
            published_value=self._published(column),
            explained_value=explained[0] if explained else None,
            note=spec.note,
            rows=[
                EvidenceRow(value, _shown(evidence.shown, shown), raw.get(evidence_no, []))
                for evidence_no, value, *shown in rows
            ],
        )

    def _ranked(self, table: PublishedTable, column: str, spec: Rank) -> Part:
        ordered_by = [term.split()[0] for term in spec.order]
        shown = list(dict.fromkeys([*table.key, *ordered_by]))
        same = " and ".join(f"r.{quote_identifier(name)} = f.{quote_identifier(name)}" for name in table.key)
        rows = self._connection.execute(
            f"""
            with ranked as (
                select *, row_number() over (order by {", ".join(spec.order)}) as place
                from published.marts.{quote_identifier(table.name)}
            )
            select place, {", ".join(map(quote_identifier, shown))}
            from ranked
            where place <= (select r.place from ranked as r, figure as f where {same})
            order by place
            """
        ).fetchall()
        return Part(
            column=column,
            noun="published rows down to this place",
            published_value=self._published(column),
            explained_value=len(rows),
            note=f"Ranked by {', '.join(spec.order)}. Explain {ordered_by[0]} for the raw lines behind it.",
            rows=[EvidenceRow(place, dict(zip(shown, values, strict=True))) for place, *values in rows],
        )

    # -------------------------------------------------------------------------------------------- plumbing

    def _published(self, column: str) -> Any:
        return self._value(f"select {quote_identifier(column)} from figure")

    def _value(self, query: str) -> Any:
        return fetch_value(self._connection, query)

    def _record(self, query: str) -> dict[str, Any]:
        cursor = self._connection.execute(query)
        names = [column[0] for column in cursor.description or ()]
        return dict(zip(names, cursor.fetchall()[0], strict=True))


def _shown(names: tuple[str, ...], values: list[Any]) -> dict[str, Any]:
    """A row of evidence as it may be printed: codes were masked on their way, ids are as a source gave them (R20)."""
    return {
        name: shown_text(value) if isinstance(value, str) and name.endswith(("_id", "_key")) else value
        for name, value in zip(names, values, strict=True)
    }


def _ratio(spec: Ratio, numerator: Any, denominator: Any) -> Any:
    if numerator is None or not denominator:
        return None
    if spec.decimals is None:
        return float(numerator) * spec.scale / float(denominator)
    exact = Decimal(numerator) * spec.scale / Decimal(denominator)
    return exact.quantize(Decimal(1).scaleb(-spec.decimals), ROUND_HALF_UP)


def _equal(published: Any, explained: Any) -> bool:
    """Exact, but for figures that are DOUBLE (ratios, percentiles): those within a part in 10^9."""
    if isinstance(published, float) and explained is not None:
        return math.isclose(published, explained, rel_tol=1e-9, abs_tol=1e-12)
    return published == explained
