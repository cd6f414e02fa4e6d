"""The `warehouse` command (CONTRACT section 4): reads the arguments, calls the pipeline, prints for people."""

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from ingest.errors import UsageError, WarehouseError
from ingest.settings import Settings, load_settings


def parse_as_of(text: str) -> datetime:
    """An ISO 8601 instant as naive UTC; one without an offset is UTC."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not an ISO 8601 instant such as 2026-03-02T16:00:00Z"
        ) from None
    return instant if instant.tzinfo is None else instant.astimezone(UTC).replace(tzinfo=None)


def _land(settings: Settings, arguments: argparse.Namespace) -> int:
    from ingest.landing import land_path

    report = land_path(settings, Path(arguments.source), source_time_zone=arguments.source_time_zone)
    for batch in report.batches:
        print(batch.line(), file=sys.stderr if batch in report.rejected else sys.stdout)
    for note in report.notes:
        print(note)
    print(f"{report.rows_accepted} rows landed, {report.rows_quarantined} quarantined, {len(report.rejected)} files rejected")
    return report.exit_status


def _increment(settings: Settings, arguments: argparse.Namespace) -> int:
    from orchestration.pipeline.increment import increment

    report = increment(settings, arguments.as_of)
    how = "full rebuild" if report.is_full_refresh else "increment"
    print(
        f"{how} {report.run_id}: {sum(report.pending.values())} rows taken up, {report.restated_count} cells restated, "
        f"as of {report.as_of:%Y-%m-%d %H:%M:%S} UTC, {report.seconds:.1f} s. Published {settings.published_path}"
    )
    return 0


def _calibrate(settings: Settings, arguments: argparse.Namespace) -> int:
    from orchestration.pipeline.calibrate import calibrate

    report = calibrate(settings, arguments.as_of)
    print(report.summary())
    if report.unexplained_count:
        raise WarehouseError(
            f"{report.unexplained_count} cells differ between the incremental and the rebuilt tables without a stated cause. "
            f"The rebuilt figures are published. See audit.calibration_drift, run_id {report.run.run_id}, "
            f"in {settings.published_path}, and report it: this is a bug."
        )
    return 0


def build_parser() -> argparse.ArgumentParser:
    """The command line: one subcommand per row of CONTRACT section 4."""
    parser = argparse.ArgumentParser(prog="warehouse", description="One honest set of books for purchasing agents.")
    parser.add_argument("--home", type=Path, help="folder of all state (default $WAREHOUSE_HOME, else ./var)")
    # --home is understood before and after the subcommand.
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--home", type=Path, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[Settings, argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, parents=[common], help=text, description=text)
        added.set_defaults(run=run)
        return added

    land = command("land", _land, "land every new file below a folder of feeds")
    land.add_argument("source", metavar="DIR")
    land.add_argument("--source-time-zone", help="zone of instants without an offset (default: the setting)")
    for name, run, text in (
        ("increment", _increment, "bring every table up to date with what landed, then publish"),
        ("calibrate", _calibrate, "full refresh, drift report, publish"),
    ):
        command(name, run, text).add_argument(
            "--as-of", type=parse_as_of, metavar="T", help="fix now (ISO 8601; UTC without an offset)"
        )
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 1 failed, 2 wrong usage."""
    arguments = build_parser().parse_args(argv)
    try:
        return arguments.run(load_settings(arguments.home), arguments)
    except UsageError as error:
        print(f"warehouse: {error}", file=sys.stderr)
        return error.exit_status
    except WarehouseError as error:
        print(f"warehouse: {error}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        print("warehouse: interrupted. Readers keep the last publication; run the command again.", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
