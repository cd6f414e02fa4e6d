"""Random histories of a platform: what its sources deliver, landing by landing, each with an as-of.

`history_strategy()` is for Hypothesis and shrinks to a few readable rows; `random_history(seed)` is fast and
larger. Both cover what moves figures that were already booked: updates that move a payment's day, order, user
or money, versions that arrive out of order, deletes and revivals, orders and users that arrive after their
payments, late and corrected rates, changed shipping lines and users, refunds months later, settlements in
parts, files landed twice, and landings withdrawn and brought back.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.vendor.pretty import RepresentationPrinter

from tests.properties.chooser import Chooser, HypothesisChooser, SeededChooser
from tests.properties.life import AS_OF_DATES, FEEDS_BY_WEIGHT, GROUPS, KEY_GROUPS, Ids, make_ids, moment
from tests.properties.rows import COLUMNS, RawRow, make_row

Feeds = dict[str, list[RawRow]]


@dataclass
class Landing:
    """What arrives together: rows by feed, one file a feed, and the as-of of the increment that follows.

    `turned` names files, by number of the landing (from 1) and feed, that are withdrawn after it, or brought back if they
    are withdrawn.
    """

    feeds: Feeds
    as_of: datetime
    turned: tuple[tuple[int, str], ...] = ()


@dataclass
class Batch:
    """One file that landed, and whether it counts."""

    feed: str
    rows: list[RawRow]
    is_revoked: bool = False


@dataclass
class History:
    """Landings in order."""

    landings: list[Landing]

    def _repr_pretty_(self, printer: RepresentationPrinter, cycle: bool) -> None:
        """How Hypothesis shows a failing history."""
        printer.text(f"\n{self.describe()}\n")

    def raw(self, landing_count: int | None = None) -> Feeds:
        """The rows that count by feed in landing order after so many landings.

        A file landed again adds nothing, unless it was withdrawn: then it is another batch.
        """
        batches: list[Batch] = []
        of_content: dict[tuple, Batch] = {}
        for landing in self.landings[:landing_count]:
            for feed, delivered in landing.feeds.items():
                known = of_content.get(content_key(feed, delivered))
                if known is None or known.is_revoked:
                    batches.append(Batch(feed, delivered))
                    of_content[content_key(feed, delivered)] = batches[-1]
            for number, feed in landing.turned:
                batch = of_content[content_key(feed, self.landings[number - 1].feeds[feed])]
                batch.is_revoked = not batch.is_revoked
        rows: Feeds = {}
        for batch in batches:
            if not batch.is_revoked:
                rows.setdefault(batch.feed, []).extend(batch.rows)
        return rows

    def describe(self) -> str:
        """Each row on a line: what a first version says, and what a later one says otherwise."""
        lines: list[str] = []
        latest: dict[tuple, RawRow] = {}
        for number, landing in enumerate(self.landings, start=1):
            lines.append(f"landing {number}")
            for feed, rows in landing.feeds.items():
                for row in rows:
                    key = row_key(feed, row)
                    before = latest.get((feed, *key), {})
                    said = ", ".join(
                        f"{column}={value or 'empty'}"
                        for column, value in row.items()
                        if column not in _KEY_COLUMNS[feed]
                        and (before.get(column) != value or column == "updated_at")
                    )
                    lines.append(f"  {feed} {' '.join(key)}: {said or 'the same again'}")
                    latest[feed, *key] = row
            lines += [f"  withdraw or restore {feed} of landing {turned}" for turned, feed in landing.turned]
            lines.append(f"  increment as of {landing.as_of.isoformat(sep=' ')}")
        return "\n".join(lines)

    def write(self, landing: Landing, directory: Path) -> list[Path]:
        """Writes a landing of this history as CSV: `<directory>/<feed>/<number of the landing>.csv`."""
        number = next(n for n, one in enumerate(self.landings, start=1) if one is landing)
        paths = []
        for feed, rows in landing.feeds.items():
            path = directory / feed / f"{number}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, COLUMNS[feed], lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
            paths.append(path)
        return paths


def content_key(feed: str, rows: Sequence[RawRow]) -> tuple:
    """What makes two files of a feed the same."""
    return (feed, tuple(tuple(row.items()) for row in rows))


def row_key(feed: str, row: RawRow) -> tuple[str, ...]:
    """The key of a row, in the order of its columns."""
    return tuple(row[column] or "" for column in _KEY_COLUMNS[feed])


_KEY_COLUMNS: Mapping[str, tuple[str, ...]] = {
    feed: tuple(said(SeededChooser(0), make_ids(1))) for feed, said in KEY_GROUPS.items()
}

# The first update; each row after it is an hour later, unless it is an old version that arrives late.
_FIRST_UPDATE = datetime(2026, 1, 5, 8, 0, 0)


@dataclass
class _World:
    """What has been delivered so far, while a history is being made."""

    choose: Chooser
    ids: Ids
    row_count: int = 0
    latest: dict[tuple, RawRow] = field(default_factory=dict)

    def deliver(self, choose: Chooser) -> tuple[str, RawRow]:
        """A new row of any feed: a first version, or another one of a key that exists."""
        feed = choose.pick(FEEDS_BY_WEIGHT)
        key_values = KEY_GROUPS[feed](choose, self.ids)
        return feed, self._version(choose, feed, key_values)

    def _version(self, choose: Chooser, feed: str, key_values: Mapping[str, str | None]) -> RawRow:
        place = (feed, *key_values.values())
        before = self.latest.get(place)
        groups = GROUPS[feed]
        row = dict(before) if before else make_row(feed, **key_values)
        said = choose.many(lambda one: one.pick(groups), 1, 2) if before else groups
        self.row_count += 1
        if "is_deleted" in row:
            is_deleted = choose.pick((False,) * (5 if before else 15) + (True,))
            row["is_deleted"] = "true" if is_deleted else None
            said = () if is_deleted and before else said
        for group in said:
            row |= group(choose, self.ids)
        if "updated_at" in row:
            row["updated_at"] = self._updated_at(choose, feed, before)
        self.latest[place] = row
        return row

    def _updated_at(self, choose: Chooser, feed: str, before: RawRow | None) -> str | None:
        if feed == "fx_rates" and choose.pick((False, False, False, True)):
            return None
        # What a user is said to be counts at the moments of orders and payments: so it changes among them. And a
        # feed that spoke last at any of them may be silent or not by the end of a row.
        anywhere = ("moment",) * (6 if feed == "users" else 1)
        order = choose.pick(("newer",) * 6 + ("older", "equal") + anywhere)
        if order == "moment":
            return moment(choose).replace(tzinfo=None).isoformat(sep=" ")
        known = before["updated_at"] if before else None
        if known is None or order == "newer":
            return (_FIRST_UPDATE + timedelta(hours=self.row_count)).isoformat(sep=" ")
        age = timedelta(minutes=30) if order == "older" else timedelta(0)
        return (datetime.fromisoformat(known) - age).isoformat(sep=" ")

    def found(self, choose: Chooser) -> list[tuple[str, RawRow]]:
        """Most of a coherent start: users, paid orders of each type, a refund, a settlement, a rate."""
        founded = []
        for feed, key_values, said in _FOUNDATION:
            row = choose.maybe(partial(self._founding_row, feed, key_values, said))
            if row is not None:
                founded.append((feed, row))
        return founded

    def _founding_row(self, feed: str, key_values: RawRow, said: RawRow, choose: Chooser) -> RawRow:
        row = self._version(choose, feed, key_values)
        row |= said | ({"is_deleted": None} if "is_deleted" in row else {})
        return row


_FOUNDING_PAYMENT: RawRow = {"user_id": "u1", "purpose": "order", "is_test": None}

_FOUNDATION: tuple[tuple[str, RawRow, RawRow], ...] = (
    ("users", {"user_id": "u1"}, {"is_test": None}),
    ("users", {"user_id": "u2"}, {"is_test": None}),
    (
        "fx_rates",
        {"rate_source": "central_parity", "rate_date": "2026-01-05", "currency_code": "USD"},
        {"quote_value": "7.1", "quote_unit": None, "quote_direction": None, "published_at": None},
    ),
    ("purchase_orders", {"order_id": "p1"}, {"user_id": "u1"}),
    ("forwarding_orders", {"order_id": "f1"}, {"user_id": "u1"}),
    ("forwarding_boxes", {"order_id": "f1", "box_no": "1"}, {}),
    ("shipping_lines", {"line_code": "L1", "valid_from": "2025-12-01"}, {}),
    ("service_orders", {"order_id": "s1"}, {"user_id": "u2"}),
    ("payments", {"payment_id": "y1"}, _FOUNDING_PAYMENT | {"order_type": "purchase", "order_id": "p1"}),
    ("payments", {"payment_id": "y2"}, _FOUNDING_PAYMENT | {"order_type": "forwarding", "order_id": "f1"}),
    ("payments", {"payment_id": "y3"}, _FOUNDING_PAYMENT | {"order_type": "forwarding", "order_id": "f1"}),
    ("payments", {"payment_id": "y4"}, _FOUNDING_PAYMENT | {"order_type": "service", "order_id": "s1"}),
    ("refunds", {"refund_id": "r1"}, {"payment_id": "y1"}),
    ("settlements", {"settlement_id": "t1"}, {"provider_txn_id": "n1", "type": "charge"}),
)


@dataclass(frozen=True)
class _Size:
    orders_per_type: int
    landings: tuple[int, int]
    rows_per_landing: tuple[int, int]


_SMALL = _Size(orders_per_type=2, landings=(1, 4), rows_per_landing=(0, 10))
_LARGE = _Size(orders_per_type=4, landings=(3, 8), rows_per_landing=(4, 40))


def _make_history(choose: Chooser, size: _Size) -> History:
    world = _World(choose, make_ids(size.orders_per_type))
    landings: list[Landing] = []

    def land(choose: Chooser) -> None:
        rows = [] if landings else world.found(choose)
        rows += choose.many(world.deliver, *size.rows_per_landing)
        feeds: Feeds = {}
        for feed, row in rows:
            feeds.setdefault(feed, []).append(row)
        is_repeating = choose.pick((False,) * 7 + (True,))
        if landings and is_repeating:
            # The same files once more.
            for feed, again in choose.pick(landings).feeds.items():
                feeds.setdefault(feed, again)
        as_of = _next_as_of(choose, landings)
        landings.append(Landing(feeds, as_of))
        files = [(number, feed) for number, landing in enumerate(landings, start=1) for feed in landing.feeds]
        if files and choose.pick((False, True)):
            landings[-1].turned = tuple(choose.many(lambda one: one.pick(files), 1, 3))

    choose.many(land, *size.landings)
    return History(landings)


def _next_as_of(choose: Chooser, landings: Sequence[Landing]) -> datetime:
    """Mostly forward, sometimes the same again, rarely back."""
    at = moment(choose, AS_OF_DATES)
    if not landings:
        return at
    before = landings[-1].as_of
    if choose.pick((True,) * 9 + (False,)):
        return max(before, at)
    return at


@st.composite
def _histories(draw: st.DrawFn) -> History:
    return _make_history(HypothesisChooser(draw), _SMALL)


def history_strategy() -> st.SearchStrategy[History]:
    """Small histories; a failing one shrinks to the rows that matter."""
    return _histories()


def random_history(seed: int) -> History:
    """A larger history from the same space; the same seed gives the same history."""
    return _make_history(SeededChooser(seed), _LARGE)
