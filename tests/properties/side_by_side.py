"""Several histories lived by one warehouse, each with ids of its own: a dbt run costs seconds, whatever little it carries.

The histories share exchange rates, traffic, the as-ofs and what is withdrawn; everything else is told apart by a prefix.
"""

import csv
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from ingest.foundation.settings import Settings
from ingest.land.folders import land_path
from ingest.land.revoke import revoke
from ingest.raw.batches import LANDED
from orchestration.runs.increment import increment
from tests.properties.histories import Feeds, History, Landing, content_key
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


def merged_landings(histories: Sequence[History]) -> list[Landing]:
    """The first landings of all histories as one, then the second ones, …; the as-of (naive UTC) and what is withdrawn are
    those of the first history that goes on so long."""
    merged: list[Landing] = []
    for number in range(max(len(history.landings) for history in histories)):
        feeds: Feeds = {}
        leading = None
        for index, history in enumerate(histories):
            if number < len(history.landings):
                landing = history.landings[number]
                leading = leading or landing
                for feed, rows in landing.feeds.items():
                    feeds.setdefault(feed, []).extend(
                        {
                            column: f"h{index}-{value}" if column in ID_COLUMNS and value else value
                            for column, value in row.items()
                        }
                        for row in rows
                    )
        assert leading is not None
        merged.append(Landing(feeds, leading.as_of.astimezone(UTC).replace(tzinfo=None), leading.turned))
    return merged


def live(
    settings: Settings,
    histories: Sequence[History],
    folder: Path,
    *,
    before_increment: Callable[[datetime], None] = lambda as_of: None,
) -> datetime:
    """Land, withdraw and increment all landings; returns the last as-of. `before_increment` is told each as-of."""
    return _live(settings, histories, folder, is_built_once=False, before_increment=before_increment)


def land_all(settings: Settings, histories: Sequence[History], folder: Path) -> datetime:
    """Land and withdraw as `live` does, and build every table once, after the last; returns the last as-of."""
    return _live(settings, histories, folder, is_built_once=True)


def _live(
    settings: Settings,
    histories: Sequence[History],
    folder: Path,
    *,
    is_built_once: bool,
    before_increment: Callable[[datetime], None] = lambda as_of: None,
) -> datetime:
    landings = merged_landings(histories)
    batch_of: dict[tuple, str] = {}
    revoked: set[str] = set()
    for number, landing in enumerate(landings, start=1):
        directory = folder / str(number)
        for feed, rows in landing.feeds.items():
            path = directory / feed / f"{number}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, COLUMNS[feed], lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
        if landing.feeds:
            report = land_path(settings, directory)
            assert not report.rejected, report.lines()
            for batch in report.batches:
                if batch.status == LANDED and batch.batch_id:
                    batch_of[content_key(batch.feed, landing.feeds[batch.feed])] = batch.batch_id
        for landed, feed in landing.turned:
            batch_id = batch_of[content_key(feed, landings[landed - 1].feeds[feed])]
            revoke(settings, batch_id, is_undo=batch_id in revoked)
            revoked ^= {batch_id}
        if not is_built_once or number == len(landings):
            before_increment(landing.as_of)
            increment(settings, landing.as_of, earlier_as_of="rewind")
    return landings[-1].as_of
