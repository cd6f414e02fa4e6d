"""The `warehouse` command (CONTRACT section 4): reads the arguments, runs a subcommand, reports errors."""

import argparse
import os
import sys
from pathlib import Path

from ingest.foundation.errors import WarehouseError
from ingest.foundation.settings import load_settings
from orchestration.commands import (
    calibrate,
    dashboard,
    demo,
    explain,
    increment,
    land,
    quarantine,
    rates,
    status,
)
from orchestration.commands.arguments import Commands

# In the order of the help. To add a command: its module here, its `add` there.
COMMANDS = (demo, land, rates, increment, calibrate, status, explain, quarantine, dashboard)


def build_parser() -> argparse.ArgumentParser:
    """The command line: one subcommand per row of CONTRACT section 4."""
    parser = argparse.ArgumentParser(
        prog="warehouse",
        description="One honest set of books for purchasing agents.",
        epilog="Exit status: 0 done, 1 failed, 2 wrong usage. `warehouse COMMAND --help` says more.",
    )
    parser.add_argument("--home", type=Path, help="folder of all state (default $WAREHOUSE_HOME, else ./var)")
    commands = Commands(parser)
    for module in COMMANDS:
        module.add(commands)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 1 failed, 2 wrong usage."""
    parser = build_parser()
    arguments, rest = parser.parse_known_args(argv)
    # argparse ends a list of words at the first option; `explain … --json key=value` goes on with it.
    if rest and hasattr(arguments, "key") and not any(word.startswith("-") for word in rest):
        arguments.key += rest
    elif rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        exit_status = arguments.run(load_settings(arguments.home), arguments)
        sys.stdout.flush()
        return exit_status
    except WarehouseError as error:
        print(f"warehouse: {error}", file=sys.stderr)
        return error.exit_status
    except BrokenPipeError:
        # Whoever read the output has gone, as `head` does; nothing more can be said there, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print(
            "warehouse: interrupted. Readers keep the last publication; run the command again.",
            file=sys.stderr,
        )
        return 1


if __name__ == "__main__":
    sys.exit(main())
