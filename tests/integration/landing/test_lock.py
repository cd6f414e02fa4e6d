"""One writer at a time, across real processes."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ingest.foundation.errors import WarehouseError
from ingest.foundation.lock import lock_holder, writer_lock
from ingest.foundation.settings import Settings
from ingest.land.folders import land_path
from tests.support.landing import csv_text, deliver, payment, query

HOLDER = """
import sys, time
from pathlib import Path
from ingest.foundation.settings import Settings
from ingest.foundation.lock import writer_lock
with writer_lock(Settings(home=Path(sys.argv[1])), "a long calibration"):
    print("held", flush=True)
    time.sleep(60)
"""


@contextmanager
def holder(settings: Settings) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(settings.home)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_second_writer_waits_a_bounded_time_and_is_told_who_holds_the_lock(
    settings: Settings, tmp_path: Path
) -> None:
    deliver(tmp_path / "in", "payments/a.csv", csv_text([payment(1)]))
    impatient = settings.replace(lock_wait_seconds=0.5)
    with holder(settings) as process:
        started = time.monotonic()
        with pytest.raises(WarehouseError) as caught:
            land_path(impatient, tmp_path / "in")
        assert 0.4 < time.monotonic() - started < 5
        message = str(caught.value)
        assert f"pid {process.pid}" in message
        assert "a long calibration" in message
        assert re.search(r"since \d{4}-\d{2}-\d{2}T", message)
        assert "nothing was changed" in message
        assert (lock_holder(settings) or {})["what"] == "a long calibration"
    assert not settings.raw_path.exists()


def test_a_killed_holder_frees_the_lock(settings: Settings, tmp_path: Path) -> None:
    deliver(tmp_path / "in", "payments/a.csv", csv_text([payment(1)]))
    with holder(settings) as process:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert lock_holder(settings) is None
        assert land_path(settings.replace(lock_wait_seconds=0), tmp_path / "in").rows_accepted == 1


def test_a_waiting_writer_goes_on_when_the_holder_is_done(settings: Settings, tmp_path: Path) -> None:
    deliver(tmp_path / "in", "payments/a.csv", csv_text([payment(1)]))
    with holder(settings) as process:
        threading.Timer(0.7, process.kill).start()
        assert land_path(settings, tmp_path / "in").rows_accepted == 1


def test_the_holder_may_take_it_again_and_others_only_after_the_outermost(settings: Settings) -> None:
    impatient = settings.replace(lock_wait_seconds=0.1)
    refused: list[str] = []

    def try_in_thread() -> None:
        try:
            with writer_lock(impatient, "another thread"):
                pass
        except WarehouseError as error:
            refused.append(str(error))

    with writer_lock(settings, "outer"):
        with writer_lock(settings, "inner"):
            pass
        assert (lock_holder(settings) or {})["what"] == "outer"
        thread = threading.Thread(target=try_in_thread)
        thread.start()
        thread.join()
    assert len(refused) == 1
    assert "outer" in refused[0]
    assert lock_holder(settings) is None


LANDER = """
import sys
from pathlib import Path
from ingest.land.folders import land_path
from ingest.foundation.settings import Settings
sys.exit(land_path(Settings(home=Path(sys.argv[1])), sys.argv[2]).exit_status)
"""


def test_processes_that_land_the_same_folder_at_once_land_it_once(settings: Settings, tmp_path: Path) -> None:
    for number in range(5):
        deliver(tmp_path / "in", f"payments/{number}.csv", csv_text([payment(number)]))
    command = [sys.executable, "-c", LANDER, str(settings.home), str(tmp_path / "in")]
    processes = [subprocess.Popen(command) for _ in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert query(settings, "select count(*), count(distinct _landing_seq) from raw.payments") == [(5, 5)]
    assert query(settings, "select count(*) from raw.batches") == [(5,)]


def test_another_program_with_the_raw_file_open_is_an_understandable_error(
    settings: Settings, tmp_path: Path
) -> None:
    deliver(tmp_path / "in", "payments/a.csv", csv_text([payment(1)]))
    land_path(settings, tmp_path / "in")
    script = (
        "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print('open', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(settings.raw_path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        process.stdout.readline()
        with pytest.raises(WarehouseError, match="could not be opened"):
            land_path(settings.replace(lock_wait_seconds=0.2), tmp_path / "in")
    finally:
        process.kill()
        process.wait()
