"""Several histories lived by one warehouse, each with ids of its own: a dbt run costs seconds, whatever little it carries.

The histories share exchange rates, traffic and the as-ofs; everything else is told apart by a prefix.
"""

import csv
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from ingest.foundation.settings import Settings
from ingest.land.folders import land_path
from orchestration.runs.increment import increment
from tests.properties.histories import Feeds, History
from tests.properties.rows import COLUMNS

ID_COLUMNS = frozenset(
    [
        "user_id",
        "order_id",
        "payment_id",
        "refund_id",
        "settlement_id",
        "provider_txn_id",
        "line_code",
        "target_id",
    ]
)


def merged_landings(histories: Sequence[History]) -> list[tuple[Feeds, datetime]]:
    """The first landings of all histories as one, then the second ones, …; the as-of (naive UTC) is the first history's."""
    merged = []
    for number in range(max(len(history.landings) for history in histories)):
        feeds: Feeds = {}
        as_of = None
        for index, history in enumerate(histories):
            if number < len(history.landings):
                landing = history.landings[number]
                as_of = as_of or landing.as_of
                for feed, rows in landing.feeds.items():
                    feeds.setdefault(feed, []).extend(
                        {
                            column: f"h{index}-{value}" if column in ID_COLUMNS and value else value
                            for column, value in row.items()
                        }
                        for row in rows
                    )
        assert as_of is not None
        merged.append((feeds, as_of.astimezone(UTC).replace(tzinfo=None)))
    return merged


def live(settings: Settings, histories: Sequence[History], folder: Path) -> datetime:
    """Land and increment all landings; returns the last as-of."""
    as_of = datetime.min
    for number, (feeds, as_of) in enumerate(merged_landings(histories), start=1):
        directory = folder / str(number)
        for feed, rows in feeds.items():
            path = directory / feed / f"{number}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, COLUMNS[feed], lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
        if feeds:
            report = land_path(settings, directory)
            assert not report.rejected, report.lines()
        increment(settings, as_of, earlier_as_of="rewind")
    return as_of
