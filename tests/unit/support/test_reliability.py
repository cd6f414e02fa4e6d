"""The page of reliability, from what its rows' commands print."""

import json
import sys
from pathlib import Path

import pytest

from tests.support import reliability

READS = {
    "publication_count": 300,
    "refused_count": 2,
    "read_count": 9000,
    "seen_count": 301,
    "failure_count": 3,
    "failures": ["a"],
}
PRINTED = {
    "crashes": json.dumps(
        {"kill_count": 3, "fault_count": 1, "places": {"land: at here": 1, "increment: by chance": 2}}
    ),
    "readers": json.dumps({**READS, "refused_count": 0, "failure_count": 0}),
    "readers-in-place": f"something before\n{json.dumps(READS)}\n",
    "soak": "day 1 of 2: increments 1.0 s\nday 2 of 2: increments 1.0 s\n.\n1 passed in 9 s\n",
    "properties": "12 histories of 9 steps lived\n1 failed, 2 passed in 9 s\n",
    "flips": json.dumps({"flip_count": 60, "fault_count": 0, "seen": {}}),
    "faults": "30 passed, 1 error in 9 s\n",
    "mutation": json.dumps(
        {"mutant_count": 9, "tried_count": 8, "caught_count": 5, "same_rows_count": 2, "survivors": ["a"]}
    ),
}


def test_rows_that_were_kept_are_counted_and_not_run_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, kept = tmp_path / "page.md", tmp_path / "kept"
    kept.mkdir()
    for name, text in PRINTED.items():
        (kept / f"{name}.txt").write_text(text, encoding="utf-8")
    monkeypatch.setattr(reliability, "PAGE", page)
    monkeypatch.setattr(sys, "argv", ["reliability", "--kept", str(kept)])
    assert reliability.main() == 0
    rows = [
        line.split(" | ") for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("| ")
    ]
    counts = {row[3].strip("`| "): (row[1], row[2]) for row in rows if len(row) == 4}
    assert counts[".venv/bin/python -m tests.support.crashes --kills 200"] == ("3 kills in 2 places", "1")
    assert counts[".venv/bin/python -m tests.support.readers --readers 8 --publications 300"] == (
        "9000 reads through 300 publications",
        "0",
    )
    assert ("9000 reads through 300 publications", "5") in counts.values()
    assert ("2 days of three runs, too few to say what grows", "0") in counts.values()
    assert ("12 histories of 9 steps", "1") in counts.values()
    assert ("60 flips", "0") in counts.values()
    assert ("31 faults", "1") in counts.values()
    assert ("8 of 9 mutants, 2 of which change no row", "1") in counts.values()
    (kept / "mutation.txt").unlink()
    (kept / "flips.txt").write_text("killed before it said anything", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["reliability", "--kept", str(kept), "--write-only"])
    assert reliability.main() == 0
    text = page.read_text(encoding="utf-8")
    assert "| not tried yet |  | `.venv/bin/python -m tests.support.mutation" in text
    assert "| did not end | 1 | `.venv/bin/python -m tests.support.flips" in text
    assert [row for row in rows if len(row) == 3][1:] == [
        ["| increment", "by chance", "2 |"],
        ["| land", "at here", "1 |"],
    ]
