"""The `warehouse` command: where options may stand, exit statuses, streams, start-up."""

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import click
import pytest

from ingest.foundation.lock import writer_lock
from ingest.foundation.settings import Settings
from ingest.foundation.version import program_version
from orchestration import cli
from orchestration.runs.build_file import open_build

FIGURE = ["core_daily", "net_revenue_cny", "business_date=2026-10-20", "business_type=all"]


def warehouse(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "orchestration.cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
    )


def words_of_commands(
    group: click.Group = cli.warehouse, before: tuple[str, ...] = ()
) -> list[tuple[str, ...]]:
    """Every command and subcommand as typed: `()` is `warehouse` itself."""
    found = [before]
    for name, command in group.commands.items():
        words = (*before, name)
        found += words_of_commands(command, words) if isinstance(command, click.Group) else [words]
    return found


@pytest.mark.parametrize("words", words_of_commands(), ids=" ".join)
def test_every_command_has_help_and_version(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([*words, "--help"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(" ".join(("Usage: warehouse", *words, "[OPTIONS]")))
    assert "--home DIR" in printed
    assert cli.main([*words, "--version"]) == 0
    assert capsys.readouterr().out == f"warehouse {program_version()}\n"


@pytest.mark.parametrize("words", words_of_commands(), ids=" ".join)
def test_help_says_what_every_command_and_option_does(words: tuple[str, ...]) -> None:
    command: click.Command = cli.warehouse
    for word in words:
        assert isinstance(command, click.Group)
        command = command.commands[word]
    assert "..." not in command.get_short_help_str(limit=62)
    for parameter in command.params:
        assert isinstance(parameter, click.Argument) or str(parameter.help).endswith("."), parameter.name


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    printed = capsys.readouterr().out
    for name in cli.warehouse.commands:
        assert f"\n  {name} " in printed
    assert cli.main(["explain", "--help"]) == 0
    assert "warehouse explain core_daily net_revenue_cny" in capsys.readouterr().out


def test_the_shell_completes_commands_and_options() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "orchestration.cli"],
        env=os.environ
        | {"_WAREHOUSE_COMPLETE": "bash_complete", "COMP_WORDS": "warehouse quarantine l", "COMP_CWORD": "2"},
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    assert done.stdout == "plain,list\n"
    assert done.stderr == ""


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["explode"],
        ["status", "--colour"],
        ["status", "now"],
        ["increment", "--as-of", "yesterday"],
        ["explain"],
        ["explain", "core_daily", "net_revenue_cny", "--limit", "0"],
        ["quarantine"],
        ["quarantine", "list", "--limit", "-1"],
    ],
)
def test_wrong_words_are_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Usage: warehouse" in captured.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["explain", "core_dialy", "x"], "no published table 'core_dialy'"),
        (["explain", *FIGURE[:2], "2026-10-20"], "'2026-10-20' is not of the form key=value"),
        (["explain", *FIGURE, "business_type=all"], "business_type is given twice"),
        (["explain", *FIGURE[:3]], "missing business_type"),
        (["quarantine", "show", "none"], "'none'"),
    ],
)
def test_wrong_names_are_wrong_usage_in_words(
    simulated: Settings, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([*arguments, "--home", str(simulated.home)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err


def test_home_may_stand_before_and_after_the_subcommand(
    simulated: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ["--home", str(simulated.home)]
    for arguments in (
        [*home, "status", "--json"],
        ["status", *home, "--json"],
        ["--home", "/nowhere", "status", "--json", *home],
    ):
        assert cli.main(arguments) == 0
        assert json.loads(capsys.readouterr().out)["home"] == str(simulated.home)
    for arguments in (
        [*home, "quarantine", "list"],
        ["quarantine", *home, "list"],
        ["quarantine", "list", *home],
    ):
        assert cli.main(arguments) == 0


def test_home_is_taken_from_the_environment(
    simulated: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAREHOUSE_HOME", str(simulated.home))
    assert cli.main(["status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["home"] == str(simulated.home)


def test_options_may_stand_between_the_parts_of_a_key(
    simulated: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (
        ["explain", "--json", *FIGURE],
        ["explain", *FIGURE[:1], "--json", *FIGURE[1:]],
        ["explain", *FIGURE[:2], "--json", *FIGURE[2:]],
        ["explain", *FIGURE[:3], "--json", *FIGURE[3:]],
    ):
        assert cli.main([*arguments, "--home", str(simulated.home)]) == 0
        assert json.loads(capsys.readouterr().out)["key"] == {
            "business_date": "2026-10-20",
            "business_type": "all",
        }


@pytest.mark.parametrize("text", ["2026-03-02T16:00:00", "2026-03-02T16:00:00Z", "2026-03-03T00:00:00+08:00"])
def test_an_as_of_is_utc_unless_it_says_otherwise(text: str) -> None:
    context = cli.warehouse.commands["increment"].make_context("increment", ["--as-of", text])
    assert context.params["as_of"] == datetime(2026, 3, 2, 16)


READING = (["explain", *FIGURE], ["quarantine", "list"])


def test_an_explanation_names_the_run_that_writes_to_the_build_file(
    simulated_copy: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = simulated_copy
    monkeypatch.setenv("WAREHOUSE_LOCK_WAIT_SECONDS", "0.2")
    with writer_lock(settings, "increment"), open_build(settings):
        done = warehouse("explain", *FIGURE, "--home", str(settings.home))
    assert done.returncode == 1
    assert done.stdout == ""
    assert f"{settings.build_path} could not be opened: it is in use (pid {os.getpid()}, " in done.stderr
    assert "what increment" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_quarantine_is_listed_while_a_run_writes(simulated_copy: Settings) -> None:
    with writer_lock(simulated_copy, "increment"), open_build(simulated_copy):
        done = warehouse("quarantine", "list", "--home", str(simulated_copy.home))
    assert done.returncode == 0, done.stderr
    assert "no_rate" in done.stdout or "waiting_for_payment" in done.stdout


@pytest.mark.parametrize("arguments", READING)
def test_reading_goes_on_while_a_calibration_builds_beside(
    simulated_copy: Settings, arguments: list[str]
) -> None:
    beside = simulated_copy.build_path.parent / "calibrating" / simulated_copy.build_path.name
    with writer_lock(simulated_copy, "calibrate"), open_build(simulated_copy, beside):
        done = warehouse(*arguments, "--home", str(simulated_copy.home))
    assert done.returncode == 0, done.stderr


def test_a_row_that_is_not_there_fails(simulated: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    key = ["business_date=2031-01-01", "business_type=all"]
    assert cli.main(["explain", *FIGURE[:2], *key, "--home", str(simulated.home)]) == 1
    assert "out of range" in capsys.readouterr().err


def test_a_reader_that_stops_reading_gets_no_traceback(simulated: Settings) -> None:
    done = subprocess.run(
        f'"{sys.executable}" -m orchestration.cli explain users_geography net_revenue_cny country_code=US '
        f'--home "{simulated.home}" | head -1',
        shell=True,
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    assert done.stdout.startswith("users_geography.net_revenue_cny = ")
    assert done.stderr == ""


@pytest.mark.parametrize("arguments", [["status"], ["explain", *FIGURE]])
def test_reading_does_not_wait_for_what_it_does_not_need(simulated: Settings, arguments: list[str]) -> None:
    code = (
        "import sys; from orchestration import cli; "
        f"assert cli.main({[*arguments, '--home', str(simulated.home)]!r}) == 0; "
        "sys.exit(any(name.split('.')[0] in ('dbt', 'dagster', 'pandas') for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_quarantined_rows_are_listed_without_their_text(
    simulated: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ["--home", str(simulated.home)]
    assert cli.main(["quarantine", "list", "--feed", "users", "--json", *home]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert rows
    assert {row["feed"] for row in rows} == {"users"}
    assert all("raw_text" not in row for row in rows)
    assert cli.main(["quarantine", "list", "--feed", "users", *home]) == 0
    printed = capsys.readouterr().out
    assert all(f"{row['source_name']}:{row['line']}  {row['reason']}" in printed for row in rows)
    assert cli.main(["quarantine", "show", rows[0]["quarantine_id"], *home]) == 0
    assert rows[0]["reason"] in capsys.readouterr().out


def test_quarantined_rows_are_retried(simulated_copy: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["quarantine", "retry", "--feed", "users", "--home", str(simulated_copy.home)]) == 0
    assert "still in quarantine" in capsys.readouterr().out


def test_an_interrupted_command_says_that_readers_are_safe(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(_: Settings) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("orchestration.reading.status.read_status", interrupt)
    assert cli.main(["status", "--home", str(settings.home)]) == 1
    assert "interrupted. Readers keep the last publication" in capsys.readouterr().err


def test_quarantine_of_no_warehouse_makes_none(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    for verb in ("list", "retry"):
        assert cli.main(["quarantine", verb, "--home", str(settings.home)]) == 1
        assert "does not exist" in capsys.readouterr().err
    assert not settings.home.exists()
