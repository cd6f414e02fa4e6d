"""Which models a run has to compute: those that something pending, or the moved as-of, can reach.

`affected_by` says what reaches an incremental model (dbt_project/macros/affected.sql), so leaving the others out changes no
row. A table that is computed whole, and a small incremental one that is, is reached by any of its inputs and by the as-of,
where its SQL, or a macro that it calls, asks for it; where all ask for its business date alone, only by a midnight that passes.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

# Tables of the ledger: what reads them follows every landing, also one without an accepted row.
_LEDGER = frozenset(("batches", "quarantine", "revocations"))
_AS_OF_MACROS = frozenset(("as_of", "as_of_low", "as_of_high"))
_AS_OF_DATE_MACRO = "as_of_date"


@dataclass(frozen=True)
class Moved:
    """What a run takes up. `pending` are feeds; `has_landed` tells of any batch, also one without an accepted row.

    `passes(model, column)` tells whether the moving as-of passed an instant that the model holds; `passes_midnight` whether
    it passed the end of a business date. `unchanged` are models that this run has computed already, without a difference.
    """

    pending: Collection[str]
    has_landed: bool
    is_as_of_moved: bool
    passes_midnight: bool
    passes: Callable[[str, str], bool]
    unchanged: Collection[str] = ()


def reached(manifest: Mapping[str, Any], moved: Moved) -> list[str]:
    """Names of the models to compute, parents first."""
    nodes = manifest["nodes"]
    found: dict[str, None] = {}
    for unique_id in _parents_first(nodes):
        node = nodes[unique_id]
        name = node["name"]
        if name in moved.unchanged:
            continue
        reasons = node["config"].get("affected_by") or []
        if is_computed_whole(node):
            is_reached = _is_read_changed(manifest, node, found, moved)
        else:
            is_reached = any(_is_reason(reason, found, moved) for reason in reasons)
        if is_reached:
            found[name] = None
    return list(found)


def first_part(manifest: Mapping[str, Any], names: Collection[str]) -> list[str]:
    """Of the models to compute, those computed whole whose inputs are final: what they do not change reaches nothing more."""
    nodes = manifest["nodes"]
    found: dict[str, None] = {}
    for unique_id in _parents_first(nodes):
        node = nodes[unique_id]
        waits_for = {nodes[parent]["name"] for parent in _parents(nodes, node)} & set(names)
        if node["name"] in names and is_computed_whole(node) and waits_for <= found.keys():
            found[node["name"]] = None
    return list(found)


def is_computed_whole(node: Mapping[str, Any]) -> bool:
    """Whether a run computes every row of a model, not those of a scope."""
    reasons = node["config"].get("affected_by") or []
    return node["config"]["materialized"] != "incremental" or any(
        "everything" in reason for reason in reasons
    )


def data_tests(manifest: Mapping[str, Any], names: Collection[str]) -> list[str]:
    """Names of the data tests that read one of the models, without those that only a full rebuild runs."""
    nodes = manifest["nodes"]
    return [
        node["name"]
        for node in nodes.values()
        if node["resource_type"] == "test"
        and "calibration" not in node["tags"]
        and any(nodes[parent]["name"] in names for parent in _parents(nodes, node))
    ]


def _is_reason(reason: Mapping[str, Any], found: Collection[str], moved: Moved) -> bool:
    if "pending" in reason:
        return reason["pending"] in moved.pending
    if "matured_after_days" in reason:
        return moved.is_as_of_moved and moved.passes_midnight
    if "between_as_ofs" in reason:
        model = reason["between_as_ofs"]
        return moved.is_as_of_moved and (model in found or moved.passes(model, reason["instant"]))
    return reason.get("model", reason.get("changes")) in found


def _is_read_changed(
    manifest: Mapping[str, Any], node: Mapping[str, Any], found: Collection[str], moved: Moved
) -> bool:
    nodes, sources = manifest["nodes"], manifest["sources"]
    read = {sources[unique_id]["name"] for unique_id in node["depends_on"]["nodes"] if unique_id in sources}
    return (
        any(nodes[parent]["name"] in found for parent in _parents(nodes, node))
        or bool(read & set(moved.pending))
        or (moved.has_landed and bool(read & _LEDGER))
        or (moved.is_as_of_moved and _asks_for_as_of(manifest, node, passes_midnight=moved.passes_midnight))
    )


def _asks_for_as_of(manifest: Mapping[str, Any], node: Mapping[str, Any], *, passes_midnight: bool) -> bool:
    """Whether a model asks for the as-of; where it `passes_midnight`, also whether it asks for its business date."""
    macros = manifest["macros"]
    seen: set[str] = set()
    pending = list(node["depends_on"]["macros"])
    while pending:
        unique_id = pending.pop()
        macro = macros.get(unique_id)
        if macro is None or unique_id in seen:
            continue
        seen.add(unique_id)
        if macro["name"] in _AS_OF_MACROS:
            return True
        if macro["name"] == _AS_OF_DATE_MACRO and not passes_midnight:
            continue
        # dbt's own macros know no as-of.
        if macro["package_name"] == manifest["metadata"]["project_name"]:
            pending += macro["depends_on"]["macros"]
    return False


def _parents(nodes: Mapping[str, Any], node: Mapping[str, Any]) -> list[str]:
    return [
        unique_id
        for unique_id in node["depends_on"]["nodes"]
        if unique_id in nodes and nodes[unique_id]["resource_type"] == "model"
    ]


def _parents_first(nodes: Mapping[str, Any]) -> list[str]:
    """Unique ids of all models, each after those that it reads."""
    found: dict[str, None] = {}

    def add(unique_id: str) -> None:
        if unique_id not in found:
            for parent in sorted(_parents(nodes, nodes[unique_id])):
                add(parent)
            found[unique_id] = None

    for unique_id in sorted(nodes):
        if nodes[unique_id]["resource_type"] == "model":
            add(unique_id)
    return list(found)
