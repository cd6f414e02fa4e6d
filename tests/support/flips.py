"""Flipped bits: `python -m tests.support.flips [--flips 60] [--seed 1]`.

One bit of the raw, the build or the published file of a home is changed, at a place taken by chance. Each command that
follows says so and leaves what readers have, or ends in the rows and figures of a twin without damage. `warehouse doctor` finds
what cannot be read; a calibration finds it in the raw file, and no publication carries it on. What doctor says to do ends in the
twin's figures. Prints counts by what was seen. Exits with 1 where anything was wrong.
"""

import argparse
import collections
import contextlib
import json
import random
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from orchestration.catalogue import project
from orchestration.runs.loss import can_be_read
from tests.support.crashes import LATER, differing
from tests.support.forked import Outcome, forked
from tests.support.landing import csv_text, deliver
from tests.support.small_platform import USER, payment, with_one_payment

FILES = ("raw", "build", "published")
# What stands before the blocks of a DuckDB file, in bytes.
_HEADERS = 3 * 4096
_SHARE_OF_HEADERS = 0.1


@dataclass(frozen=True)
class Flip:
    """One changed byte: of which file, where, what the commands did and said, and what was wrong with that."""

    file: str
    place: int
    seen: str
    said: tuple[str, ...]
    faults: tuple[str, ...]


class Flips:
    """A home to damage, its backup, and the twin without damage."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0
        one = with_one_payment(folder / "made", {**USER, "email": "anna.li@example.com"})
        project.manifest(one.settings)
        deliver(folder / "made" / "new", "payments/2.csv", csv_text([payment(2, "2026-03-02 10:00:00", "7")]))
        self.twin = self._copy()
        for words in _commands(self.twin):
            outcome = _run(self.twin, *words)
            assert outcome.status == 0, outcome.err
        assert _run(folder / "made", "backup", str(folder / "made" / "backup")).status == 0

    def _copy(self) -> Path:
        self.count += 1
        return Path(shutil.copytree(self.folder / "made", self.folder / str(self.count)))

    def flip(self, file: str, chance: random.Random) -> Flip:
        """Change one bit and look at what follows."""
        place = self._copy()
        path = place / "home" / file / "warehouse.duckdb"
        content = bytearray(path.read_bytes())
        # What comes before the blocks is small, and read first.
        where = chance.randrange(_HEADERS if chance.random() < _SHARE_OF_HEADERS else len(content))
        content[where] ^= 1 << chance.randrange(8)
        path.write_bytes(content)
        is_damaged = not can_be_read(path)
        faults = []
        examined = _run(place, "doctor")
        if examined.status != is_damaged:
            faults.append(f"doctor: {examined.status}, {is_damaged=}: {examined.out}{examined.err}")
        published = place / "home" / "published" / "warehouse.duckdb"
        seen, said = [], []
        for words in _commands(place):
            before = published.read_bytes()
            outcome = _run(place, *words)
            seen.append(f"{words[0]} {'refused' if outcome.status else 'done'}")
            said += [outcome.err] if outcome.status else []
            faults += _wrong(outcome)
            is_new = published.read_bytes() != before
            if is_new and (outcome.status or not can_be_read(published)):
                faults.append(f"{words[0]}: {outcome.status}, and published a file that it should not have")
        if is_damaged and file == "raw" and seen[-1] != "calibrate refused":
            faults.append("no calibration should do with such a raw file")
        faults += self._come_back(place)
        shutil.rmtree(place)
        kind = "damaged" if is_damaged else "nothing is there"
        return Flip(file, where, f"{kind}: {', '.join(seen)}", tuple(said), tuple(faults))

    def _come_back(self, place: Path) -> list[str]:
        """Do what doctor says until nothing is wrong, land and run again, and compare with the twin."""
        wrong: list[dict[str, str]] = []
        for _ in range(len(FILES) + 1):
            examined = json.loads(_run(place, "doctor", "--json").out)
            wrong = [one for one in examined["findings"] if not one["is_good"]]
            if not wrong:
                break
            if failed := _done(place, wrong[0]["subject"]):
                return [f"the way back from {wrong[0]}: {failed}"]
        if wrong:
            return [f"no end of {wrong}"]
        for words in _commands(place)[:2]:
            outcome = _run(place, *words)
            if outcome.status:
                return [f"{words[0]}, after the way back: {outcome.err}"]
        return differing(self.twin / "home", place / "home")


def _commands(place: Path) -> list[tuple[str, ...]]:
    return [
        ("land", str(place / "new")),
        ("increment", *LATER),
        ("backup", str(place / "backup")),
        ("calibrate", *LATER),
    ]


def _done(place: Path, subject: str) -> str:
    """Do what doctor says of a subject; what its command said where it failed."""
    home = place / "home"
    if subject == "earlier publication":
        for kept in (home / "published" / "previous").glob("*.duckdb"):
            if not can_be_read(kept):
                kept.unlink()
        return ""
    words: tuple[str, ...]
    if subject == "raw file":
        (home / "raw" / "warehouse.duckdb").rename(place / "raw-aside")
        words = ("restore", str(place / "backup"))
    elif subject == "publication":
        (home / "published" / "warehouse.duckdb").rename(place / "published-aside")
        words = ("increment", *LATER)
    else:
        words = ("calibrate", "--rebuild", *LATER)
    outcome = _run(place, *words)
    return outcome.err if outcome.status else ""


def _wrong(outcome: Outcome) -> list[str]:
    if outcome.status not in (0, 1) or "Traceback" in outcome.err:
        return [f"ended with {outcome.status}: {outcome.err[-500:]}"]
    if outcome.status and not re.search(
        "`warehouse (restore|calibrate|increment|doctor)|Move it aside", outcome.err
    ):
        return [f"names no way back: {outcome.err}"]
    return []


def _run(place: Path, *words: str) -> Outcome:
    return forked(["--home", str(place / "home"), *words])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flips", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as folder:
        tried = Flips(Path(folder))
        flips = []
        # Ended early, it says what it has tried until then.
        with contextlib.suppress(KeyboardInterrupt):
            for number in range(given.flips):
                flips.append(tried.flip(FILES[number % len(FILES)], chance))
                print(f"{number + 1} of {given.flips}: {flips[-1]}", file=sys.stderr, flush=True)
    counts = collections.Counter(f"{flip.file}, {flip.seen}" for flip in flips)
    faults = [flip for flip in flips if flip.faults]
    print(json.dumps({"flip_count": len(flips), "fault_count": len(faults), "seen": counts}, indent=1))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
