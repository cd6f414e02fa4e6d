"""Reads a Dockerfile and carries out its steps below a folder, as far as they need no builder."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = ROOT / "orchestration" / "Dockerfile"


@dataclass(frozen=True)
class Instruction:
    """One instruction with its arguments on one line."""

    word: str
    arguments: str


def instructions(text: str) -> Iterator[Instruction]:
    """The instructions in their order, continuation lines joined, without comments."""
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for line in lines.replace("\\\n", " ").splitlines():
        if line.strip():
            word, _, arguments = line.strip().partition(" ")
            yield Instruction(word, re.sub(r"\s+", " ", arguments))


def context() -> list[Path]:
    """What the builder is sent: the repository's files that .dockerignore lets through, relative to its root."""
    listed = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    sent = {line.removeprefix("!") for line in listed if line.startswith("!")}
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [Path(name) for name in tracked.stdout.splitlines() if Path(name).parts[0] in sent]


def build(folder: Path) -> Path:
    """Carry out FROM to CMD below `folder`, every stage in the same root; returns the program's folder.

    Users are made in the root's own /etc; `python` is this interpreter, for that of the base image.
    """
    root = folder / "root"
    (root / "etc").mkdir(parents=True)
    for name in ("passwd", "group", "shadow", "gshadow"):
        (root / "etc" / name).touch()
    work = root
    for one in instructions(DOCKERFILE.read_text(encoding="utf-8")):
        if one.word == "WORKDIR":
            work = root / one.arguments.lstrip("/")
            work.mkdir(parents=True, exist_ok=True)
        elif one.word == "COPY" and not one.arguments.startswith("--from="):
            *sources, target = one.arguments.split()
            _copy(sources, work / target)
        elif one.word == "RUN":
            command = one.arguments.replace("useradd ", f"useradd --prefix {root} ")
            command = re.sub(r"^python ", f"{sys.executable} ", command)
            subprocess.run(["bash", "-euc", command], cwd=work, check=True, env=_environment())
    return root / "opt" / "daigou-warehouse"


def _environment() -> dict[str, str]:
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("WAREHOUSE_", "DAGSTER_"))
    }


def _copy(sources: list[str], target: Path) -> None:
    for source in sources:
        found = [path for path in context() if path.is_relative_to(source)]
        assert found, f"the context has no {source}"
        for path in found:
            place = target / path.relative_to(source) if path != Path(source) else target / path.name
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, place)
