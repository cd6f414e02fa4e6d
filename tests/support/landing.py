"""Writing landing files by hand and looking at what became of them."""

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ingest.foundation.settings import Settings
from ingest.raw.raw_file import open_raw
from orchestration.runs.build_file import open_build

PAYMENT = {
    "payment_id": "P1",
    "user_id": "U1",
    "order_type": "purchase",
    "order_id": "O1",
    "purpose": "order",
    "method": "card",
    "initiated_at": "2026-03-01T08:00:00+08:00",
    "succeeded_at": "2026-03-01T08:01:00+08:00",
    "status": "succeeded",
    "currency_code": "USD",
    "amount": "10.10",
    "amount_cny": "72.30",
    "updated_at": "2026-03-01T08:01:00+08:00",
}
USER = {
    "user_id": "U1",
    "registered_at": "2026-03-01T08:00:00+08:00",
    "updated_at": "2026-03-01T08:00:00+08:00",
}


def payment(number: int, **values: str) -> dict[str, str]:
    return {**PAYMENT, "payment_id": f"P{number}", "order_id": f"O{number}", **values}


def csv_text(rows: Iterable[Mapping[str, str]], delimiter: str = ",", line_end: str = "\n") -> str:
    rows = list(rows)
    output = io.StringIO()
    writer = csv.DictWriter(output, list(rows[0]), delimiter=delimiter, lineterminator=line_end)
    writer.writeheader()
    writer.writerows(rows)
    return output.getvalue()


def deliver(folder: Path, name: str, content: str | bytes) -> Path:
    """Writes `<feed>/<file>` below a landing folder."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def query(settings: Settings, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    connection = open_build(settings) if settings.build_path.exists() else open_raw(settings)
    try:
        return connection.execute(sql, list(parameters)).fetchall()
    finally:
        connection.close()


def quarantined(settings: Settings) -> list[tuple[Any, ...]]:
    """(feed, line, reason) of everything in quarantine."""
    return query(settings, "select feed, line, reason from raw.quarantine order by batch_id, line")
