"""The published tables as the dbt project declares them: keys, measures, and when a row's figures are final by the calendar."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ingest.foundation.errors import WarehouseError
from ingest.foundation.sql import quote_identifier
from orchestration.catalogue.metrics import mart_models, metric_rows
from orchestration.catalogue.project import table_keys


@dataclass(frozen=True)
class Closing:
    """When the period of a row is over: `after_days` after the end of its date, or with the end of its month.

    `plus_months_column` counts months on from the month of `date_column`.
    """

    date_column: str
    after_days: int = 0
    is_month: bool = False
    plus_months_column: str | None = None

    def first_closed_date(self, alias: str) -> str:
        """SQL of the first business date on which a row of `alias` is closed."""
        date = f"{alias}.{quote_identifier(self.date_column)}"
        if self.is_month:
            months = (
                f"to_months(cast({alias}.{quote_identifier(self.plus_months_column)} as integer) + 1)"
                if self.plus_months_column
                else "to_months(1)"
            )
            return f"cast({date} + {months} as date)"
        return f"cast({date} + {self.after_days + 1} as date)"


@dataclass(frozen=True)
class PublishedTable:
    """One mart. `key` identifies a row; `measures` are its figures with their units; `closes` is None where a row is as of now.

    `sources` are the tables it is built from, `places` how a changed row of one of them finds its rows: columns of the source
    by columns of the mart, once for each date it counts on, its own first; `reach_days` how many dates onward it counts.
    """

    name: str
    key: tuple[str, ...]
    closes: Closing | None
    measures: Mapping[str, str]
    columns: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    places: Mapping[str, Sequence[Mapping[str, str]]] = field(default_factory=dict)
    reach_days: Mapping[str, int] = field(default_factory=dict)

    @property
    def date_column(self) -> str | None:
        """The date a row is about; None for other grains."""
        return self.closes.date_column if self.closes and not self.closes.is_month else None


def marts(manifest: dict[str, Any]) -> dict[str, PublishedTable]:
    """Every mart of the parsed project, in the order of the files. Raises WarehouseError for one without key or closing."""
    keys = table_keys(manifest)
    units: dict[str, dict[str, str]] = {}
    for metric in metric_rows(manifest):
        units.setdefault(metric["table_name"], {})[metric["column_name"]] = metric["unit"]
    return {
        model["name"]: PublishedTable(
            name=model["name"],
            key=_declared(model, keys.get(model["unique_id"]), "its key (data test key_is_unique)"),
            closes=_closing(_declared(model, model["config"]["meta"].get("closes"), "config.meta.closes")),
            measures=units.get(model["name"], {}),
            columns=tuple(model["columns"]),
            sources=tuple(
                manifest["nodes"][parent]["name"]
                for parent in model["depends_on"]["nodes"]
                if parent.startswith("model.")
            ),
            places=_places(model["config"]),
            reach_days=_reach_days(model["config"]),
        )
        for model in mart_models(manifest)
    }


def audit_tables(manifest: dict[str, Any]) -> tuple[str, ...]:
    """The tables of schema audit that dbt builds, by name."""
    return tuple(
        sorted(
            node["name"]
            for node in manifest["nodes"].values()
            if node["schema"] == "audit" and node["resource_type"] in ("model", "seed")
        )
    )


def _declared(model: dict[str, Any], found: Any, what: str) -> Any:
    if found is None:
        raise WarehouseError(
            f"{model['original_file_path']}: {model['name']} does not state {what}. Nothing was run. A published table states "
            "its key and when a row's figures are final: {date: COLUMN}, with after_days where it matures later, "
            "{month: COLUMN}, or never."
        )
    return found


def _closing(declared: Any) -> Closing | None:
    if declared == "never":
        return None
    if "month" in declared:
        return Closing(declared["month"], is_month=True, plus_months_column=declared.get("plus_months"))
    return Closing(declared["date"], int(declared.get("after_days", 0)))


def _places(config: Mapping[str, Any]) -> dict[str, list[dict[str, str]]]:
    scope_key = config.get("scope_key") or []
    found: dict[str, list[dict[str, str]]] = {}
    for reason in config.get("affected_by") or []:
        if "changes" in reason:
            columns = reason.get("columns", scope_key)
            found.setdefault(reason["changes"], []).append(dict(zip(scope_key, columns, strict=True)))
    return found


def _reach_days(config: Mapping[str, Any]) -> dict[str, int]:
    return {
        reason["changes"]: int(reason["reach_days"])
        for reason in config.get("affected_by") or []
        if "reach_days" in reason
    }
