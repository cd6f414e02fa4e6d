"""The dbt assets, one per model: the increment, which builds, tests and publishes them all in one dbt run."""

from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import datetime
from graphlib import TopologicalSorter
from typing import Any
from zoneinfo import ZoneInfo

from dagster import (
    AssetCheckResult,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    BackfillPolicy,
    DailyPartitionsDefinition,
    MaterializeResult,
    ResourceParam,
    multi_asset,
)
from dagster_dbt import DagsterDbtTranslator

from ingest.foundation.clock import minute_text, zone_label
from ingest.foundation.lock import writer_lock
from ingest.foundation.settings import Settings
from ingest.foundation.sql import quote_identifier
from orchestration.catalogue.tables import marts
from orchestration.dagster_graph.dbt_checks import DbtChecks
from orchestration.dagster_graph.failures import failure, step_outcome
from orchestration.dagster_graph.ownership import OWNERS
from orchestration.dagster_graph.partitions import business_days, run_as_of
from orchestration.runs.build_file import open_build
from orchestration.runs.dbt import DbtFailed, NodeResult
from orchestration.runs.increment import increment
from orchestration.runs.run import RunReport

PARTLY_SELECTED = (
    "Only some of the models were selected. All of them are up to date in the build file; nothing was published. "
    "Readers get it with the next run of the whole job."
)


class _Translator(DagsterDbtTranslator):
    """Names, groups and tags of dbt's nodes; daily partitions for the marts whose rows are about a date."""

    def __init__(self, settings: Settings, dated: Set[str]) -> None:
        super().__init__()
        self._days = business_days(settings)
        self._dated = dated

    def get_partitions_def(self, dbt_resource_props: Mapping[str, Any]) -> DailyPartitionsDefinition | None:
        is_dated = (
            dbt_resource_props["resource_type"] == "model" and dbt_resource_props["name"] in self._dated
        )
        return self._days if is_dated else None

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> Sequence[str]:
        return OWNERS

    def get_tags(self, dbt_resource_props: Mapping[str, Any]) -> Mapping[str, str]:
        """The layer, which a module's group does not say, and how a model is brought up to date."""
        config = dbt_resource_props["config"]
        found = {"layer": config.get("schema"), "materialized": config.get("materialized")}
        return {name: str(value) for name, value in found.items() if value}

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The words of the YAML; the code is one click away in the repository."""
        return str(dbt_resource_props.get("description") or "")

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """Layers as groups; the marts by module."""
        is_seed = dbt_resource_props["resource_type"] == "seed"
        return "seeds" if is_seed else str(dbt_resource_props["fqn"][-2])


def dbt_specs(settings: Settings, manifest: dict[str, Any]) -> dict[str, AssetSpec]:
    """The assets of all models and seeds, by unique id, each after those it is built from.

    A partition of a mart is a date of its rows. What has rows of no date, or is looked at as of now, has none.
    """
    dated = {table.name for table in marts(manifest).values() if table.date_column}
    translator = _Translator(settings, dated)
    nodes = {
        unique_id: node
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] in ("model", "seed")
    }
    built_from = {
        unique_id: sorted(nodes.keys() & set(node["depends_on"].get("nodes", [])))
        for unique_id, node in nodes.items()
    }
    return {
        unique_id: translator.get_asset_spec(manifest, unique_id, None)
        for unique_id in TopologicalSorter(built_from).static_order()
    }


def dbt_assets(settings: Settings, specs: Mapping[str, AssetSpec], checks: DbtChecks) -> AssetsDefinition:
    """All models as one step; a run over a range of partitions is one increment as of the end of the last.

    The end of an earlier partition than the published as-of never moves the publication back: its date is brought up to date
    under the published as-of. A run of some models brings all up to date and publishes nothing.
    """
    model_keys = {spec.key for unique_id, spec in specs.items() if unique_id.startswith("model.")}

    # Subsets are allowed because not every run reports all: seeds and some tests are left to the calibration.
    # The models are always brought up to date together.
    @multi_asset(
        name="dbt_models",
        specs=list(specs.values()),
        check_specs=checks.specs,
        can_subset=True,
        backfill_policy=BackfillPolicy.single_run(),
    )
    def dbt_models(
        context: AssetExecutionContext, settings: ResourceParam[Settings]
    ) -> Iterator[MaterializeResult | AssetCheckResult]:
        instant = run_as_of(context, settings)
        is_whole = model_keys <= context.selected_asset_keys
        failed = None
        with step_outcome(context):
            try:
                report, row_counts = _increment(settings, instant, is_published=is_whole)
            except DbtFailed as error:
                failed = error
        yield from checks.results((failed or report).results, context.selected_asset_check_keys)
        if failed:
            raise failure(context, failed)
        context.log.info(_summary(settings, report))
        warning = report.warning()
        if warning:
            context.log.warning(warning)
        if not is_whole:
            context.log.warning(PARTLY_SELECTED)
        metadata = node_metadata(report.results, row_counts, specs)
        for unique_id, spec in specs.items():
            # What comes after waits for every model; a seed reports when it was taken up.
            is_reported = unique_id in metadata or unique_id.startswith("model.")
            if is_reported and spec.key in context.selected_asset_keys:
                yield MaterializeResult(asset_key=spec.key, metadata=metadata.get(unique_id, {}))

    return dbt_models


def _increment(
    settings: Settings, instant: datetime, *, is_published: bool
) -> tuple[RunReport, dict[str, int]]:
    # Held on until the rows are counted: nobody else may open the file for writing meanwhile.
    with writer_lock(settings, "increment by Dagster"):
        report = increment(settings, instant, earlier_as_of="keep published", is_published=is_published)
        return report, table_row_counts(settings)


def table_row_counts(settings: Settings) -> dict[str, int]:
    """Rows of every table in the build file, by `schema.table`. The caller holds the writer lock."""
    with open_build(settings, read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = current_database()"
        ).fetchall()
        counts = " union all ".join(
            f"select '{schema}.{table}', count(*) from {quote_identifier(schema)}.{quote_identifier(table)}"
            for schema, table in tables
        )
        return dict(connection.execute(counts).fetchall())


def node_metadata(
    results: list[NodeResult], row_counts: Mapping[str, int], specs: Mapping[str, AssetSpec]
) -> dict[str, dict[str, Any]]:
    """Rows in the table and seconds it took to build, for each model and seed that was built."""
    metadata: dict[str, dict[str, Any]] = {}
    for result in results:
        spec = specs.get(result.unique_id)
        if spec:
            metadata[result.unique_id] = {"seconds": round(result.seconds, 3)}
            rows = row_counts.get(_table(spec.key))
            if rows is not None:
                metadata[result.unique_id]["dagster/row_count"] = rows
    return metadata


def _table(key: AssetKey) -> str:
    return ".".join(key.path)


def _summary(settings: Settings, report: RunReport) -> str:
    zone = ZoneInfo(settings.business_time_zone)
    as_of = f"as of {minute_text(report.as_of, zone)} {zone_label(report.as_of, zone)}"
    if not report.results:
        return f"Nothing landed and the as-of is unchanged, {as_of}: nothing published."
    how = "full rebuild" if report.is_full_refresh else "increment"
    return (
        f"{how} {report.run_id}: {sum(report.pending.values())} rows taken up, "
        f"{report.restated_count} cells restated, {as_of}, {report.seconds:.1f} s"
    )
