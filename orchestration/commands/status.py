"""`warehouse status`: feeds, freshness, last runs, quarantine, drift and unsettled rates, on one screen."""

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from textwrap import wrap
from typing import TYPE_CHECKING

import click

from ingest.foundation.settings import Settings
from orchestration.commands.options import Command, json_option, pass_settings
from orchestration.commands.output import as_json, counted

if TYPE_CHECKING:
    from orchestration.reading.status import Status

_WIDTH = 80
_LABEL = 13


@click.command(cls=Command)
@json_option
@pass_settings
def status(settings: Settings, *, is_json: bool) -> None:
    """Feeds, freshness, last runs, quarantine, drift, in one screen.

    What landed, what is published and what it rests on. Reads only, at any time.
    """
    from orchestration.reading.status import read_status

    found = read_status(settings)
    if is_json:
        values = asdict(found) | {"pending_row_count": found.pending_row_count}
        print(json.dumps(as_json(values), ensure_ascii=False, indent=2))
    else:
        print("\n".join(lines(found)))


def lines(status: "Status") -> list[str]:
    """The screen: at most 80 columns."""
    found = [_entry("home", status.home), *_publication(status), *_writer(status)]
    if status.feeds:
        found += ["", *_feeds(status), ""]
    found += _pipeline(status)
    if status.published is None:
        found += ["", *_first_steps(status)]
    return found


def _entry(label: str, text: str, max_lines: int = 1) -> str:
    """A labelled text; what does not fit is cut, the JSON has it whole."""
    wrapped = wrap(text, _WIDTH - _LABEL, max_lines=max_lines, placeholder=" …", break_on_hyphens=False)
    return f"{label:<{_LABEL}}" + f"\n{'':<{_LABEL}}".join(wrapped)


def _publication(status: "Status") -> list[str]:
    published = status.published
    if published is None:
        return [_entry("published", "nothing yet")]
    age = _age(status.checked_at - published.published_at)
    as_of = _instant(published.as_of_at)
    return [
        _entry(
            "published",
            f"{age} ago, {_instant(published.published_at)} UTC, {published.byte_count / 1e6:.1f} MB",
        ),
        _entry("as of", f"{as_of} UTC"),
    ]


def _writer(status: "Status") -> list[str]:
    from orchestration.reading.published import describe_holder

    found = [_entry("writer", describe_holder(status.writer) if status.writer else "none at work")]
    if status.build_note:
        found.append(_entry("pending", f"not known: {status.build_note}"))
    elif status.pending_row_count is not None and status.feeds:
        parts = ", ".join(
            f"{feed.feed} {feed.pending_row_count}" for feed in status.feeds if feed.pending_row_count
        )
        found.append(
            _entry(
                "pending",
                f"{counted(status.pending_row_count, 'row')} not yet taken up{': ' if parts else ''}{parts}",
                max_lines=2,
            )
        )
    if status.has_unfinished_run:
        found.append(_entry("unfinished", "a run did not finish; `warehouse increment` makes it good"))
    return found


def _feeds(status: "Status") -> list[str]:
    found = [f"{'feed':<22}{'rows':>10}  {'last landed':<16}  {'last change':<16}  {'held':>6}"]
    for feed in status.feeds:
        landed = _instant(feed.last_landed_at)
        updated = "-" if feed.last_updated_at is None else _instant(feed.last_updated_at)
        found.append(
            f"{feed.feed:<22}{feed.row_count:>10}  {landed:<16}  {updated:<16}  {feed.quarantined_count:>6}"
        )
    return found


def _pipeline(status: "Status") -> list[str]:
    found = []
    for index, one in enumerate(status.runs):
        how = "rebuild" if one["is_full_refresh"] else "changes only"
        seconds = (one["published_at"] - one["started_at"]).total_seconds()
        found.append(
            _entry(
                "" if index else "last runs",
                f"{_instant(one['started_at'])} {one['kind']}, {how}, "
                f"{counted(one['pending_row_count'], 'row')}, {seconds:.0f} s",
            )
        )
    if status.published is not None:
        found += [*_calibration(status), *_restatements(status), *_rates(status)]
    if status.feeds:
        held = ", ".join(f"{one.feed} {one.reason} {one.row_count}" for one in status.quarantine)
        total = sum(one.row_count for one in status.quarantine)
        found.append(
            _entry("quarantine", f"{counted(total, 'row')}{': ' if held else ''}{held}", max_lines=5)
        )
        rejected = ", ".join(f"{one['feed']}/{one['source_name']}" for one in status.rejected_files)
        if rejected:
            found.append(
                _entry("rejected", f"{counted(len(status.rejected_files), 'file')}: {rejected}", max_lines=2)
            )
    return found


def _calibration(status: "Status") -> list[str]:
    run = status.calibration
    if run is None:
        return [_entry("calibration", "never; `warehouse calibrate` compares with a full rebuild")]
    suffix = "_count"
    causes = ("rate_final", "late_landing", "definition_change", "as_of_moved", "unexplained")
    drift = ", ".join(f"{cause} {run[cause + suffix]}" for cause in causes if run[cause + suffix])
    return [
        _entry("calibration", f"{_instant(run['finished_at'])} {run['outcome']}, drift: {drift or 'none'}")
    ]


def _restatements(status: "Status") -> list[str]:
    causes = ", ".join(f"{cause} {count}" for cause, count in status.restatements.items())
    total = counted(sum(status.restatements.values()), "cell")
    return [_entry("restated", f"{total}{': ' if causes else ''}{causes}")]


def _rates(status: "Status") -> list[str]:
    found = []
    for kind in ("provisional", "stale"):
        rates = [rate for rate in status.rates if rate.kind == kind]
        if not rates:
            found.append(_entry(kind, "no rate"))
            continue
        dates = f"{min(rate.first_date for rate in rates)} to {max(rate.last_date for rate in rates)}"
        booked = sum(rate.booked_cny for rate in rates)
        opened = sum(rate.open_cny for rate in rates)
        codes = ", ".join(
            rate.currency_code
            for rate in sorted(rates, key=lambda rate: (-rate.booked_cny, rate.currency_code))
        )
        found.append(_entry(kind, f"{dates}: {booked} CNY booked, {opened} CNY open"))
        found.append(_entry("", f"on {codes}", max_lines=2))
    return found


def _first_steps(status: "Status") -> list[str]:
    if status.writer:
        return ["The first publication appears when the run has finished."]
    if status.pending_row_count:
        return ["Rows have landed: `warehouse increment` builds and publishes the figures."]
    return [
        "Begin with one of",
        "  warehouse demo         a simulated platform, end to end",
        "  warehouse land DIR     your data: DIR/<feed>/<any name>.csv",
    ]


def _instant(value: datetime | None) -> str:
    return "never" if value is None else f"{value:%Y-%m-%d %H:%M}"


def _age(age: timedelta) -> str:
    minutes = max(0, int(age.total_seconds())) // 60
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440} days"
