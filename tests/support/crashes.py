"""Kills: `python -m tests.support.crashes [--kills 200] [--seed 1]`.

Commands and Dagster runs die at named points and by chance; each is then simply run again, and what it leaves must be what a twin
that was never interrupted has. Prints counts by what was killed and where. Exits with 1 where anything differs.
"""

import argparse
import collections
import contextlib
import importlib
import json
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
from dagster import DagsterInstance

from ingest.foundation.settings import Settings
from ingest.foundation.sql import quote_text
from orchestration.catalogue import project
from orchestration.dagster_graph.graph import build_defs
from orchestration.dagster_graph.jobs import INCREMENTAL_JOB
from orchestration.runs.loss import can_be_read
from tests.support.forked import Outcome, forked
from tests.support.landing import csv_text, deliver
from tests.support.small_platform import USER, payment, with_one_payment

LATER = ("--as-of", "2026-03-04T16:00:00Z")
# What is in a home that differs from run to run: when things were done, and by which run.
_TIMED = ("marts.core_freshness",)
_WHEN = "^(landed|quarantined|revoked|erased|read)_at$"


@dataclass(frozen=True)
class Deed:
    """Something that is killed: the words of a command (`{home}` is the home), or None for a Dagster run; the named points
    (module, function) at which it dies; and whether the file to land has landed before."""

    name: str
    words: tuple[str, ...] | None
    points: tuple[tuple[str, str], ...]
    is_landed: bool


_PUBLISHING = (
    ("orchestration.runs.publish", "_write"),
    ("orchestration.runs.publish", "_put_in_place"),
    ("orchestration.runs.publish", "_keep"),
    ("orchestration.runs.state", "mark_published"),
)
DEEDS = (
    Deed("land", ("land", "{home}/landing"), (("ingest.land.landing", "insert_checked"),), is_landed=False),
    Deed(
        "increment",
        ("increment", *LATER),
        (("orchestration.runs.increment", "run_models"), *_PUBLISHING),
        is_landed=True,
    ),
    Deed(
        "calibrate",
        ("calibrate", *LATER),
        (
            ("orchestration.runs.calibrate", "_bring_live_up_to_date"),
            ("orchestration.runs.calibrate", "_record_drift"),
            *_PUBLISHING,
        ),
        is_landed=True,
    ),
    Deed(
        "Dagster run", None, (("orchestration.runs.increment", "run_models"), *_PUBLISHING), is_landed=False
    ),
    Deed(
        "backup",
        ("backup", "{home}/../backup"),
        (("orchestration.backup.backup", "write_manifest"),),
        is_landed=True,
    ),
    Deed("revoke", ("revoke", "b000000003"), (("ingest.land.revoke", "next_landing_seq"),), is_landed=True),
    Deed(
        "forget",
        ("forget", "u1"),
        (("ingest.land.forget", "_write_anew"), ("ingest.land.forget", "_record")),
        is_landed=True,
    ),
)


@dataclass(frozen=True)
class Kill:
    """One kill: what, where it died (a named point, or after which stage), and what was wrong afterwards."""

    deed: str
    place: str
    faults: tuple[str, ...]


# Not counted as a kill; what it left is compared all the same.
_TOO_LATE = "ended before it was killed"


class Crashes:
    """Homes to kill in, and the twins that never were."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0
        one = with_one_payment(folder / "made", {**USER, "email": "anna.li@example.com"})
        project.manifest(one.settings)
        deliver(
            one.settings.landing_dir, "payments/2.csv", csv_text([payment(2, "2026-03-02 10:00:00", "7")])
        )
        self.twins: dict[str, Path] = {}
        self.seconds: dict[str, float] = {}
        for deed in DEEDS:
            home = self.new_home(deed)
            started = time.monotonic()
            outcome = run(deed, home)
            self.seconds[deed.name] = time.monotonic() - started
            assert outcome.status == 0, outcome.err
            self.twins[deed.name] = home

    def new_home(self, deed: Deed) -> Path:
        self.count += 1
        copy = self.folder / str(self.count)
        shutil.copytree(self.folder / "made", copy)
        if deed.is_landed:
            assert forked(["--home", str(copy / "home"), "land", str(copy / "home" / "landing")]).status == 0
        return copy / "home"

    def kill(self, deed: Deed, point: tuple[str, str] | None, chance: random.Random) -> Kill:
        """Kill a deed at a named point, or at any moment of its time; look at what readers have; run it again; compare."""
        home = self.new_home(deed)
        published = home / "published" / "warehouse.duckdb"
        before = published.read_bytes()
        if point is None:
            dead = run(deed, home, kill_after=chance.uniform(0, self.seconds[deed.name]))
            ended = re.findall(r"^([a-z ]+?)(?: \d+ of \d+)?, [\d.]+ s$", dead.err, flags=re.M)
            place = f"by chance, after {ended[-1]}" if ended else "by chance, before the first stage ended"
            # Dagster tells no stages.
            place = place if deed.words is not None else "by chance"
        else:
            dead = run(deed, home, before=lambda: setattr(importlib.import_module(point[0]), point[1], die))
            place = f"at {point[1]}"
        faults = []
        if dead.status not in (0, -signal.SIGKILL):
            faults.append(f"ended with {dead.status}: {dead.err[-300:]}")
        if published.read_bytes() != before and not can_be_read(published):
            faults.append("readers have a file that cannot be read")
        again = run(deed, home)
        # Withdrawn already: the kill came after the deed.
        if again.status != 0 and not (deed.name == "revoke" and "withdrawn already" in again.err):
            faults.append(f"again: {again.status}: {again.err[-300:]}")
        faults += differing(self.twins[deed.name], home)
        shutil.rmtree(home.parent)
        return Kill(deed.name, place if dead.status else _TOO_LATE, tuple(faults))


def die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def run(
    deed: Deed, home: Path, *, before: Callable[[], object] = lambda: None, kill_after: float | None = None
) -> Outcome:
    if deed.words is not None:
        words = ["--home", str(home), *(word.format(home=home) for word in deed.words)]
        return forked(words, before=before, kill_after=kill_after)
    return forked([], before=before, kill_after=kill_after, main=lambda _: _run_in_dagster(home))


def _run_in_dagster(home: Path) -> int:
    job = build_defs(Settings(home=home)).resolve_job_def(INCREMENTAL_JOB)
    with DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(instance=instance, partition_key="2026-03-04", raise_on_error=False)
    return 0 if result.success else 1


def differing(one: Path, other: Path) -> list[str]:
    """What two homes differ in: raw rows, how often each landed, published figures."""
    found = []
    for file, schema in (("raw", "raw"), ("published", "marts")):
        with duckdb.connect(":memory:") as connection:
            names = []
            for alias, home in (("one", one), ("other", other)):
                path = home / file / "warehouse.duckdb"
                connection.execute(f"attach {quote_text(str(path))} as {alias} (read_only)")
                rows = connection.execute(
                    "select table_name from duckdb_tables() where database_name = ? and schema_name = ? order by 1",
                    [alias, schema],
                ).fetchall()
                names.append([name for (name,) in rows if f"{schema}.{name}" not in _TIMED])
            if names[0] != names[1]:
                found.append(f"{schema} has other tables")
            for name in names[0]:
                columns = connection.execute(
                    "select string_agg(column_name, ', ') from duckdb_columns() where database_name = 'one' and "
                    "schema_name = ? and table_name = ? and not regexp_matches(column_name, ?)",
                    [schema, name, _WHEN],
                ).fetchone()[0]
                sides = [
                    f"select {columns} from {a}.{schema}.{name} except all select {columns} from {b}.{schema}.{name} limit 1"
                    for a, b in (("one", "other"), ("other", "one"))
                ]
                # Forgetting twice is two deeds in the ledger, and one in the rows.
                if name != "erasures" and any(connection.execute(side).fetchall() for side in sides):
                    found.append(f"{schema}.{name} differs")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    named = [(deed, point) for deed in DEEDS for point in deed.points]
    counts: collections.Counter[str] = collections.Counter()
    faults = 0
    with tempfile.TemporaryDirectory() as folder:
        crashes = Crashes(Path(folder))
        # Ended early, it says what it has tried until then.
        with contextlib.suppress(KeyboardInterrupt):
            for number in range(2 * given.kills):
                deed, point = named[number] if number < len(named) else (chance.choice(DEEDS), None)
                kill = crashes.kill(deed, point, chance)
                counts.update([f"{kill.deed}: {kill.place}"] if kill.place != _TOO_LATE else [])
                faults += bool(kill.faults)
                print(f"{counts.total()} of {given.kills}: {kill}", file=sys.stderr, flush=True)
                if counts.total() == given.kills:
                    break
    print(json.dumps({"kill_count": counts.total(), "fault_count": faults, "places": counts}, indent=1))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
