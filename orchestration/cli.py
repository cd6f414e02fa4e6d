"""The `warehouse` command: one subcommand a module, errors in words, three exit statuses."""

import contextlib
import io
import os
import sys
from pathlib import Path

import click

from ingest.foundation.errors import WarehouseError
from ingest.foundation.shown import printable
from orchestration.commands.backup import backup
from orchestration.commands.calibrate import calibrate
from orchestration.commands.dashboard import dashboard
from orchestration.commands.demo import demo
from orchestration.commands.digest import digest
from orchestration.commands.doctor import doctor
from orchestration.commands.explain import explain
from orchestration.commands.export import export
from orchestration.commands.feeds import feeds
from orchestration.commands.forget import forget
from orchestration.commands.increment import increment
from orchestration.commands.init import init
from orchestration.commands.land import land
from orchestration.commands.options import Group
from orchestration.commands.quarantine import quarantine
from orchestration.commands.query import query
from orchestration.commands.rates import rates
from orchestration.commands.restore import restore
from orchestration.commands.revoke import revoke
from orchestration.commands.serve import serve
from orchestration.commands.status import status

_LINES = "\n\t"


@click.group(
    cls=Group,
    epilog="Exit status: 0 done, 1 failed, 2 wrong usage. `warehouse COMMAND --help` says more.",
)
def warehouse() -> None:
    """One honest set of books for purchasing agents."""


# In the order of the help. To add a command: its module, its line here.
for command in (
    demo,
    init,
    feeds,
    land,
    rates,
    increment,
    calibrate,
    status,
    explain,
    query,
    export,
    quarantine,
    backup,
    restore,
    revoke,
    forget,
    doctor,
    dashboard,
    digest,
    serve,
):
    warehouse.add_command(command)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 1 failed, 2 wrong usage."""
    _prepare_output()
    try:
        exit_status = warehouse.main(arguments, prog_name="warehouse", standalone_mode=False)
        sys.stdout.flush()
        return exit_status or 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except WarehouseError as error:
        # A message may name what came from outside.
        print(f"warehouse: {printable(str(error), kept=_LINES)}", file=sys.stderr)
        return error.exit_status
    except BrokenPipeError:
        # Whoever read the output has gone, as `head` does; nothing more can be said there, not even at exit.
        _forget_output()
        return 1
    except click.Abort:
        print(
            "warehouse: interrupted. Readers keep the last publication; run the command again.",
            file=sys.stderr,
        )
        return 1
    except Exception as error:
        # Not at the top: it needs DuckDB, for which `--help` should not wait.
        from ingest.foundation.faults import fault, is_fault

        if not is_fault(error):
            raise
        known = fault(error)
        _forget_output()
        print(f"warehouse: {known}", file=sys.stderr)
        return known.exit_status


def _prepare_output() -> None:
    """A console that knows only ASCII, or output that was closed, must not end a command."""
    nowhere = Path(os.devnull)
    sys.stdout = sys.stdout or nowhere.open("w", encoding="utf-8")
    sys.stderr = sys.stderr or nowhere.open("w", encoding="utf-8")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _forget_output() -> None:
    """What could not be written is not tried again at exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
