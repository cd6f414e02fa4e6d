"""`warehouse explain TABLE COLUMN key=value …`: the raw rows behind one published figure."""

import contextlib
import json
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from ingest.contract.feeds import FEEDS
from ingest.foundation.clock import zone_label
from ingest.foundation.errors import UsageError, WarehouseError
from ingest.foundation.settings import Settings
from ingest.foundation.shown import printable
from orchestration.commands.options import Command, json_option, pass_settings
from orchestration.commands.output import as_json, as_text

if TYPE_CHECKING:
    from orchestration.explain.explain import EvidenceRow, Explanation, Part
    from orchestration.explain.raw_lines import RawRecord, RawVersion


@click.command(cls=Command)
@click.argument("table", metavar="TABLE")
@click.argument("column", metavar="COLUMN")
@click.argument("pairs", metavar="key=value …", nargs=-1)
@json_option
@click.option(
    "--limit", type=click.IntRange(min=1), metavar="N", help="Print the first N rows only (default: all)."
)
@pass_settings
def explain(
    settings: Settings, *, table: str, column: str, pairs: tuple[str, ...], is_json: bool, limit: int | None
) -> int:
    """Show the raw lines behind one published figure.

    Every row that figure COLUMN of TABLE (of schema marts) is counted from, what it contributes, the line it
    landed with (feed, file, line, batch, time) and every earlier version of that line. Each column of the
    table's key is given. Personal data is never shown. Times are in the business's zone; with --json, UTC.

    \b
    Examples:
      warehouse explain core_daily net_revenue_cny business_date=2026-03-02 business_type=forwarding
      warehouse explain users_daily active_buyers_7d business_date=2026-03-02 --limit 10
      warehouse explain orders_conversion_daily paid_72h_ratio created_date=2026-03-02 platform=taobao --json
    """
    from orchestration.explain.explain import explain as explain_figure

    explanation = explain_figure(settings, table, column, _parse_key(pairs))
    if is_json:
        print(json.dumps(_explanation_json(explanation, limit), ensure_ascii=False, indent=2))
    else:
        for line in _lines(explanation, limit, ZoneInfo(settings.business_time_zone)):
            print(printable(line))
    if explanation.adds_up:
        return 0
    if explanation.build_is_ahead:
        # Not a fault of the figure: the rows shown are newer than it.
        print(f"warehouse: {_AHEAD}", file=sys.stderr)
        return 1
    raise WarehouseError(
        f"{explanation.table}.{explanation.column}: the rows give {as_text(explanation.explained_value)}, "
        f"published is {as_text(explanation.published_value)}. This is a bug: "
        "run `warehouse calibrate`, and report it."
    )


_AHEAD = (
    "a run that did not finish has changed the build file since the publication, so the rows are newer "
    "than the figure. Run `warehouse increment`, then explain again."
)


def _parse_key(pairs: tuple[str, ...]) -> dict[str, str]:
    key: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise UsageError(f"{pair!r} is not of the form key=value.")
        if name in key:
            raise UsageError(f"{name} is given twice.")
        key[name] = value
    return key


# --------------------------------------------------------------------------------------------- for people


def _lines(explanation: "Explanation", limit: int | None, zone: ZoneInfo) -> list[str]:
    place = " ".join(f"{name}={as_text(value)}" for name, value in explanation.key.items())
    lines = [
        f"{explanation.table}.{explanation.column} = {as_text(explanation.published_value)}",
        f"{place}, as of {as_text(explanation.as_of_at, zone)}; all times {zone_label(explanation.as_of_at, zone)}",
    ]
    if explanation.definition:
        lines.append(explanation.definition)
    for part in explanation.parts:
        lines += ["", *_part_lines(part, is_only=len(explanation.parts) == 1, limit=limit, zone=zone)]
    if len(explanation.parts) > 1:
        numerator, denominator = explanation.parts
        lines += ["", f"{numerator.column} ÷ {denominator.column} = {as_text(explanation.explained_value)}"]
    lines += ["", *_verdict(explanation)]
    return lines


def _part_lines(part: "Part", *, is_only: bool, limit: int | None, zone: ZoneInfo) -> list[str]:
    count = len(part.rows)
    title = "" if is_only else f"{part.column} = {as_text(part.published_value)}, "
    lines = [f"{title}{part.noun}: {count or 'none, nothing happened here'}"]
    if part.note:
        lines.append(part.note)
    for row in part.rows[:limit]:
        lines += _row_lines(row, zone)
    if limit is not None and count > limit:
        lines.append(f"… {count - limit} more, not printed (--limit {limit}); they are counted below")
    return lines


def _row_lines(row: "EvidenceRow", zone: ZoneInfo) -> list[str]:
    identity, *others = row.columns.items()
    described = "  ".join(f"{name}={as_text(value, zone)}" for name, value in others if value is not None)
    lines = [f"  {as_text(row.value, zone):>14}  {as_text(identity[1], zone)}  {described}"]
    for record in row.raw:
        lines += _record_lines(record, zone)
    return lines


def _record_lines(record: "RawRecord", zone: ZoneInfo) -> list[str]:
    lines = []
    shown: dict[str, str] = {}
    instants = [column.name for column in FEEDS[record.feed].columns if column.type == "instant"]
    for version in record.versions:
        # Of another version only what differs from the one above it.
        values = {
            name: version.values.get(name, "(empty)")
            for name in {**shown, **version.values}
            if version.values.get(name) != shown.get(name)
        }
        shown = version.values
        for name in values.keys() & instants:
            # As landed: UTC, or empty.
            with contextlib.suppress(ValueError):
                values[name] = as_text(datetime.fromisoformat(values[name]), zone)
        lines.append(f"  {'':>14}    {_place(record, version, zone)}")
        lines.append(
            f"  {'':>14}      {' '.join(f'{name}={as_text(value)}' for name, value in values.items())}"
        )
    return lines


def _place(record: "RawRecord", version: "RawVersion", zone: ZoneInfo) -> str:
    state = {
        "current": "",
        "earlier": "earlier: ",
        "pending": "landed after the publication: ",
        "revoked": "withdrawn: ",
    }[version.state]
    return (
        f"{state}{record.feed} {version.file}:{version.line}, batch {version.batch_id}, "
        f"landed {as_text(version.landed_at, zone)}"
    )


def _verdict(explanation: "Explanation") -> list[str]:
    lines = []
    if explanation.adds_up:
        lines.append(f"adds up: the rows give {as_text(explanation.explained_value)}, as published")
    else:
        lines.append(
            f"does not add up: the rows give {as_text(explanation.explained_value)}, "
            f"published is {as_text(explanation.published_value)}"
        )
    if explanation.pending_row_count:
        lines.append(
            f"{explanation.pending_row_count} rows have landed since the publication; "
            "`warehouse increment` takes them up"
        )
    return lines


# ------------------------------------------------------------------------------------------- for programs


def _explanation_json(explanation: "Explanation", limit: int | None) -> dict[str, Any]:
    return {
        "table": explanation.table,
        "column": explanation.column,
        "key": as_json(explanation.key),
        "definition": explanation.definition,
        "as_of_at": as_json(explanation.as_of_at),
        "published_value": as_json(explanation.published_value),
        "explained_value": as_json(explanation.explained_value),
        "adds_up": explanation.adds_up,
        "pending_row_count": explanation.pending_row_count,
        "build_is_ahead": explanation.build_is_ahead,
        "parts": [
            {
                "column": part.column,
                "published_value": as_json(part.published_value),
                "explained_value": as_json(part.explained_value),
                "row_kind": part.noun,
                "row_count": len(part.rows),
                "note": part.note,
                "rows": [
                    {
                        "value": as_json(row.value),
                        **{name: as_json(value) for name, value in row.columns.items() if name != "value"},
                        "raw": [_raw_json(record) for record in row.raw],
                    }
                    for row in part.rows[:limit]
                ],
            }
            for part in explanation.parts
        ],
    }


def _raw_json(record: "RawRecord") -> dict[str, Any]:
    return {
        "feed": record.feed,
        "key": record.key,
        "versions": [
            {
                "state": version.state,
                "file": version.file,
                "line": version.line,
                "batch_id": version.batch_id,
                "landed_at": as_json(version.landed_at),
                "values": version.values,
            }
            for version in record.versions
        ],
    }
