"""`warehouse status`: are the figures fresh, complete, rated, consistent; then feeds, runs and quarantine."""

import json
from dataclasses import asdict
from textwrap import wrap
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from ingest.foundation.clock import minute_text, zone_label
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
    """Fresh, complete, rated, consistent? Feeds, runs, quarantine.

    What landed, what is published and what it rests on. Reads only, at any time. All times are in the business's
    zone; with --json they are UTC.
    """
    from orchestration.reading.answers import answers
    from orchestration.reading.status import read_status

    found = read_status(settings)
    zone = ZoneInfo(settings.business_time_zone)
    if is_json:
        values = asdict(found) | {
            "answers": {answer.question: asdict(answer) for answer in answers(found, zone)},
            "pending_row_count": found.progress and found.progress.pending_row_count,
        }
        print(json.dumps(as_json(values), ensure_ascii=False, indent=2))
    else:
        print("\n".join(lines(found, zone)))


def lines(status: "Status", zone: ZoneInfo) -> list[str]:
    """The screen: at most 80 columns; the four questions first."""
    from orchestration.reading.landed import describe_holder

    found = [
        _entry("home", status.home),
        _entry("times", zone_label(status.checked_at, zone)),
        *(_answers(status, zone) if status.published else _before_the_first(status)),
        _entry("writer", describe_holder(status.writer, zone) if status.writer else "none at work"),
    ]
    if status.feeds:
        found += ["", *_feeds(status, zone), ""]
    found += _pipeline(status, zone)
    if status.published is None:
        found += ["", *_first_steps(status)]
    return found


def _answers(status: "Status", zone: ZoneInfo) -> list[str]:
    from orchestration.reading.answers import answers

    found = []
    for answer in answers(status, zone):
        verdict = {True: "yes", False: "NO", None: "not known"}[answer.is_good]
        first, *others = answer.lines
        found.append(_entry(answer.question, f"{verdict}: {first}", max_lines=3))
        found += [_entry("", other, max_lines=3) for other in others]
    return found


def _before_the_first(status: "Status") -> list[str]:
    found = [_entry("published", "nothing yet")]
    if status.build_note:
        found.append(_entry("pending", f"not known: {status.build_note}"))
    if status.progress and status.progress.pending_row_count:
        parts = ", ".join(f"{feed} {count}" for feed, count in status.progress.pending.items())
        rows = counted(status.progress.pending_row_count, "row")
        found.append(_entry("pending", f"{rows} not yet taken up: {parts}", max_lines=2))
    if status.progress and status.progress.has_unfinished_run and status.writer is None:
        found.append(_entry("unfinished", "a run did not finish; `warehouse increment` makes it good"))
    return found


def _entry(label: str, text: str, max_lines: int = 1) -> str:
    """A labelled text; what does not fit is cut, the JSON has it whole."""
    wrapped = wrap(text, _WIDTH - _LABEL, max_lines=max_lines, placeholder=" …", break_on_hyphens=False)
    return f"{label:<{_LABEL}}" + f"\n{'':<{_LABEL}}".join(wrapped)


def _feeds(status: "Status", zone: ZoneInfo) -> list[str]:
    found = [f"{'feed':<22}{'rows':>10}  {'last landed':<16}  {'last change':<16}  {'held':>6}"]
    for feed in status.feeds:
        landed = minute_text(feed.last_landed_at, zone)
        updated = "-" if feed.last_updated_at is None else minute_text(feed.last_updated_at, zone)
        found.append(
            f"{feed.feed:<22}{feed.row_count:>10}  {landed:<16}  {updated:<16}  {feed.quarantined_count:>6}"
        )
    return found


def _pipeline(status: "Status", zone: ZoneInfo) -> list[str]:
    found = []
    for index, one in enumerate(status.runs):
        how = "rebuild" if one["is_full_refresh"] else "changes only"
        seconds = (one["published_at"] - one["started_at"]).total_seconds()
        found.append(
            _entry(
                "" if index else "last runs",
                f"{minute_text(one['started_at'], zone)} {one['kind']}, {how}, "
                f"{counted(one['pending_row_count'], 'row')}, {seconds:.0f} s",
            )
        )
    if status.published is not None:
        found += [*_calibration(status, zone), *_restatements(status)]
    if status.feeds:
        groups = {
            "quarantine": [one for one in status.quarantine if one.is_kept_out],
            "waiting": [one for one in status.quarantine if one.stage == "waiting"],
            "not codes": [one for one in status.quarantine if one.stage == "masked"],
        }
        for name, held in groups.items():
            listed = ", ".join(f"{one.feed} {one.reason} {one.row_count}" for one in held)
            total = sum(one.row_count for one in held)
            if held or name == "quarantine":
                found.append(
                    _entry(name, f"{counted(total, 'row')}{': ' if held else ''}{listed}", max_lines=5)
                )
        rejected = ", ".join(f"{one['feed']}/{one['source_name']}" for one in status.rejected_files)
        if rejected:
            found.append(
                _entry("rejected", f"{counted(len(status.rejected_files), 'file')}: {rejected}", max_lines=2)
            )
    return found


def _calibration(status: "Status", zone: ZoneInfo) -> list[str]:
    from orchestration.catalogue.trust_codes import CAUSES

    run = status.calibration
    if run is None:
        return [_entry("calibration", "never; `warehouse calibrate` compares with a full rebuild")]
    # A publication of an earlier version counts fewer causes.
    counts = {cause: run.get(f"{cause}_count") for cause in CAUSES}
    drift = ", ".join(f"{cause} {count}" for cause, count in counts.items() if count)
    return [
        _entry(
            "calibration",
            f"{minute_text(run['finished_at'], zone)} {run['outcome']}, drift: {drift or 'none'}",
        )
    ]


def _restatements(status: "Status") -> list[str]:
    causes = ", ".join(f"{cause} {count}" for cause, count in status.restatements.items())
    total = counted(sum(status.restatements.values()), "cell")
    return [_entry("restated", f"{total}{': ' if causes else ''}{causes}")]


def _first_steps(status: "Status") -> list[str]:
    if status.writer:
        return ["The first publication appears when the run has finished."]
    if status.progress and status.progress.pending_row_count:
        return ["Rows have landed: `warehouse increment` builds and publishes the figures."]
    return [
        "Begin with one of",
        "  warehouse demo         a simulated platform, end to end",
        "  warehouse land DIR     your data: DIR/<feed>/<any name>.csv",
    ]
