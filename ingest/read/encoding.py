"""Text in the encodings that platforms deliver (UTF-8, UTF-16, GB18030) to UTF-8."""

import codecs
from dataclasses import dataclass
from pathlib import Path

from ingest.foundation.errors import RejectedFile

_CHUNK_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class TextFile:
    """UTF-8 text (with or without BOM), with the byte counts that tell how it may be read.

    `has_undecodable_lines`: some lines hold bytes that are no text; read with errors='surrogateescape'.
    """

    path: Path
    has_undecodable_lines: bool
    lf_count: int
    cr_count: int
    crlf_count: int
    nul_count: int
    ends_with_newline: bool

    @property
    def has_common_lines(self) -> bool:
        """Whether a physical line is the same to whoever reads the file: ends of one kind, no byte that is no text."""
        ends_alike = self.cr_count == self.crlf_count and self.crlf_count in (0, self.lf_count)
        return ends_alike and self.lf_count > 0 and not self.nul_count and not self.has_undecodable_lines

    @property
    def line_count(self) -> int:
        """Physical lines, if they are common ones."""
        return self.lf_count + (not self.ends_with_newline)


def decode(content: Path) -> TextFile:
    """The content as UTF-8, beside the original if it came in another encoding.

    Raises RejectedFile (unknown_encoding) if most of it is no text.
    """
    with content.open("rb") as file:
        head = file.read(4)
    target = content.with_name(f"{content.name}.utf8")
    utf16 = None
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        utf16 = "utf-16"
    elif len(head) == 4 and head[1] == head[3] == 0 and head[0] and head[2]:
        utf16 = "utf-16-le"
    elif len(head) == 4 and head[0] == head[2] == 0 and head[1] and head[3]:
        utf16 = "utf-16-be"
    if utf16:
        content = _transcoded(content, utf16, target)
    text = _scanned(content)
    if text.has_undecodable_lines and _is_mostly_gb18030(content):
        return _scanned(_transcoded_by_line(content, target))
    return text


def _scanned(content: Path) -> TextFile:
    """Counts the bytes that decide how the text may be read, and checks that it is UTF-8."""
    lf = cr = crlf = nuls = 0
    last = b""
    decoder: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()
    with content.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            lf += chunk.count(b"\n")
            nuls += chunk.count(b"\0")
            if b"\r" in chunk or last == b"\r":
                cr += chunk.count(b"\r")
                crlf += chunk.count(b"\r\n") + (last == b"\r" and chunk.startswith(b"\n"))
            last = chunk[-1:]
            decoder = _decodes(decoder, chunk, final=False)
    decoder = _decodes(decoder, b"", final=True)
    return TextFile(
        path=content,
        has_undecodable_lines=decoder is None,
        lf_count=lf,
        cr_count=cr,
        crlf_count=crlf,
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
            while chunk := file.read(_CHUNK_BYTES):
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
