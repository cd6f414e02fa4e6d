"""Taking a private, decompressed copy of one landing file, so that what is hashed is what is read."""

import contextlib
import errno
import fcntl
import gzip
import hashlib
import os
import signal
import stat
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import zstandard

from ingest.foundation.errors import RejectedFile, UnfinishedFile, WarehouseError
from ingest.foundation.shown import shown_name
from ingest.read.names import compression_of, kind_of

CHUNK_BYTES = 4 * 1024 * 1024
_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True)
class Content:
    """A private copy of one delivered file, decompressed. `kind` is csv, jsonl, parquet, or None where the name tells none;
    the hash is SHA-256 of the content."""

    path: Path
    name: str
    kind: str | None
    content_hash: str
    byte_count: int


def stage(source: Path, folder: Path) -> Content:
    """Copies the decompressed bytes of `source` into `folder`.

    Raises UnfinishedFile if something is writing to the file, RejectedFile if it cannot be read to its end.
    """
    compression = compression_of(source.name)
    kind = kind_of(source.name)
    target = folder / f"content.{kind or 'unknown'}"
    target.unlink(missing_ok=True)
    digest = hashlib.sha256()
    count = 0
    with _opened(source) as file, target.open("xb") as output:
        before = os.fstat(file.fileno())
        try:
            for chunk in _decompressed(file, compression):
                digest.update(chunk)
                count += len(chunk)
                output.write(chunk)
        except (EOFError, zlib.error, gzip.BadGzipFile, zstandard.ZstdError) as error:
            _refuse_if_changed(source, file, before)
            raise RejectedFile(
                "damaged_file", f"the compressed data is cut off or corrupt ({error}); deliver it again"
            ) from None
        except OSError as error:
            if error.errno in _FULL:
                raise WarehouseError(
                    f"{folder.parent}: {error.strerror}. Nothing of {shown_name(source.name)} was landed. Make room and "
                    "land again."
                ) from None
            raise RejectedFile("unreadable_file", f"cannot be read: {error.strerror}") from None
        _refuse_if_changed(source, file, before)
    return Content(target, source.name, kind, digest.hexdigest(), count)


@contextlib.contextmanager
def _opened(source: Path) -> Iterator[BinaryIO]:
    try:
        # O_NONBLOCK: opening a named pipe must not wait for its other end.
        descriptor = os.open(source, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    except FileNotFoundError:
        raise UnfinishedFile("it vanished while the folder was read") from None
    except OSError as error:
        raise RejectedFile("unreadable_file", f"cannot be opened: {error.strerror}") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise RejectedFile("not_a_file", "is not a regular file; remove it from the landing folder")
    with os.fdopen(descriptor, "rb") as file:
        if _is_open_for_writing(descriptor):
            raise UnfinishedFile("another program has it open for writing")
        yield file


def is_unfinished(source: Path) -> bool:
    """Whether another program has the file open for writing, or it is gone."""
    try:
        with _opened(source):
            return False
    except UnfinishedFile:
        return True
    except RejectedFile:
        return False


def _is_open_for_writing(descriptor: int) -> bool:
    """Linux grants a read lease only on a file that nobody has open for writing."""
    try:
        # A lease broken in the instant it is held is announced by a signal; one that is ignored by default.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)  # type: ignore[attr-defined, unused-ignore]
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        return True
    except (OSError, AttributeError):
        return False  # not the owner, or a file system without leases: size and time must do
    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


def _refuse_if_changed(source: Path, file: BinaryIO, before: os.stat_result) -> None:
    after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise UnfinishedFile("its size or time changed while it was read")


def _decompressed(file: BinaryIO, compression: str | None) -> Iterator[bytes]:
    if compression == "gzip":
        with gzip.GzipFile(fileobj=file) as unzipped:
            while chunk := unzipped.read(CHUNK_BYTES):
                yield chunk
    elif compression == "zstd":
        yield from _zstd_frames(file)
    else:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _zstd_frames(file: BinaryIO) -> Iterator[bytes]:
    """One frame after another; the library's own stream reader does not notice a frame that is cut off."""
    frame = None
    pending = b""
    while pending or (pending := file.read(CHUNK_BYTES // 16)):
        if frame is None:
            frame = zstandard.ZstdDecompressor().decompressobj()
        yield frame.decompress(pending)
        pending = b""
        if frame.eof:
            pending = frame.unused_data
            frame = None
    if frame is not None:
        raise EOFError("the last frame does not end")
