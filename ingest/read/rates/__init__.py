"""Official rate sources: publishers' own layouts as rows of the `fx_rates` feed."""

from ingest.read.rates.central_parity import convert_central_parity
from ingest.read.rates.ecb import convert_ecb, embedded_ecb_rows
from ingest.read.rates.rows import CENTRAL_PARITY, ECB, RateRow

__all__ = ["CENTRAL_PARITY", "ECB", "RateRow", "convert_if_known", "embedded_ecb_rows"]


def convert_if_known(content: bytes, name: str) -> list[RateRow] | None:
    """Rows of the fx_rates feed if `content` has the layout of an official publisher of rates, else None.

    Known: ECB's `eurofxref-hist` and `eurofxref` (CSV, also zipped) and SAFE's central parity table (CSV,
    HTML, .xlsx). `name` is the file's name, for messages. Raises RejectedFile naming file and line when the
    layout is recognised but cut off or changed; one unreadable value is passed on as it is, for quarantine.
    """
    rows = convert_ecb(content, name)
    return convert_central_parity(content, name) if rows is None else rows
