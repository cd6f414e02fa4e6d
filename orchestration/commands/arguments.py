"""How subcommands are declared, and the argument types that several of them share."""

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ingest.foundation.settings import Settings

Run = Callable[[Settings, argparse.Namespace], int]


class Commands:
    """The subcommands of a parser. Each understands `--home` too, which may also stand before it."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self._parsers = parser.add_subparsers(required=True, metavar="COMMAND")
        self._common = argparse.ArgumentParser(add_help=False)
        # Suppressed: without it here, the value given before the subcommand stands.
        self._common.add_argument("--home", type=Path, default=argparse.SUPPRESS, help="folder of all state")

    def add(self, name: str, run: Run, text: str, **options: Any) -> argparse.ArgumentParser:
        """A subcommand that calls `run`; `text` is its line in the list, and its default description."""
        options = {"description": text[0].upper() + text[1:] + ".", **options}
        parser = self._parsers.add_parser(
            name,
            parents=[self._common],
            help=text,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            **options,
        )
        parser.set_defaults(run=run)
        return parser

    def add_group(self, name: str, text: str) -> "Commands":
        """A subcommand that has subcommands of its own."""
        parser = self._parsers.add_parser(
            name, parents=[self._common], help=text, description=text[0].upper() + text[1:] + "."
        )
        return Commands(parser)


def instant(text: str) -> datetime:
    """An ISO 8601 instant as naive UTC; one without an offset is UTC."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not an ISO 8601 instant such as 2026-03-02T16:00:00Z"
        ) from None
    return value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)


def positive(text: str) -> int:
    """A whole number of at least 1."""
    if not (text.isascii() and text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def add_as_of(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--as-of", type=instant, metavar="T", help="fix now (ISO 8601; UTC without an offset)"
    )
