"""The parsed dbt project: its manifest, kept as long as it is true, and what is read from it.

Starting dbt to parse costs seconds; reading a manifest that is still true costs milliseconds.
"""

import contextlib
import hashlib
import io
import json
import os
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ingest.foundation.errors import WarehouseError
from ingest.foundation.settings import Settings

PROJECT_DIR = Path(__file__).resolve().parents[2] / "dbt_project"

# The target of profiles.yml that documents and plans are read from.
DUCKDB = "build"

# Formatting log lines nobody reads costs a tenth of a run: what failed is in the results.
NO_LOG = ("--log-level", "none", "--log-level-file", "none")

# The manifest as a plain dictionary, with the fingerprint of the files it was made from.
_KEPT = "kept_manifest.json"
_ANY_FILE = Path("/nonexistent/warehouse.duckdb")
_PROJECT_FILES = ("dbt_project.yml", "models/**/*", "macros/**/*", "seeds/**/*", "tests/**/*")


@contextlib.contextmanager
def dbt_environment(build_path: Path, raw_path: Path, target_dir: Path) -> Iterator[None]:
    """The environment in which dbt finds the project, the build file and the raw file."""
    given = {
        "WAREHOUSE_BUILD_PATH": str(build_path),
        "WAREHOUSE_RAW_PATH": str(raw_path),
        "DBT_PROJECT_DIR": str(PROJECT_DIR),
        "DBT_PROFILES_DIR": str(PROJECT_DIR),
        "DBT_TARGET_PATH": str(target_dir),
        # dbt makes this folder though it logs nothing; beside the project, who runs it may have no right to.
        "DBT_LOG_PATH": str(target_dir / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "0",
        # dbt takes flags from ~/.dbt, which are another project's, and under sudo may not be read at all.
        "HOME": str(target_dir),
    }
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def parse_dir(settings: Settings) -> Path:
    """Where the parsed project stands: manifest.json, semantic_manifest.json, and what the next parse starts from."""
    # Beside the project, where dbt keeps a saved parse for all homes; in the home where the project cannot be written.
    return PROJECT_DIR / "target" if os.access(PROJECT_DIR, os.W_OK) else settings.dbt_target_dir


def manifest(settings: Settings, target: str = DUCKDB) -> Any:
    """The parsed project (dbt's Manifest), made once a process. Raises WarehouseError when it cannot be parsed.

    `target` is one of profiles.yml; each has a parse of its own, as names of tables depend on it.
    """
    parsed_in = parse_dir(settings)
    return _parse(parsed_in if target == DUCKDB else parsed_in / target, target)


@cache
def _parse(target_dir: Path, target: str = DUCKDB) -> Any:
    from dbt.cli.main import dbtRunner

    # Writing documents that stand there already is most of parsing a project that has not changed.
    documents = ["--write-json" if _kept_manifest(target_dir) is None else "--no-write-json"]
    # The same path for every home, or dbt takes the saved parse for another project's.
    with dbt_environment(_ANY_FILE, _ANY_FILE, target_dir), contextlib.redirect_stdout(io.StringIO()):
        result = dbtRunner().invoke([*NO_LOG, *documents, "parse", "--target", target])
    if not result.success or result.result is None:
        raise WarehouseError(
            f"The dbt project in {PROJECT_DIR} cannot be parsed: {result.exception}\n"
            "Nothing was run; the last publication stands. Correct the file that dbt names and run again."
        )
    return result.result


def manifest_dict(settings: Settings) -> dict[str, Any]:
    """The parsed project as the plain dictionary that manifest.json holds; parsed again only when a file has changed.

    Raises WarehouseError when the project cannot be parsed.
    """
    return _manifest_dict(parse_dir(settings))


@cache
def _manifest_dict(target_dir: Path) -> dict[str, Any]:
    kept = _kept_manifest(target_dir)
    if kept is not None:
        return kept
    kept_path = target_dir / _KEPT
    fingerprint = project_fingerprint()
    parsed: dict[str, Any] = _parse(target_dir).writable_manifest().to_dict(omit_none=False)
    target_dir.mkdir(parents=True, exist_ok=True)
    aside = kept_path.with_name(f"{kept_path.name}.{os.getpid()}")
    aside.write_text(
        json.dumps({"fingerprint": fingerprint, "manifest": parsed}, default=str), encoding="utf-8"
    )
    os.replace(aside, kept_path)
    return parsed


@cache
def _kept_manifest(target_dir: Path) -> dict[str, Any] | None:
    """What an earlier process kept of the project as it is now; None where a file has changed since."""
    try:
        kept = json.loads((target_dir / _KEPT).read_text(encoding="utf-8"))
        return dict(kept["manifest"]) if kept["fingerprint"] == project_fingerprint() else None
    except (OSError, ValueError, KeyError):
        # Missing or unreadable: made again.
        return None


def project_fingerprint() -> str:
    """A hash of everything the manifest is made from."""
    digest = hashlib.sha256(version("dbt-core").encode())
    for pattern in _PROJECT_FILES:
        for path in sorted(PROJECT_DIR.glob(pattern)):
            if path.is_file():
                digest.update(f"\0{path.relative_to(PROJECT_DIR)}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def forget_manifest() -> None:
    """Parse again at the next use: the project's files have changed under a running process."""
    for known in (_parse, _manifest_dict, _kept_manifest):
        known.cache_clear()


def definition_hashes(manifest: dict[str, Any]) -> dict[str, str]:
    """For each model, a hash of its code and of everything it is built from (models, macros, seeds)."""
    macros = hashlib.sha256(
        "".join(
            macro["macro_sql"]
            for name, macro in sorted(manifest["macros"].items())
            if macro["package_name"] == manifest["metadata"]["project_name"]
        ).encode()
    ).hexdigest()
    nodes = manifest["nodes"]
    known: dict[str, str] = {}

    def of(unique_id: str) -> str:
        if unique_id not in known:
            node = nodes.get(unique_id)
            if node is None:
                known[unique_id] = unique_id
            else:
                own = [node["checksum"]["checksum"], *(node["config"].get(key) for key in _DEFINING_CONFIG)]
                parents = [of(parent) for parent in sorted(node["depends_on"].get("nodes", []))]
                text = json.dumps([own, macros, parents], sort_keys=True, default=str)
                known[unique_id] = hashlib.sha256(text.encode()).hexdigest()
        return known[unique_id]

    return {node["name"]: of(unique_id) for unique_id, node in nodes.items() if _is_model(node)}


# What of a model's configuration its rows depend on.
_DEFINING_CONFIG = ("materialized", "incremental_strategy", "scope_key", "affected_by")


def model_columns(manifest: dict[str, Any]) -> dict[tuple[str, str], list[str] | None]:
    """(schema, name) of every table that dbt builds, with the columns its YAML states (None for seeds)."""
    return {
        (node["schema"], node["name"]): list(node["columns"]) if _is_model(node) else None
        for node in manifest["nodes"].values()
        if node["resource_type"] in ("model", "seed") and node["schema"] != "changes"
    }


def table_keys(manifest: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """Key columns by unique id of the node, as the test `key_is_unique` holds them."""
    return {
        node["attached_node"]: tuple(node["test_metadata"]["kwargs"]["columns"])
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test"
        and (node.get("test_metadata") or {}).get("name") == "key_is_unique"
    }


def model_keys(manifest: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """Key columns of every model by its name."""
    nodes = manifest["nodes"]
    return {nodes[unique_id]["name"]: key for unique_id, key in table_keys(manifest).items()}


def changes_columns(manifest: dict[str, Any]) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """Every incremental model, with the columns that schema changes keeps of it: macro `compared_columns`."""
    for node in manifest["nodes"].values():
        if _is_model(node) and node["config"]["materialized"] == "incremental":
            derived = node["config"].get("derived_columns") or []
            yield node, [name for name in node["columns"] if not name.startswith("_") and name not in derived]


def _is_model(node: dict[str, Any]) -> bool:
    return bool(node["resource_type"] == "model")
