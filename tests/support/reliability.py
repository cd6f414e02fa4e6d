"""The table of docs/reliability.md, from runs of what it names: `python -m tests.support.reliability [--share 1.0]`.

A share below 1 makes every row so much smaller; the commands that stand in the table are the ones that were run.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
_TEXT = """# Reliability

What is tried again and again, how often it was tried, and how often it failed. `make reliability` runs every row and writes
this page; each row can be run alone by the command in it. What the user sees of each fault, and the way back, is in
[faults.md](faults.md). A changed model that nothing catches counts as a failure, also where it gives the same rows whatever
landed; the command names each.

| property | tries | failures | run again |
|---|---|---|---|
"""


@dataclass(frozen=True)
class Row:
    """A property, the command that tries it (environment first), and how its output says tries and failures."""

    what: str
    command: tuple[str, ...]
    read: Callable[[str], tuple[str, int]]


def _rows(share: float) -> list[Row]:
    def count(whole: int) -> str:
        return str(max(1, round(whole * share)))

    python = (".venv/bin/python", "-m")
    pytest = (".venv/bin/pytest", "-q", "-n", "0")
    return [
        Row(
            "after a kill the same command makes everything good: rows and figures are those of a twin never killed",
            (*python, "tests.support.crashes", "--kills", count(200)),
            _read_kills,
        ),
        Row(
            "whoever opens the published file sees one publication, whole",
            (*python, "tests.support.readers", "--readers", "8", "--publications", count(300)),
            _read_reads,
        ),
        Row(
            "increments end where a full refresh ends, in the figures of the independent ledger",
            (f"PROPERTY_HISTORIES={count(200)}", *pytest, "-s", "tests/properties"),
            _read_histories,
        ),
        Row(
            "faults of the machine end in words, with the way back",
            (*pytest, "tests/integration/faults"),
            _read_tests,
        ),
        Row(
            "a changed WHERE, JOIN, CASE or window order of a model fails a test of it or moves a published figure",
            (*python, "tests.support.mutation", "--sample", count(600)),
            _read_mutants,
        ),
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
    return f"{said['read_count']} reads through {said['publication_count']} publications", len(
        said["failures"]
    )


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
    return f"{said['tried_count']} of {said['mutant_count']} mutants", said["tried_count"] - said[
        "caught_count"
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0)
    given = parser.parse_args()
    text = _TEXT
    for row in _rows(given.share):
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
        tries, failures = _read(row, done.stdout)
        text += f"| {row.what} | {tries} | {failures} | `{' '.join(row.command)}` |\n"
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
