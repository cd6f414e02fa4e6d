"""Taking a private, decompressed, decoded copy of one landing file, so that what is hashed is what is
read."""

import codecs
import contextlib
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

from ingest.foundation.errors import RejectedFile, UnfinishedFile

CHUNK_BYTES = 4 * 1024 * 1024

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


@dataclass(frozen=True)
class StagedFile:
    """A private copy. For text: UTF-8 (with or without BOM) with the byte counts that tell how it may be
    read.

    `has_undecodable_lines`: some lines hold bytes that are no text; read with errors='surrogateescape'.
    """

    path: Path
    kind: str
    content_hash: str
    byte_count: int
    has_undecodable_lines: bool = False
    lf_count: int = 0
    cr_count: int = 0
    crlf_count: int = 0
    quote_count: int = 0
    nul_count: int = 0
    ends_with_newline: bool = True


def is_temporary_name(name: str) -> bool:
    """Whether a name says the file is not (yet) data: hidden, or an ending of unfinished downloads."""
    return name.startswith(".") or name.lower().endswith(_TEMPORARY_ENDINGS)


def printable(name: str) -> str:
    """A file name on one line, safe in a terminal and storable: everything unprintable is escaped."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "backslashreplace").decode("ascii")
        for char in name.encode("utf-8", "backslashreplace").decode("utf-8")
    )


def split_name(name: str) -> tuple[str | None, str | None]:
    """(kind, compression) by a file name's endings; kind None if it is not one that can be landed."""
    stem, ending = os.path.splitext(name.lower())
    compression = _COMPRESSIONS.get(ending)
    if compression:
        ending = os.path.splitext(stem)[1]
    kind = _KINDS.get(ending)
    return (None if kind == "parquet" and compression else kind), compression


def copy_content(source: Path, target: Path) -> tuple[str, int]:
    """Copies the decompressed bytes of `source` to `target`; returns (sha-256 of them, how many).

    Raises UnfinishedFile if something is writing to the file, RejectedFile if it cannot be read to its end.
    """
    compression = split_name(source.name)[1]
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
            raise RejectedFile("unreadable_file", f"cannot be read: {error.strerror}") from None
        _refuse_if_changed(source, file, before)
    return digest.hexdigest(), count


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


def unknown_format() -> RejectedFile:
    return RejectedFile(
        "unknown_format",
        "the name must end in .csv, .tsv, .txt, .jsonl, .ndjson, .json (each also with .gz or .zst) or "
        ".parquet",
    )


def stage(source: Path, folder: Path) -> StagedFile:
    """A private copy of `source` in `folder` (which is emptied of earlier ones by the caller), decoded to
    UTF-8.

    Raises RejectedFile (unknown_format, empty_file, damaged_file, unreadable_file, unknown_encoding) or
    UnfinishedFile.
    """
    kind, _ = split_name(source.name)
    if kind is None:
        raise unknown_format()
    content = folder / f"content.{kind}"
    content.unlink(missing_ok=True)
    content_hash, byte_count = copy_content(source, content)
    if byte_count == 0:
        raise RejectedFile("empty_file", "the file is empty; deliver it again or remove it")
    if kind == "parquet":
        return StagedFile(content, kind, content_hash, byte_count)
    return _decoded(content, kind, content_hash, byte_count, folder)


def _decoded(content: Path, kind: str, content_hash: str, byte_count: int, folder: Path) -> StagedFile:
    with content.open("rb") as file:
        head = file.read(4)
    utf16 = None
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        utf16 = "utf-16"
    elif len(head) == 4 and head[1] == head[3] == 0 and head[0] and head[2]:
        utf16 = "utf-16-le"
    elif len(head) == 4 and head[0] == head[2] == 0 and head[1] and head[3]:
        utf16 = "utf-16-be"
    if utf16:
        content = _transcoded(content, utf16, folder / f"transcoded.{kind}")
    staged = _scanned(content, kind, content_hash, byte_count)
    if not staged.has_undecodable_lines:
        return staged
    if _is_mostly_gb18030(content):
        return _scanned(
            _transcoded_by_line(content, folder / f"transcoded.{kind}"), kind, content_hash, byte_count
        )
    return staged


def _scanned(content: Path, kind: str, content_hash: str, byte_count: int) -> StagedFile:
    """Counts the bytes that decide how the text may be read, and checks that it is UTF-8."""
    lf = cr = crlf = quotes = nuls = 0
    last = b""
    decoder: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()
    with content.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            lf += chunk.count(b"\n")
            quotes += chunk.count(b'"')
            nuls += chunk.count(b"\0")
            if b"\r" in chunk or last == b"\r":
                cr += chunk.count(b"\r")
                crlf += chunk.count(b"\r\n") + (last == b"\r" and chunk.startswith(b"\n"))
            last = chunk[-1:]
            decoder = _decodes(decoder, chunk, final=False)
    decoder = _decodes(decoder, b"", final=True)
    return StagedFile(
        path=content,
        kind=kind,
        content_hash=content_hash,
        byte_count=byte_count,
        has_undecodable_lines=decoder is None,
        lf_count=lf,
        cr_count=cr,
        crlf_count=crlf,
        quote_count=quotes,
        nul_count=nuls,
        ends_with_newline=last == b"\n",
    )


def _decodes(
    decoder: codecs.IncrementalDecoder | None, chunk: bytes, final: bool
) -> codecs.IncrementalDecoder | None:
    if decoder is not None:
        try:
            decoder.decode(chunk, final)
        except UnicodeDecodeError:
            return None
    return decoder


def _transcoded(content: Path, encoding: str, target: Path) -> Path:
    decoder = codecs.getincrementaldecoder(encoding)()
    target.unlink(missing_ok=True)
    with content.open("rb") as file, target.open("xb") as output:
        try:
            while chunk := file.read(CHUNK_BYTES):
                output.write(decoder.decode(chunk).encode("utf-8"))
            output.write(decoder.decode(b"", True).encode("utf-8"))
        except UnicodeError as error:
            raise RejectedFile(
                "unknown_encoding",
                f"it begins like {encoding.upper()} but is not: {error}; export it as UTF-8",
            ) from None
    return target


def _is_mostly_gb18030(content: Path) -> bool:
    """Whether the lines that are not plain ASCII are rather GB18030 than UTF-8 with some broken lines.

    GB18030 text is almost never valid UTF-8, so counting lines tells them apart.
    """
    utf8 = gb18030 = neither = ascii_only = 0
    with content.open("rb") as file:
        for line in file:
            if line.isascii():
                ascii_only += 1
            elif _is_valid(line, "utf-8"):
                utf8 += 1
            elif _is_valid(line, "gb18030"):
                gb18030 += 1
            else:
                neither += 1
    if neither > ascii_only + utf8 + gb18030:
        raise RejectedFile(
            "unknown_encoding",
            "most lines are neither UTF-8 nor GB18030 text (UTF-16 needs its byte order mark); export it "
            "as UTF-8",
        )
    return gb18030 > utf8


def _is_valid(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _transcoded_by_line(content: Path, target: Path) -> Path:
    """GB18030 to UTF-8; a line that is not GB18030 keeps its bytes, for the reader to reject.

    No byte of a GB18030 character is a line feed, so lines can be split before decoding.
    """
    target.unlink(missing_ok=True)
    with content.open("rb") as file, target.open("xb") as output:
        for line in file:
            try:
                output.write(line.decode("gb18030").encode("utf-8"))
            except UnicodeError:
                output.write(line)
    return target
