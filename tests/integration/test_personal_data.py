"""R20, searched for: what looks like personal data is planted in every column, key, column name and file name, and looked for
in everything that is published, shown or kept past raw."""

import contextlib
import io
import json
import logging
import shutil
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from dagster import DagsterInstance

from dashboard.build import build_dashboard
from ingest.contract.feeds import FEEDS, Feed
from ingest.foundation.settings import Settings
from orchestration.cli import main
from orchestration.dagster_graph.graph import build_defs
from orchestration.dagster_graph.jobs import CALIBRATION_JOB, INCREMENTAL_JOB
from orchestration.runs.increment import increment
from tests.support.books import disagreements
from tests.support.landing import deliver

AS_OF = datetime(2026, 4, 1)
MAIL = "anna.li@example.com"
PHONE = "+86 13800138000"
NAME = "Anna Li"
PLANTED = (MAIL, PHONE, NAME)
# In any case, and cut or escaped as a file or page might.
TRACES = ("anna", "13800138000")


def traces_in(text: str) -> list[str]:
    return [trace for trace in TRACES if trace in text.lower()]


def planted_rows(feed: Feed, value: str) -> Iterator[dict[str, str]]:
    """The feed's example with the value in one column after another, under keys of its own where it is not the key."""
    example = feed.example_row
    yield dict(example)
    for number, column in enumerate(feed.columns):
        row = dict(example)
        for key in feed.key:
            if next(c.type for c in feed.columns if c.name == key) in ("text", "open_code"):
                row[key] = f"{example[key]}-{number}"
        yield {**row, column.name: value}


def plant(folder: Path, values: tuple[str, ...] = PLANTED) -> None:
    for feed in FEEDS.values():
        rows = [row for value in values for row in planted_rows(feed, value)]
        named = [{**row, MAIL: "x", PHONE: "y", f"{NAME} note": MAIL} for row in rows]
        deliver(folder, f"{feed.name}/{MAIL} {PHONE}.jsonl", "\n".join(map(json.dumps, named)))
        deliver(folder, f"{feed.name}/{PHONE}.csv", f"{MAIL},{PHONE},{NAME}\n1,2,3\n")
        deliver(folder, f"{feed.name}/{MAIL}.xyz", MAIL)
    deliver(folder, f"{MAIL}/a.csv", MAIL)
    deliver(folder, f"payments/.{MAIL}", MAIL)


def run_in_dagster(settings: Settings, folder: Path) -> None:
    """Both jobs in an instance that keeps its runs, events and logs below `folder`; the landing folder is planted first."""
    # In another order, so that it is another content, which lands.
    plant(settings.landing_dir, PLANTED[::-1])
    folder.mkdir()
    definitions = build_defs(settings)
    with DagsterInstance.local_temp(str(folder)) as instance:
        for job in (INCREMENTAL_JOB, CALIBRATION_JOB):
            result = definitions.resolve_job_def(job).execute_in_process(
                instance=instance,
                raise_on_error=False,
                partition_key="2026-03-31" if job == INCREMENTAL_JOB else None,
            )
            assert result.success
    shutil.rmtree(settings.landing_dir)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, str]:
    """A warehouse with planted values and everything that its commands printed."""
    root = tmp_path_factory.mktemp("planted")
    settings = Settings(home=root / "home", lock_wait_seconds=5)
    plant(root / "in")
    printed = io.StringIO()
    for arguments in (
        ["land", str(root / "in")],
        ["increment", "--as-of", f"{AS_OF:%Y-%m-%dT%H:%M:%SZ}"],
        ["status"],
        ["status", "--json"],
        ["quarantine", "list"],
        ["quarantine", "list", "--json"],
        ["quarantine", "retry"],
        ["calibrate", "--as-of", f"{AS_OF:%Y-%m-%dT%H:%M:%SZ}"],
        ["explain", "core_data_quality", "quarantined_count", "feed=refunds", "reason=not_a_code"],
        ["explain", "core_data_quality", "quarantined_count", "feed=users", "reason=not_a_code"],
    ):
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            main(["--home", str(settings.home), *arguments])
    return settings, printed.getvalue()


def test_something_was_planted(planted: tuple[Settings, str]) -> None:
    settings, _ = planted
    with duckdb.connect(str(settings.raw_path), read_only=True) as connection:
        assert connection.execute("select count(*) from raw.refunds where reason like '%@%'").fetchall() == [
            (1,)
        ]


def test_nothing_printed_holds_personal_data(planted: tuple[Settings, str]) -> None:
    _, printed = planted
    assert [line for line in printed.splitlines() if traces_in(line)] == []


def test_nothing_published_holds_personal_data(planted: tuple[Settings, str]) -> None:
    settings, _ = planted
    leaks = []
    with duckdb.connect(str(settings.published_path), read_only=True) as connection:
        for schema, table in connection.execute(
            "select schema_name, table_name from duckdb_tables()"
        ).fetchall():
            for row in connection.execute(f'from {schema}."{table}"').fetchall():
                leaks += [(table, value) for value in row if isinstance(value, str) and traces_in(value)]
    assert leaks == []


def test_a_value_that_is_no_code_is_published_as_other_and_counted(planted: tuple[Settings, str]) -> None:
    settings, _ = planted
    with duckdb.connect(str(settings.published_path), read_only=True) as connection:
        counted = dict(
            connection.execute(
                "select feed, quarantined_count from marts.core_data_quality where reason = 'not_a_code'"
            ).fetchall()
        )
        unknown = connection.execute(
            "select distinct unknown_columns from audit.load_batches where status = 'landed'"
        ).fetchall()
    assert {"users", "forwarding_orders", "service_orders", "refunds", "shipping_lines"} <= set(counted)
    assert unknown == [('["other", "other", "other"]',)]


def test_the_ledger_knows_the_rule_too(planted: tuple[Settings, str]) -> None:
    settings, _ = planted
    assert disagreements(settings, AS_OF) == {}


def test_the_superset_bundle_holds_no_personal_data(planted: tuple[Settings, str], tmp_path: Path) -> None:
    settings, _ = planted
    assert main(["--home", str(settings.home), "dashboard", "--superset", str(tmp_path / "bundle.zip")]) == 0
    with zipfile.ZipFile(tmp_path / "bundle.zip") as bundle:
        assert bundle.namelist()
        for name in bundle.namelist():
            assert traces_in(name + bundle.read(name).decode("utf-8")) == []


def test_no_file_of_the_warehouse_but_raw_and_build_hold_personal_data(
    planted: tuple[Settings, str], caplog: pytest.LogCaptureFixture
) -> None:
    """Pages, logs, the saved parse, previous publications."""
    settings, _ = planted
    with caplog.at_level(logging.DEBUG):
        build_dashboard(settings)
    assert traces_in(caplog.text) == []
    leaks = [
        str(path)
        for path in settings.home.rglob("*")
        if path.is_file()
        and not {settings.raw_path.parent, settings.build_path.parent} & {*path.parents}
        and (traces_in(path.read_bytes().decode("utf-8", "replace")) or traces_in(path.name))
    ]
    assert leaks == []
    assert increment(settings, as_of=AS_OF).run_id


def test_what_dagster_keeps_holds_no_personal_data(
    planted: tuple[Settings, str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Runs, events and metadata of both jobs, what their steps printed, and what reached the terminal."""
    settings, _ = planted
    run_in_dagster(settings, tmp_path / "dagster")
    kept = [path for path in (tmp_path / "dagster").rglob("*") if path.is_file()]
    assert any(path.suffix == ".db" for path in kept)
    assert [str(path) for path in kept if traces_in(path.read_bytes().decode("utf-8", "replace"))] == []
    assert traces_in("".join(capfd.readouterr())) == []
