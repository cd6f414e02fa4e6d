"""The physical lines of a text file, and text that holds bytes which are none."""

from collections.abc import Iterator, Mapping

from ingest.read.encoding import TextFile


def physical_lines(text: TextFile) -> Iterator[str]:
    """Physical lines with their ends; undecodable bytes are lone surrogates."""
    with open(text.path, encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        yield from file


def is_text(line: str) -> bool:
    if line.isascii():
        return True
    try:
        line.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def storable(text: str) -> str:
    """Text with undecodable bytes spelt out as \\xNN (they are lone surrogates here)."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raw = text.encode("utf-8", "surrogatepass" if _has_real_surrogates(text) else "surrogateescape")
        return raw.decode("utf-8", "backslashreplace")
    return text


def _has_real_surrogates(text: str) -> bool:
    return any("\ud800" <= char <= "\udfff" and not "\udc80" <= char <= "\udcff" for char in text)


def text_of_lines(text: TextFile, lines: list[int], spans: Mapping[int, int]) -> dict[int, str]:
    """What stands on the given lines; a record that begins on one may end on a later one (`spans`)."""
    wanted = set(lines)
    texts: dict[int, str] = {}
    numbered = enumerate(physical_lines(text), start=1)
    for number, line in numbered:
        if number in wanted:
            parts = [line]
            for _ in range(number, spans.get(number, number)):
                parts.append(next(numbered)[1])
            texts[number] = storable("".join(parts).rstrip("\r\n"))
    return texts
