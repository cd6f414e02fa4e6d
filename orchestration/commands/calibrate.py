"""`warehouse calibrate`: full refresh beside the live tables, drift report, publication."""

from functools import partial

import click

from ingest.foundation.errors import UsageError, WarehouseError
from orchestration.commands.options import Command
from orchestration.commands.run_options import RunOptions, run_options


@click.command(cls=Command)
@run_options
@click.option(
    "--rebuild",
    "is_rebuild",
    is_flag=True,
    help="Begin the build file anew from what landed, where it is missing, damaged or older than the publication.",
)
def calibrate(options: RunOptions, *, is_rebuild: bool) -> None:
    """Rebuild everything, report drift, publish.

    The raw file is read whole first, so that damage is found before what it holds is wanted.
    """
    from orchestration.runs import calibrate as runs

    if options.is_dry_run and is_rebuild:
        raise UsageError("--rebuild has no dry run: it rebuilds every table, whatever there is.")
    if options.is_dry_run:
        options.preview(lambda _: "full rebuild beside the live tables: calibration")
        return
    report = options.run(partial(runs.calibrate, is_rebuild=is_rebuild))
    options.tell(
        report.run,
        report.summary(),
        compared_row_count=report.compared_row_count,
        differences=report.differences,
    )
    if report.unexplained_count:
        raise WarehouseError(
            f"{report.unexplained_count} cells differ between the incremental and the rebuilt tables without "
            "a stated cause. The rebuilt figures are published. See audit.calibration_drift, "
            f"run_id {report.run.run_id}, in {options.settings.published_path}, and report it: this is a bug."
        )
