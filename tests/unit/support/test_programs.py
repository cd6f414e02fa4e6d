"""Tests whose programs are missing are left out by name; the interpreter is found or its want is told."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.programs import NEEDED, left_out_lines, missing_by_marker, parted

# Only root may mount.
RIGHTS: dict[str, tuple[str, ...]] = {} if os.geteuid() == 0 else {"mounts": ("root",)}
FIND_PYTHON = Path(__file__).resolve().parents[3] / ".ci" / "find-python"


def test_nothing_is_missing_where_every_program_is_found() -> None:
    assert missing_by_marker(lambda name: f"/usr/bin/{name}") == RIGHTS


def test_one_missing_program_takes_its_marker_with_it() -> None:
    missing = missing_by_marker(lambda name: None if name == "mariadbd" else name)
    assert missing == {"servers": ("mariadbd",)} | RIGHTS


@pytest.mark.servers
def test_a_test_of_a_missing_program_is_parted(request: pytest.FixtureRequest) -> None:
    assert parted([request.node], ["servers"]) == ([], [request.node])
    assert parted([request.node], ["browser"]) == ([request.node], [])


def test_what_is_left_out_is_said_by_name_with_the_command_that_brings_it() -> None:
    lines = left_out_lines(["tests/b.py::two", "tests/a.py::one"], {"browser": ("chromium",)})
    assert lines[0] == "2 tests were left out, because these programs are not installed: chromium."
    assert lines[1:3] == ["  tests/a.py::one", "  tests/b.py::two"]
    assert ".ci/install-debian" in lines[-1]


def test_every_marker_of_programs_is_declared(pytestconfig: pytest.Config) -> None:
    declared = {line.split(":")[0] for line in pytestconfig.getini("markers")}
    assert set(NEEDED) <= declared


def test_without_a_python_it_is_said_what_to_install(tmp_path: Path) -> None:
    bash = "/bin/bash"
    for name in ("cat", "env"):
        (tmp_path / name).symlink_to(f"/usr/bin/{name}" if name == "env" else "/bin/cat")
    found = subprocess.run(
        [bash, FIND_PYTHON],
        env={**os.environ, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 1
    assert "apt-get install python3 python3-venv" in found.stderr
    assert found.stdout == ""
