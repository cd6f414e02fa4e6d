"""Which folders this warehouse was backed up to: `$WAREHOUSE_HOME/backups.json`, by folder when last."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from ingest.foundation.errors import WarehouseError
from ingest.foundation.settings import Settings
from orchestration.backup.files import write_aside
from orchestration.backup.manifest import read_manifest

NAME = "backups.json"


def record(settings: Settings, folder: Path, at: datetime) -> None:
    """Remember a backup that was completed."""
    known = {str(path): instant for path, instant in recorded(settings).items()}
    known[str(folder)] = at.isoformat(timespec="seconds")
    text = json.dumps(known, ensure_ascii=False, indent=1) + "\n"
    write_aside(settings.home / NAME, lambda aside: aside.write_text(text, encoding="utf-8"))


def recorded(settings: Settings) -> dict[Path, str]:
    """Folder and instant (UTC) of the last backup into each; none where the file is missing or no longer JSON."""
    try:
        said = json.loads((settings.home / NAME).read_text(encoding="utf-8"))
        return {Path(folder): str(instant) for folder, instant in said.items()}
    except (OSError, ValueError, AttributeError):
        return {}


def holding_earlier(settings: Settings, erasures: Mapping[str, int]) -> list[Path]:
    """Recorded folders whose backup has one of the batches as it was before; those that cannot be read count too.

    `erasures` are the batches with how often something in them was erased.
    """
    found = []
    for folder in recorded(settings):
        try:
            manifest = read_manifest(folder)
        except WarehouseError:
            found.append(folder)
            continue
        stored = {batch.batch_id: batch.erasure_count for batch in manifest.batches} if manifest else {}
        if any(stored.get(batch_id, count) < count for batch_id, count in erasures.items()):
            found.append(folder)
    return found
