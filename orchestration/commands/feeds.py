"""`warehouse feeds [FEED]`: what may be delivered: the feeds, or one feed's columns."""

import json
import shutil
from collections.abc import Iterator
from textwrap import wrap

import click

from ingest.contract.feeds import FEEDS, Column, Feed
from orchestration.commands.options import Command, json_option

_MAXIMUM_WIDTH = 120
_MINIMUM_MEANING_WIDTH = 30


@click.command(cls=Command)
@click.argument("feed", required=False, metavar="[FEED]", type=click.Choice(tuple(FEEDS)))
@json_option
def feeds(*, feed: str | None, is_json: bool) -> None:
    """The feeds, or one feed's columns with an example.

    A landing folder has one folder a feed: DIR/<feed>/<any name>.csv. Key columns and required ones may not be empty; columns
    that are not listed are kept aside and reported.
    """
    from orchestration.catalogue.feeds import describe

    if is_json:
        described = describe(FEEDS[feed]) if feed else [describe(one) for one in FEEDS.values()]
        print(json.dumps(described, ensure_ascii=False, indent=2))
    elif feed:
        print("\n".join(_feed(FEEDS[feed])))
    else:
        print("\n".join(_feeds()))


def _feeds() -> Iterator[str]:
    widths = (max(map(len, FEEDS)), max(len(", ".join(feed.key)) for feed in FEEDS.values()))
    yield f"{'feed':<{widths[0]}}  {'key':<{widths[1]}}  what it holds"
    for feed in FEEDS.values():
        yield f"{feed.name:<{widths[0]}}  {', '.join(feed.key):<{widths[1]}}  {feed.meaning}"
    yield "`warehouse feeds FEED` lists the columns of one."


def _feed(feed: Feed) -> Iterator[str]:
    yield f"{feed.name}: {feed.meaning}"
    yield ""
    widths = (max(map(len, feed.column_names)), max(len(column.type) for column in feed.columns))
    yield f"{'column':<{widths[0]}}  {'type':<{widths[1]}}  {'required':<8}  meaning and example"
    for column in feed.columns:
        start = f"{column.name:<{widths[0]}}  {column.type:<{widths[1]}}  {_required(column):<8}  "
        width = max(_width() - len(start), _MINIMUM_MEANING_WIDTH)
        yield start + f"\n{'':<{len(start)}}".join(wrap(_meaning(feed, column), width))


def _required(column: Column) -> str:
    return "key" if column.is_key else "yes" if column.is_required else ""


def _meaning(feed: Feed, column: Column) -> str:
    from orchestration.catalogue.feeds import alias_words, codes

    listed = codes(feed, column)
    parts = [column.meaning]
    parts += [f"One of {', '.join(listed)}."] if listed else []
    parts += [also] if (also := alias_words(column)) else []
    parts += [f"Example: {column.example}"] if column.example else []
    return " ".join(parts)


def _width() -> int:
    return min(shutil.get_terminal_size().columns, _MAXIMUM_WIDTH)
