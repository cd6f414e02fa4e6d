"""What a reader should know before the figures, and the state of the data, in the page's language."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from dashboard import formats
from dashboard.figures import CNY
from dashboard.pages.context import Context
from orchestration.reading.trust import MISSING, PROVISIONAL, STALE, RateGap


@dataclass(frozen=True)
class Notices:
    """`warnings` stand above the figures, `remarks` below them."""

    warnings: list[str]
    remarks: list[str]


def notices(context: Context) -> Notices:
    """The weak points of the publication, the same that `warehouse status` names."""
    warnings = [*_feeds(context), *_rates(context), *_display_rates(context)]
    warnings += [context.text("no_page", currency=code) for code in context.figures.unrated]
    remarks = []
    quarantined = sum(row["quarantined_count"] for row in context.rows("status_quarantine"))
    if quarantined:
        warnings.append(context.text("quarantined", count=formats.count(quarantined)))
    else:
        remarks.append(context.text("quarantine_none"))
    calibration = next(iter(context.rows("status_calibration")), None)
    if calibration is None:
        remarks.append(context.text("calibrated_never"))
    else:
        said = context.text(
            "calibrated",
            at=_minute(context, calibration["finished_at"]),
            rows=formats.count(calibration["compared_row_count"]),
            tables=calibration["table_count"],
            differences=formats.count(calibration["difference_count"]),
            unexplained=formats.count(calibration["unexplained_count"]),
        )
        (warnings if calibration["unexplained_count"] else remarks).append(said)
    return Notices(warnings, remarks)


def _feeds(context: Context) -> Iterator[str]:
    for feed in context.figures.trust.silent_feeds:
        yield context.text(
            "feed_silent",
            feed=context.code("feed", feed.feed),
            at=_minute(context, feed.last_updated_at),
            days=feed.rhythm_days,
        )


def _rates(context: Context) -> Iterator[str]:
    trust = context.figures.trust
    for source in trust.silent_sources:
        delivered = ", ".join(source.delivered) or formats.MISSING
        yield context.text(
            "source_silent", setting=source.setting, source=source.rate_source, delivered=delivered
        )
    if trust.unrated_payment_count:
        yield context.text("unrated", count=formats.count(trust.unrated_payment_count))
    for kind in (MISSING, STALE, PROVISIONAL):
        gaps = [gap for gap in trust.rate_gaps if gap.kind == kind]
        if gaps:
            yield context.text(f"rate_{kind}", days=_days(context, gaps), currencies=_currencies(gaps))


def _days(context: Context, gaps: list[RateGap]) -> str:
    first, last = min(gap.first_date for gap in gaps), max(gap.last_date for gap in gaps)
    return formats.days(first, last, context.language)


def _currencies(gaps: list[RateGap]) -> str:
    return ", ".join(sorted(gap.currency_code for gap in gaps))


def _display_rates(context: Context) -> Iterator[str]:
    currency = context.figures.currency_code
    if currency == CNY:
        return
    rates = context.rows("status_display_rates")
    missing = sum(row["rate_cny"] is None for row in rates)
    if missing:
        yield context.text("display_missing", currency=currency, count=missing)
    for row in rates:
        # Without any rate it is missing, which is told above.
        if row["is_running"] and row["is_provisional"] and row["rate_date"] is not None:
            yield context.text(
                "display_provisional",
                currency=currency,
                date=_day(context, row["business_date"]),
                rate_date=_day(context, row["rate_date"]),
            )


def _minute(context: Context, at: datetime | None) -> str:
    """A naive UTC instant in the page's words and zone."""
    if at is None:
        return formats.MISSING
    local = at.replace(tzinfo=UTC).astimezone(context.zone)
    return f"{_day(context, local.date())} {local:%H:%M}"


def _day(context: Context, day: date) -> str:
    return formats.day(day, context.language)
