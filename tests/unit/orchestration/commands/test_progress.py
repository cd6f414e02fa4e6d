"""Progress on a terminal and elsewhere."""

import io
import re

import pytest

from ingest.foundation.progress import Progress
from orchestration.commands.progress import progress_shown


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


STEPS = [
    Progress("landing", 1, 2, "users/a.csv"),
    Progress("landing", 2, 2, "users/b.csv"),
    Progress("publishing"),
]


def test_elsewhere_a_stage_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.StringIO()
    monkeypatch.setattr("sys.stderr", file)
    with progress_shown() as show:
        for step in STEPS:
            show(step)
    assert re.fullmatch(r"landing 2 of 2, \d+\.\d s\npublishing, \d+\.\d s\n", file.getvalue())


def test_on_a_terminal_one_line_is_written_anew_and_cleared(monkeypatch: pytest.MonkeyPatch) -> None:
    file = Terminal()
    monkeypatch.setattr("sys.stderr", file)
    monkeypatch.setenv("COLUMNS", "30")
    with progress_shown() as show:
        for step in STEPS:
            show(step)
    assert "\n" not in file.getvalue()
    lines = file.getvalue().split("\r\033[K")
    assert lines[-1] == ""
    shown = [line for line in lines if line]
    assert shown[0] == "landing 1 of 2, 0 s  users/a."
    assert [line.partition(",")[0] for line in shown] == ["landing 1 of 2", "landing 2 of 2", "publishing"]


def test_nothing_to_show_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.StringIO()
    monkeypatch.setattr("sys.stderr", file)
    with progress_shown():
        pass
    assert file.getvalue() == ""
