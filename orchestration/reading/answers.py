"""The four questions that come first: are the figures fresh, complete, rated, consistent?

Each answer is yes or no with its reason, from what `status` and `trust` found; nothing is judged elsewhere.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from ingest.foundation.clock import minute_text
from orchestration.reading.status import Status
from orchestration.reading.trust import MISSING, PROVISIONAL, STALE, RateGap, SilentFeed, SilentSource, Trust


@dataclass(frozen=True)
class Answer:
    """`is_good` is None where it cannot be said. `lines` are reasons, the most pressing first."""

    question: str
    is_good: bool | None
    lines: list[str]


def answers(status: Status, zone: ZoneInfo) -> list[Answer]:
    """In the order in which they are asked; none before the first publication."""
    if status.published is None or status.trust is None:
        return []
    return [
        _fresh(status, zone),
        complete(status.trust, zone),
        rated(status.trust),
        _consistent(status, zone),
    ]


def _fresh(status: Status, zone: ZoneInfo) -> Answer:
    assert status.published is not None
    age = age_text(status.checked_at - status.published.published_at)
    said = f"published {age} ago, as of {minute_text(status.published.as_of_at, zone)}"
    if status.progress is None:
        return Answer("fresh", None, [said, f"what landed since is not known: {status.build_note}"])
    if status.progress.pending_row_count:
        parts = ", ".join(f"{feed} {count}" for feed, count in status.progress.pending.items())
        rows = _counted(status.progress.pending_row_count, "row")
        return Answer("fresh", False, [f"{rows} not yet taken up: {parts}", said])
    return Answer("fresh", True, [f"{said}; nothing has landed since"])


def complete(trust: Trust, zone: ZoneInfo) -> Answer:
    """Has every feed that has a rhythm delivered within it?"""
    silent = [silent_feed_text(feed, zone) for feed in trust.silent_feeds]
    return Answer("complete", not silent, silent or ["no feed is silent for longer than its rhythm"])


def silent_feed_text(feed: SilentFeed, zone: ZoneInfo) -> str:
    """Which feed is silent, since when, and what was expected of it."""
    return (
        f"{feed.feed} is silent since {minute_text(feed.last_updated_at, zone)} "
        f"(expected every {_counted(feed.rhythm_days, 'day')})"
    )


def rated(trust: Trust) -> Answer:
    """Does every foreign amount stand on a rate that is known and not too old? Provisional ones do."""
    lines = list(map(silent_source_text, trust.silent_sources))
    if trust.unrated_payment_count:
        payments = _counted(trust.unrated_payment_count, "payment")
        lines.append(f"{payments} in no figure: no rate is known for the currency (quarantine, no_rate)")
    lines += [text for _, _, text in rate_lines(trust)]
    is_good = not lines
    provisional = [f"provisional: {found}" for found in _gaps(trust.rate_gaps, PROVISIONAL)]
    if not lines and not provisional:
        provisional = ["every rate is final" if trust.converts else "nothing to convert"]
    return Answer("rated", is_good, [*lines, *provisional])


def rate_lines(trust: Trust) -> list[tuple[str, list[str], str]]:
    """(kind, currencies, line) of the rates that are wanting: missing, or carried forward for too long."""
    return [
        (kind, sorted({gap.currency_code for gap in trust.rate_gaps if gap.kind == kind}), f"{said}: {found}")
        for kind, said in ((MISSING, "no rate at all"), (STALE, "a rate carried forward for too long"))
        for found in _gaps(trust.rate_gaps, kind)
    ]


def silent_source_text(source: SilentSource) -> str:
    """The error of a setting that names a source without rates."""
    delivered = f"; {', '.join(source.delivered)} has" if source.delivered else ""
    return f"error: {source.setting} is {source.rate_source}, which has delivered no rate{delivered}"


def _gaps(gaps: Sequence[RateGap], kind: str) -> Iterator[str]:
    """One line for all currencies of a kind, the largest amount first."""
    found = [gap for gap in gaps if gap.kind == kind]
    if not found:
        return
    found.sort(key=lambda gap: (-(gap.booked_cny or 0), gap.currency_code))
    dates = f"{min(gap.first_date for gap in found)} to {max(gap.last_date for gap in found)}"
    codes = ", ".join(gap.currency_code for gap in found)
    booked = sum(gap.booked_cny or 0 for gap in found)
    opened = sum(gap.open_cny or 0 for gap in found)
    money = "" if kind == MISSING else f", {booked} CNY booked, {opened} CNY open"
    yield f"{dates}{money}, on {codes}"


def _consistent(status: Status, zone: ZoneInfo) -> Answer:
    lines = []
    if status.progress is not None and status.progress.has_unfinished_run and status.writer is None:
        lines.append("a run did not finish; `warehouse increment` makes it good")
    calibration = status.calibration
    if calibration is None:
        said = "never calibrated; `warehouse calibrate` compares with a full rebuild"
        return Answer("consistent", None if not lines else False, [*lines, said])
    at = minute_text(calibration["finished_at"], zone)
    unexplained = calibration["unexplained_count"]
    if unexplained:
        lines.append(
            f"calibration of {at}: {_counted(unexplained, 'difference')} unexplained (audit.calibration_drift)"
        )
    return Answer("consistent", not lines, lines or [f"calibration of {at} left no difference unexplained"])


def age_text(age: timedelta) -> str:
    """How long ago, for people: minutes, then hours, then days."""
    minutes = max(0, int(age.total_seconds())) // 60
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440} days"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
