"""Publishers whose own layouts are read as rows of a feed that names them (`Feed.publishers`)."""

from collections.abc import Callable, Sequence

from ingest.read.rates.central_parity import convert_central_parity
from ingest.read.rates.ecb import convert_ecb
from ingest.read.rates.rows import CENTRAL_PARITY, ECB

Row = dict[str, str]

_CONVERTERS: dict[str, Callable[[bytes, str], list[Row] | None]] = {
    ECB: convert_ecb,
    CENTRAL_PARITY: convert_central_parity,
}


def convert_if_known(publishers: Sequence[str], content: bytes, name: str) -> list[Row] | None:
    """Rows of the feed if `content` has the layout of one of the publishers, else None.

    `name` is the file's name, for messages. Raises RejectedFile naming file and line when a layout is recognised
    but cut off or changed; one unreadable value is passed on as it is, for quarantine.
    """
    for publisher in publishers:
        rows = _CONVERTERS[publisher](content, name)
        if rows is not None:
            return rows
    return None
