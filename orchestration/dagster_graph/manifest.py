"""The dbt project as Dagster reads it: parsed again only when the project's files have changed."""

import hashlib
import json
import os
from importlib.metadata import version
from typing import Any

from ingest.foundation.settings import Settings
from orchestration.runs import dbt

_PROJECT_FILES = ("dbt_project.yml", "models/**/*", "macros/**/*", "seeds/**/*", "tests/**/*")


def load_manifest(settings: Settings) -> dict[str, Any]:
    """The parsed project as the dictionary of manifest.json.

    Starting dbt to parse costs seconds; reading a manifest that is still true costs milliseconds.
    Raises WarehouseError when the project cannot be parsed.
    """
    path = settings.dbt_target_dir.parent / "manifest.json"
    fingerprint = project_fingerprint()
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["fingerprint"] == fingerprint:
            return kept["manifest"]
    except (OSError, ValueError, KeyError):
        # Missing or unreadable: made again.
        pass
    manifest = dbt.manifest_dict(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    aside.write_text(
        json.dumps({"fingerprint": fingerprint, "manifest": manifest}, default=str), encoding="utf-8"
    )
    os.replace(aside, path)
    return manifest


def project_fingerprint() -> str:
    """A hash of everything the manifest is made from."""
    digest = hashlib.sha256(version("dbt-core").encode())
    for pattern in _PROJECT_FILES:
        for path in sorted(dbt.PROJECT_DIR.glob(pattern)):
            if path.is_file():
                digest.update(f"\0{path.relative_to(dbt.PROJECT_DIR)}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()
