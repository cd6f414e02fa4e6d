"""What the name of a delivered file says: its format, its compression, and whether it is complete yet."""

import os

from ingest.foundation.errors import RejectedFile

_KINDS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
}
_COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}
# What editors, browsers, rsync and operating systems leave behind or rename when it is complete.
_TEMPORARY_ENDINGS = (".tmp", ".part", ".partial", ".crdownload", ".swp", "~")


def is_temporary_name(name: str) -> bool:
    """Whether a name says the file is not (yet) data: hidden, or an ending of unfinished downloads."""
    return name.startswith(".") or name.lower().endswith(_TEMPORARY_ENDINGS)


def kind_of(name: str) -> str | None:
    """csv, jsonl or parquet by a file name's endings; None if it is none that can be landed."""
    stem, ending = os.path.splitext(name.lower())
    if ending not in _COMPRESSIONS:
        return _KINDS.get(ending)
    kind = _KINDS.get(os.path.splitext(stem)[1])
    return None if kind == "parquet" else kind


def compression_of(name: str) -> str | None:
    """gzip or zstd by a file name's last ending; None if it has neither."""
    return _COMPRESSIONS.get(os.path.splitext(name.lower())[1])


def unknown_format() -> RejectedFile:
    return RejectedFile(
        "unknown_format",
        "the name must end in .csv, .tsv, .txt, .jsonl, .ndjson, .json (each also with .gz or .zst) or "
        ".parquet",
    )
