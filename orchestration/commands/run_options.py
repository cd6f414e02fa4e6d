"""What `increment` and `calibrate` share: their options, the dry run, what is printed."""

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ingest.foundation.settings import Settings
from orchestration.commands.options import Instant, dry_run_option, json_option, pass_settings
from orchestration.commands.output import run_values
from orchestration.commands.preview import print_preview
from orchestration.commands.progress import progress_shown

if TYPE_CHECKING:
    from orchestration.runs.increment import EarlierAsOf
    from orchestration.runs.preview import Preview
    from orchestration.runs.run import RunReport

Report = TypeVar("Report")

_as_of_option = click.option(
    "--as-of", type=Instant(), metavar="T", help="Fix now (ISO 8601; UTC without an offset)."
)
_rewind_option = click.option(
    "--rewind", is_flag=True, help="Let an --as-of before the published one move the books back."
)


@dataclass(frozen=True)
class RunOptions:
    """How a run was asked for."""

    settings: Settings
    as_of: datetime | None
    earlier_as_of: "EarlierAsOf"
    is_dry_run: bool
    is_json: bool

    def preview(self, would: Callable[["Preview"], str]) -> None:
        """Say what would happen; `would` tells in a few words what the run would be."""
        from orchestration.runs.preview import preview

        found = preview(self.settings, self.as_of, earlier_as_of=self.earlier_as_of)
        print_preview(self.settings, found, would(found), is_json=self.is_json)

    def run(self, function: Callable[..., Report]) -> Report:
        """Call a run with these options, its progress shown."""
        with progress_shown() as show_progress:
            return function(
                self.settings, self.as_of, earlier_as_of=self.earlier_as_of, show_progress=show_progress
            )

    def tell(self, report: "RunReport", line: str, **more: Any) -> None:
        """Print what was done: one line for people, or the values with `more` of them for programs; a warning beside it."""
        warning = report.warning()
        if warning:
            click.echo(f"warning: {warning}", err=True)
        print(json.dumps(run_values(self.settings, report) | more, indent=2) if self.is_json else line)


def run_options(function: Callable[..., None]) -> Callable[..., None]:
    """The options of a run, handed to `function` as one; its own beside them."""

    @pass_settings
    @functools.wraps(function)
    def with_options(
        settings: Settings,
        *,
        as_of: datetime | None,
        rewind: bool,
        is_dry_run: bool,
        is_json: bool,
        **own: Any,
    ) -> None:
        function(RunOptions(settings, as_of, "rewind" if rewind else "refuse", is_dry_run, is_json), **own)

    for option in (json_option, dry_run_option, _rewind_option, _as_of_option):
        with_options = option(with_options)
    return with_options
