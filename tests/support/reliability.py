"""The tables of docs/reliability.md: `python -m tests.support.reliability [--share 1.0] [--kept DIR [--write-only]]`.

A share below 1 makes every row so much smaller; the commands that stand in the tables are the ones to run again. What each
command printed is kept in DIR as `<row>.txt`; a row that is there already is not run again, so hours can be spent in parts.
With --write-only nothing is run: the page says of a row that is not there that it was not tried yet.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
_TEXT = """# Reliability

What is tried again and again, how often it was tried, and how often it failed. `make reliability` runs every row and writes
this page; each row can be run alone by the command in it. A command that was ended early counts what it had tried. What the
user sees of each fault, and the way back, is in [faults.md](faults.md). A changed model that nothing catches counts as a failure,
but for those that give the same rows whatever landed, each with its reason in `tests/support/mutation/same_rows.py`.

"""
_HEAD = "| property | tries | failures | run again |\n|---|---|---|---|\n"
_RIVALS = """
## The same, done otherwise

A script that makes its tables again in the file that readers open, read by the same readers; a failure is a read that met an
error, or a publication that could not be written because somebody was reading. How many rows plain dbt leaves wrong, by look-back
and by key, is in [benchmarks.md](benchmarks.md).

"""
_KILLS = """
## Kills by stage

| what was killed | where | kills |
|---|---|---|
"""


@dataclass(frozen=True)
class Row:
    """A property, the command that tries it (environment first), and how its output says tries and failures."""

    name: str
    what: str
    command: tuple[str, ...]
    read: Callable[[str], tuple[str, int]]


_PYTHON = (".venv/bin/python", "-m")


def _rows(share: float) -> list[Row]:
    def count(whole: int) -> str:
        return str(max(1, round(whole * share)))

    python = _PYTHON
    pytest = (".venv/bin/pytest", "-q", "-n", "0")
    return [
        Row(
            "crashes",
            "after a kill the same command makes everything good: rows and figures are those of a twin never killed",
            (*python, "tests.support.crashes", "--kills", count(200)),
            _read_kills,
        ),
        Row(
            "readers",
            "whoever opens the published file sees one publication, whole",
            (*python, "tests.support.readers", "--readers", "8", "--publications", count(300)),
            _read_reads,
        ),
        Row(
            "soak",
            "days under Dagster's schedules end in the figures of the independent ledger, and nothing grows but the history",
            (f"SOAK_DAYS={count(60)}", *pytest, "-s", "-m", "long", "tests/soak"),
            _read_days,
        ),
        Row(
            "properties",
            "increments end where a full refresh ends, in the figures of the independent ledger",
            (f"PROPERTY_HISTORIES={count(200)}", *pytest, "-s", "tests/properties"),
            _read_histories,
        ),
        Row(
            "flips",
            "a flipped bit of the raw, build or published file is told or does no harm, and what doctor says brings all back",
            (*python, "tests.support.flips", "--flips", count(60)),
            _read_flips,
        ),
        Row(
            "faults",
            "faults of the machine end in words, with the way back",
            (*pytest, "tests/integration/faults"),
            _read_tests,
        ),
        Row(
            "mutation",
            "a changed WHERE, JOIN, CASE or window order of a model fails a test of it or moves a published figure",
            (*python, "tests.support.mutation", "--sample", count(600)),
            _read_mutants,
        ),
    ]


def _rivals(share: float) -> list[Row]:
    publications = str(max(1, round(30 * share)))
    return [
        Row(
            "readers-in-place",
            "whoever opens the published file sees one publication, whole, and every publication is written",
            (
                *_PYTHON,
                "tests.support.readers",
                "--readers",
                "8",
                "--publications",
                publications,
                "--in-place",
            ),
            _read_reads,
        )
    ]


def _read(row: Row, out: str) -> tuple[str, int]:
    """Tries and failures. A command that says neither has failed: hours of the other rows are not lost with it."""
    try:
        return row.read(out)
    except (ValueError, LookupError):
        print(f"{' '.join(row.command)} did not say how often it tried:\n{out[-2000:]}", file=sys.stderr)
        return "did not end", 1


def _read_kills(out: str) -> tuple[str, int]:
    said = json.loads(out)
    return f"{said['kill_count']} kills in {len(said['places'])} places", said["fault_count"]


def _read_reads(out: str) -> tuple[str, int]:
    said = json.loads(out.splitlines()[-1])
    tries = f"{said['read_count']} reads through {said['publication_count']} publications"
    return tries, said["failure_count"] + said["refused_count"]


def _read_days(out: str) -> tuple[str, int]:
    days = re.findall(r"^\.?day (\d+) of \d+: ", out, flags=re.M)
    compared = "" if "last third over the one before" in out else ", too few to say what grows"
    return f"{days[-1]} days of three runs{compared}", _failed(out)


def _read_flips(out: str) -> tuple[str, int]:
    said = json.loads(out)
    return f"{said['flip_count']} flips", said["fault_count"]


def _read_histories(out: str) -> tuple[str, int]:
    (lived,) = re.findall(r"^(\d+ histories.*) lived$", out, flags=re.M)
    return lived, _failed(out)


def _read_tests(out: str) -> tuple[str, int]:
    (passed,) = re.findall(r"(\d+) passed", out)
    return f"{int(passed) + _failed(out)} faults", _failed(out)


def _failed(out: str) -> int:
    return sum(map(int, re.findall(r"(\d+) (?:failed|error)", out)))


def _read_mutants(out: str) -> tuple[str, int]:
    said = json.loads(out)
    same = said["same_rows_count"]
    tries = f"{said['tried_count']} of {said['mutant_count']} mutants, {same} of which change no row"
    return tries, said["tried_count"] - said["caught_count"] - same


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--kept", type=Path)
    parser.add_argument("--write-only", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        kept = given.kept or Path(folder)
        kept.mkdir(parents=True, exist_ok=True)
        if not given.write_only:
            for row in (*_rows(given.share), *_rivals(given.share)):
                _keep(row, kept)
        text = _TEXT + _table(_rows(given.share), kept)
        text += _RIVALS + _table(_rivals(given.share), kept)
        text += _KILLS + _kills(_printed(kept, "crashes"))
    PAGE.write_text(text, encoding="utf-8")
    return 0


def _keep(row: Row, kept: Path) -> None:
    path = kept / f"{row.name}.txt"
    if not path.exists():
        path.write_text(_output(row), encoding="utf-8")


def _printed(kept: Path, name: str) -> str | None:
    path = kept / f"{name}.txt"
    return path.read_text(encoding="utf-8") if path.exists() else None


def _table(rows: list[Row], kept: Path) -> str:
    lines = []
    for row in rows:
        out = _printed(kept, row.name)
        tries, failures = ("not tried yet", "") if out is None else _read(row, out)
        lines.append(f"| {row.what} | {tries} | {failures} | `{' '.join(row.command)}` |\n")
    return _HEAD + "".join(lines)


def _output(row: Row) -> str:
    variables = dict(word.split("=") for word in row.command if "=" in word)
    words = [word for word in row.command if "=" not in word]
    if words[0] == ".venv/bin/python":
        words[0] = sys.executable
    print(" ".join(row.command), file=sys.stderr, flush=True)
    done = subprocess.run(
        words,
        env={**os.environ, **variables},
        cwd=PAGE.parents[1],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    return done.stdout


def _kills(out: str | None) -> str:
    """Rows of what was killed and where, with their number; none where the command did not end."""
    try:
        places = json.loads(out or "")["places"]
    except (ValueError, LookupError):
        return ""
    parts = [(*place.split(": ", 1), count) for place, count in sorted(places.items())]
    return "".join(f"| {deed} | {where} | {count} |\n" for deed, where, count in parts)


if __name__ == "__main__":
    sys.exit(main())
