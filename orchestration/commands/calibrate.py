"""`warehouse calibrate`: full refresh beside the live tables, drift report, publication."""

import json
from datetime import datetime
from typing import TYPE_CHECKING

import click

from ingest.foundation.errors import WarehouseError
from ingest.foundation.settings import Settings
from orchestration.commands.options import (
    Command,
    as_of_option,
    dry_run_option,
    json_option,
    pass_settings,
    rewind_option,
)
from orchestration.commands.output import run_values
from orchestration.commands.preview import print_preview
from orchestration.commands.progress import progress_shown

if TYPE_CHECKING:
    from orchestration.runs.increment import EarlierAsOf


@click.command(cls=Command)
@as_of_option
@rewind_option
@dry_run_option
@json_option
@pass_settings
def calibrate(
    settings: Settings, *, as_of: datetime | None, rewind: bool, is_dry_run: bool, is_json: bool
) -> None:
    """Rebuild everything, report drift, publish."""
    from orchestration.runs import calibrate as runs
    from orchestration.runs.preview import preview

    earlier_as_of: EarlierAsOf = "rewind" if rewind else "refuse"
    if is_dry_run:
        found = preview(settings, as_of, earlier_as_of=earlier_as_of)
        print_preview(settings, found, "full rebuild beside the live tables: calibration", is_json=is_json)
        return
    with progress_shown() as show_progress:
        report = runs.calibrate(settings, as_of, earlier_as_of=earlier_as_of, show_progress=show_progress)
    if is_json:
        found_drift = {"compared_row_count": report.compared_row_count, "differences": report.differences}
        print(json.dumps(run_values(settings, report.run) | found_drift, indent=2))
    else:
        print(report.summary())
    if report.unexplained_count:
        raise WarehouseError(
            f"{report.unexplained_count} cells differ between the incremental and the rebuilt tables without "
            "a stated cause. The rebuilt figures are published. See audit.calibration_drift, "
            f"run_id {report.run.run_id}, in {settings.published_path}, and report it: this is a bug."
        )
