"""`manifest.json`, which makes a folder a backup: every file with its size and checksum.

It is written last and replaced whole, so a backup that is killed half way leaves the earlier one.
"""

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ingest.foundation.errors import WarehouseError
from orchestration.backup.files import checksum, write_aside

FORMAT_VERSION = 1
NAME = "manifest.json"
# The folders beside it. A name in the manifest leads into one of them and nowhere else.
BATCHES, STATE, PUBLICATION = "batches", "state", "publication"
# What people write in a home beside the settings.
HOME_FILES = ("aliases.toml", "mapping.toml")

_FileName = Annotated[str, Field(pattern=rf"^({BATCHES}|{STATE}|{PUBLICATION})(/[A-Za-z0-9_-]+)+\.[a-z]+$")]


class StoredFile(BaseModel):
    """One file of a backup; `file` is its path below the backup's folder."""

    model_config = ConfigDict(frozen=True)

    file: _FileName
    sha256: str
    byte_count: int


class StoredTable(StoredFile):
    """A table that every backup holds whole."""

    schema_name: str
    table_name: str
    row_count: int


class StoredBatch(StoredFile):
    """The raw rows of one batch. With its feed, content and instant a batch id names one landing of one warehouse."""

    batch_id: str
    feed: str
    content_hash: str | None
    landed_at: datetime
    row_count: int
    # How often personal data was erased from it.
    erasure_count: int = 0


class StoredPublication(StoredFile):
    """The published file as readers had it."""

    run_id: str
    as_of_at: datetime


class Manifest(BaseModel):
    """All of a backup. Instants are naive UTC."""

    model_config = ConfigDict(frozen=True)

    format_version: int
    program_version: str
    backed_up_at: datetime
    settings_fingerprint: str
    settings: StoredFile | None
    # Other files of the home that people write: aliases, mappings. Earlier backups have none.
    home_files: tuple[StoredFile, ...] = ()
    publication: StoredPublication | None
    tables: tuple[StoredTable, ...]
    batches: tuple[StoredBatch, ...]

    @property
    def files(self) -> tuple[StoredFile, ...]:
        optional = (file for file in (self.settings, self.publication) if file is not None)
        return (*self.batches, *self.tables, *self.home_files, *optional)


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of the backup in `folder`, None where there is none.

    Raises WarehouseError when it is damaged or of a newer format.
    """
    path = folder / NAME
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        if said["format_version"] > FORMAT_VERSION:
            raise WarehouseError(
                f"{path} has format {said['format_version']}, written by version {said['program_version']}; this program "
                f"reads formats up to {FORMAT_VERSION}. Nothing was changed. Install that version or a later one."
            )
        if said.pop("manifest_sha256") != _own_checksum(said):
            raise ValueError("its content does not have its checksum")
        return Manifest.model_validate(said)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise WarehouseError(
            f"{path} could not be read: {error.strerror}. Nothing was changed. Make it readable and run the command again."
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        reason = "it is no manifest" if isinstance(error, ValidationError | KeyError) else str(error)
        raise WarehouseError(
            f"{path} is damaged: {reason}. Nothing was changed. Bring the file back from another copy of this backup, or "
            "use another backup's folder."
        ) from None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Put the manifest in place, whole; everything it names is on the disk before."""
    said = manifest.model_dump(mode="json")
    said["manifest_sha256"] = _own_checksum(said)
    text = json.dumps(said, ensure_ascii=False, indent=1) + "\n"
    write_aside(folder / NAME, lambda aside: aside.write_text(text, encoding="utf-8"))


def require_whole(folder: Path, manifest: Manifest) -> None:
    """Raises WarehouseError that names the first file that is missing or is not what was backed up."""
    for stored in manifest.files:
        path = folder / stored.file
        try:
            fault = (
                "" if checksum(path) == stored.sha256 else "is damaged: its checksum is not the manifest's"
            )
        except FileNotFoundError:
            fault = "is missing"
        except OSError as error:
            fault = f"could not be read: {error.strerror}"
        if fault:
            raise WarehouseError(
                f"{path} {fault}. Nothing was restored; the home is as it was. Bring the file back from another copy of "
                "this backup, or restore from another backup's folder."
            )


def is_whole(folder: Path, stored: StoredFile) -> bool:
    """Whether the file is in its place and what was written."""
    path = folder / stored.file
    try:
        return path.stat().st_size == stored.byte_count and checksum(path) == stored.sha256
    except OSError:
        return False


def _own_checksum(said: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
