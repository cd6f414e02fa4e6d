"""What subcommands share: `--home` and `--version` on each of them, common options, types of arguments."""

import functools
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import click

from ingest.contract.rhythm import rhythm_days
from ingest.foundation.address_space import require_address_space
from ingest.foundation.settings import Settings, load_settings, time_zone_key
from ingest.foundation.version import program_version

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

_HOME = "warehouse.home"


class Command(click.Command):
    """A subcommand. It understands `--home`, which may also stand before it, and `--version`."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.params += _common_options()


class Group(click.Group):
    """A command that has subcommands, listed in the order in which they were added."""

    command_class = Command
    group_class = type

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.params += _common_options()

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


def _common_options() -> list[click.Parameter]:
    return [
        click.Option(
            ["--home"],
            type=click.Path(path_type=Path),
            metavar="DIR",
            help="Folder of all state (default: $WAREHOUSE_HOME, else ./var).",
            expose_value=False,
            callback=_keep_home,
        ),
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            help="Print the version.",
            expose_value=False,
            callback=_print_version,
        ),
    ]


def _keep_home(ctx: click.Context, parameter: click.Parameter, home: Path | None) -> None:
    # The innermost one given stands: a subcommand's options are read after those of its group.
    if home is not None:
        ctx.meta[_HOME] = home


def given_home() -> Path | None:
    """What `--home` named, if it was given."""
    return click.get_current_context().meta.get(_HOME)


def _print_version(ctx: click.Context, parameter: click.Parameter, is_asked: bool) -> None:
    if is_asked and not ctx.resilient_parsing:
        click.echo(f"warehouse {program_version()}")
        ctx.exit()


def pass_settings(
    function: Callable[Concatenate[Settings, Parameters], Result],
) -> Callable[Parameters, Result]:
    """The settings of the home that `--home` names are the function's first argument."""

    @functools.wraps(function)
    def with_settings(*arguments: Parameters.args, **options: Parameters.kwargs) -> Result:
        require_address_space()
        settings = load_settings(given_home())
        # A wrong setting is said at once, not by the command that first needs it.
        rhythm_days(settings)
        return function(settings, *arguments, **options)

    return with_settings


class Instant(click.ParamType[datetime]):
    """An ISO 8601 instant as naive UTC; one without an offset is UTC."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            instant = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not an ISO 8601 instant such as 2026-03-02T16:00:00Z", param, ctx)
        return instant if instant.tzinfo is None else instant.astimezone(UTC).replace(tzinfo=None)


class TimeZone(click.ParamType[str]):
    """A time zone, as settings take one."""

    name = "zone"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return time_zone_key(str(value))
        except ValueError:
            self.fail(f"{value!r} is not an IANA time zone such as Asia/Shanghai", param, ctx)


class Date(click.ParamType[date]):
    """An ISO 8601 date."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a date such as 2026-03-02", param, ctx)


dry_run_option = click.option(
    "--dry-run", "is_dry_run", is_flag=True, help="Say what would happen; change nothing."
)
json_option = click.option("--json", "is_json", is_flag=True, help="Print JSON.")
