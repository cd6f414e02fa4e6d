"""The declared feeds, described: for `warehouse feeds`, the documentation, and dbt's sources."""

import json
from collections.abc import Iterator
from typing import Any

from ingest.contract.code_lists import code_list
from ingest.contract.feeds import FEEDS, Column, Feed
from ingest.contract.feeds.declaration import TYPE_ALIASES, TYPE_MEANINGS, TYPE_RANGES

# Of many aliases so many are shown; `warehouse feeds FEED --json` has all.
_SHOWN_ALIASES = 6
# What landing adds to every raw table (docs/architecture.md).
_LANDING_COLUMNS = {
    "_landing_seq": "Place in landing order, strictly increasing over all feeds.",
    "_batch_id": "The landing the row came with; see `batches`.",
    "_line": "Line number in the file, or record number where lines do not exist.",
    "_extra": "JSON object of the columns that are not declared; NULL if none. Never published.",
}


def describe(feed: Feed) -> dict[str, Any]:
    """The feed as plain values: `feed`, `meaning`, `key`, `rhythm_days` and its `columns`, in their order."""
    return {
        "feed": feed.name,
        "meaning": feed.meaning,
        "key": list(feed.key),
        "rhythm_days": feed.rhythm_days,
        "columns": [
            {
                "column": column.name,
                "type": column.type,
                "is_required": column.is_required,
                "is_key": column.is_key,
                "is_personal": column.is_personal,
                "meaning": column.meaning,
                "codes": list(codes(feed, column)),
                "aliases": dict(column.aliases),
                "range": column.allowed.meaning if column.allowed else None,
                "example": column.example or None,
            }
            for column in feed.columns
        ],
    }


def codes(feed: Feed, column: Column) -> tuple[str, ...]:
    """The closed list of a column of type `code`; empty for all others."""
    return code_list(feed.name, column.name) if column.type == "code" else ()


def alias_words(column: Column, quote: str = "") -> str:
    """One sentence on what else its values may be called, the first few of many; empty if nothing."""
    names = list(column.aliases.items())
    if not names or column.type in TYPE_ALIASES:
        return ""
    shown = [f"{quote}{name}{quote} ({value})" for name, value in names[:_SHOWN_ALIASES]]
    more = f" and {len(names) - _SHOWN_ALIASES} more" if len(names) > _SHOWN_ALIASES else ""
    return f"Also read: {', '.join(shown)}{more}."


def as_short_table() -> str:
    """Markdown: one line per feed, key columns in bold, required ones marked `*`."""
    lines = ["| feed | columns |", "|---|---|"]
    for feed in FEEDS.values():
        names = (
            (f"**{column.name}**" if column.is_key else column.name) + ("*" if column.is_required else "")
            for column in feed.columns
        )
        lines.append(f"| `{feed.name}` | {', '.join(names)} |".replace("*,", "\\*,").replace("* |", "\\* |"))
    return "\n".join(lines)


def as_type_table() -> str:
    """Markdown: one line per column type, with the range of its values."""
    ranges = {name: TYPE_RANGES[name].meaning if name in TYPE_RANGES else "" for name in TYPE_MEANINGS}
    lines = [f"| `{name}` | {meaning} | {ranges[name]} |" for name, meaning in TYPE_MEANINGS.items()]
    return "\n".join(["| type | | range |", "|---|---|---|", *lines])


def as_sections() -> str:
    """Markdown: one section per feed, one line per column."""
    return "\n\n".join("\n".join(_section(feed)) for feed in FEEDS.values())


def _section(feed: Feed) -> Iterator[str]:
    yield f"## {feed.name}\n"
    yield f"{feed.meaning} Key: {', '.join(f'`{name}`' for name in feed.key)}. {_rhythm(feed)}\n"
    yield "| column | type | required | meaning | example |"
    yield "|---|---|---|---|---|"
    for column in feed.columns:
        meaning = column.meaning
        if listed := codes(feed, column):
            meaning += f" One of {', '.join(f'`{code}`' for code in listed)}."
        if also := alias_words(column, "`"):
            meaning += f" {also}"
        if column.range:
            meaning += f" {column.range.meaning}."
        example = f"`{column.example}`" if column.example else ""
        required = "key" if column.is_key else "yes" if column.is_required else ""
        yield f"| `{column.name}` | {column.type} | {required} | {meaning} | {example} |"


def _rhythm(feed: Feed) -> str:
    if feed.rhythm_days is None:
        return "No expected rhythm."
    days = f"{feed.rhythm_days} day{'s' if feed.rhythm_days > 1 else ''}"
    return f"Figures are marked incomplete when it has been silent for more than {days} (a setting)."


def as_source_tables() -> str:
    """YAML: the raw tables of the feeds, as the list below `tables:` of dbt's source `raw`."""
    lines = []
    for feed in FEEDS.values():
        lines += [f"- name: {feed.name}", f"  description: {_quoted(feed.meaning)}", "  columns:"]
        described = {column.name: column.meaning for column in feed.columns} | _LANDING_COLUMNS
        for name, meaning in described.items():
            lines += [f"    - name: {name}", f"      description: {_quoted(meaning)}"]
    return "\n".join(" " * 6 + line for line in lines)


def _quoted(text: str) -> str:
    """A sentence as a YAML scalar."""
    return json.dumps(text, ensure_ascii=False)
