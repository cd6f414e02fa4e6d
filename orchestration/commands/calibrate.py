"""`warehouse calibrate`: full refresh beside the live tables, drift report, publication."""

import argparse

from ingest.foundation.errors import WarehouseError
from ingest.foundation.settings import Settings
from orchestration.commands.arguments import Commands, add_as_of


def add(commands: Commands) -> None:
    add_as_of(commands.add("calibrate", run, "full refresh, drift report, publish"))


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    from orchestration.runs.calibrate import calibrate

    report = calibrate(settings, arguments.as_of)
    print(report.summary())
    if report.unexplained_count:
        raise WarehouseError(
            f"{report.unexplained_count} cells differ between the incremental and the rebuilt tables without "
            "a stated cause. The rebuilt figures are published. See audit.calibration_drift, "
            f"run_id {report.run.run_id}, in {settings.published_path}, and report it: this is a bug."
        )
    return 0
