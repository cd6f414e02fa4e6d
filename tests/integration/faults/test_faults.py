"""Faults of the machine: what the user sees, what readers keep, and that the way back of docs/faults.md works."""

import importlib
import io
import os
import re
import resource
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from ingest.foundation import address_space
from ingest.foundation.clock import utc_now
from ingest.foundation.errors import WarehouseError
from ingest.foundation.settings import Settings
from orchestration.catalogue import project
from orchestration.runs import publish
from orchestration.runs.increment import increment
from orchestration.runs.loss import build_failures, can_be_read
from tests.support.accounts import become_nobody, folder_of_nobody, give_to_nobody
from tests.support.damage import flip, flip_the_last_table
from tests.support.disks import read_only_disk, small_disk
from tests.support.forked import Outcome, forked
from tests.support.landing import csv_text, deliver
from tests.support.small_platform import ORDER, USER, Platform, day, payment

LATER = ("--as-of", "2026-03-04T00:00:00Z")

FIGURE = ("core_daily", "gross_paid_cny", "business_date=2026-03-01", "business_type=all")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `home`, one paid day published, and `new`, a file to land; copied, never changed."""
    folder = tmp_path_factory.mktemp("faults")
    one = Platform(folder / "home", folder / "exports")
    one.lands("users", USER)
    one.lands("purchase_orders", ORDER)
    one.lands("payments", payment(1, "2026-03-01 10:00:00", "500"))
    increment(one.settings, day(3))
    deliver(folder / "new", "payments/2.csv", csv_text([payment(2, "2026-03-02 10:00:00", "7")]))
    # Children start from what is parsed and imported here; Python itself may stand where nobody may not read.
    project.manifest(one.settings)
    importlib.import_module("dashboard.build")
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "copy")
    return tmp_path / "copy"


def warehouse(folder: Path, *words: str, before: Callable[[], object] = lambda: None) -> Outcome:
    outcome = forked(["--home", str(folder / "home"), *words], before=before)
    assert "Traceback" not in outcome.err
    return outcome


def fails(folder: Path, *words: str, before: Callable[[], object] = lambda: None) -> str:
    """The words of a command that must fail and leave readers what they have."""
    published = folder / "home" / "published" / "warehouse.duckdb"
    content = published.read_bytes()
    outcome = warehouse(folder, *words, before=before)
    assert outcome.status == 1
    assert published.read_bytes() == content
    return outcome.err


def gross(folder: Path) -> str:
    outcome = warehouse(
        folder,
        "query",
        "--format",
        "csv",
        "select sum(gross_paid_cny) from core_daily where business_type = 'all'",
    )
    return outcome.out.split()[-1]


@pytest.mark.mounts
def test_a_full_disk_stops_each_stage_and_room_brings_everything_back(folder: Path) -> None:
    home = folder / "home"
    with small_disk(home / "raw", room=0):
        assert "No space left on device" in fails(folder, "land", str(folder / "new"))
    assert warehouse(folder, "land", str(folder / "new")).status == 0
    with small_disk(home / "build", room=0):
        said = fails(folder, "increment", *LATER)
        assert "No space left on device" in said
        assert "restore" not in said
    with small_disk(home / "published", room=100_000):
        assert "Make room on the disk" in fails(folder, "increment", *LATER)
    with small_disk(home / "build" / "calibrating", room=500_000):
        assert "No space left on device" in fails(folder, "calibrate", *LATER)
    with small_disk(home / "dashboard-sets", room=0):
        assert "Make room on the disk" in fails(folder, "dashboard")
    with small_disk(folder / "disk", room=100_000):
        assert "Make room" in fails(folder, "backup", str(folder / "disk" / "backup"))
    assert gross(folder) == "500.00"
    assert warehouse(folder, "increment", *LATER).status == 0
    assert gross(folder) == "507.00"
    assert warehouse(folder, "backup", str(folder / "disk" / "backup")).status == 0


@pytest.mark.mounts
@pytest.mark.parametrize("command", ["increment", "calibrate"])
def test_a_read_only_published_folder_is_said_before_the_work(folder: Path, command: str) -> None:
    with read_only_disk(folder / "home" / "published"):
        said = fails(folder, command, *LATER)
    assert "Read-only file system" in said
    assert "make the folder writable" in said
    assert "tables" not in said


@pytest.mark.mounts
def test_a_file_system_without_hard_links_keeps_publications_all_the_same(folder: Path) -> None:
    settings = Settings(home=folder / "home")
    before = settings.published_path.read_bytes()
    # A name on another disk can be no link.
    with small_disk(settings.published_path.parent / "previous", room=50_000_000):
        publish.publish(settings, settings.build_path, utc_now())
        (kept,) = (settings.published_path.parent / "previous").glob("warehouse-*")
        assert kept.read_bytes() == before
        assert kept.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("place", [100, 5000])
def test_a_private_file_with_a_flipped_bit_is_named_with_the_way_back(folder: Path, place: int) -> None:
    flip(folder / "home" / "build" / "warehouse.duckdb", place)
    assert "warehouse calibrate --rebuild" in fails(folder, "increment", *LATER)
    assert warehouse(folder, "land", str(folder / "new")).status == 0
    flip(folder / "home" / "raw" / "warehouse.duckdb", place)
    assert "warehouse restore" in fails(folder, "increment", *LATER)
    said = fails(folder, "land", str(folder / "new"))
    assert "could not be opened" in said
    assert "`warehouse doctor` says what is wrong" in said


def test_what_needs_a_lost_build_file_says_how_it_is_made_anew(folder: Path) -> None:
    (folder / "home" / "build" / "warehouse.duckdb").unlink()
    said = fails(folder, "explain", *FIGURE)
    assert "it is lost. Nothing was changed; `warehouse calibrate --rebuild`" in said


def test_a_delivery_is_not_blamed_for_a_damaged_raw_file(folder: Path, tmp_path: Path) -> None:
    raw = folder / "home" / "raw" / "warehouse.duckdb"
    content = raw.read_bytes()
    refused = 0
    for place in range(3 * 4096 + 1000, len(content), 262_144):
        flip(raw, place)
        outcome = warehouse(folder, "land", str(folder / "new"))
        assert "bug" not in outcome.err
        assert outcome.status == 0 or "`warehouse doctor` says what is wrong" in outcome.err
        refused += outcome.status
        raw.write_bytes(content)
        raw.with_name(f"{raw.name}.wal").unlink(missing_ok=True)
    assert refused > 1


def test_damage_that_no_run_reads_is_found_by_a_calibration(folder: Path) -> None:
    """Withdrawn rows, personal data and unknown columns are landed, and read by no model."""
    flip_the_last_table(folder / "home" / "raw" / "warehouse.duckdb")
    assert warehouse(folder, "land", str(folder / "new")).status == 0
    assert warehouse(folder, "increment", *LATER).status == 0
    for words in (["calibrate", *LATER], ["calibrate", "--rebuild", *LATER]):
        said = fails(folder, *words)
        assert "is damaged (IO Error: Corrupt database file" in said
        assert "warehouse restore DIR" in said


def test_a_publication_with_a_flipped_bit_is_found_wherever_it_is(folder: Path, tmp_path: Path) -> None:
    published = folder / "home" / "published" / "warehouse.duckdb"
    assert can_be_read(published)
    with duckdb.connect(str(published), read_only=True) as connection:
        block_size, used = connection.execute(
            "select block_size, used_blocks from pragma_database_size()"
        ).fetchone()
    found = 0
    for number in range(0, used, max(1, used // 20)):
        copy = tmp_path / "flipped.duckdb"
        shutil.copy(published, copy)
        flip(copy, 3 * 4096 + number * block_size + 50)
        found += not can_be_read(copy)
    # Some blocks hold what was written over while the file was made.
    assert found >= 15


def test_a_damaged_publication_is_told_apart_from_a_damaged_build_file(folder: Path) -> None:
    settings = Settings(home=folder / "home")
    with pytest.raises(WarehouseError, match="calibrate --rebuild"), build_failures(settings):
        raise duckdb.IOException("Corrupt database file: computed checksum 1")
    settings.published_path.write_bytes(settings.published_path.read_bytes()[:100_000])
    with (
        pytest.raises(WarehouseError, match="Move it aside and run the command again"),
        build_failures(settings),
    ):
        raise duckdb.IOException("Corrupt database file: computed checksum 1")
    with pytest.raises(WarehouseError, match="more memory"), build_failures(settings):
        raise duckdb.OutOfMemoryException("Out of Memory Error: failed to allocate")


@pytest.mark.parametrize(
    "content",
    [b"x = ", b"\xff\xfe", b"lock_wait_seconds = 'x'", b"nothing = 1", b'business_time_zone = "Mars"'],
)
def test_a_broken_settings_file_is_wrong_usage_and_named(folder: Path, content: bytes) -> None:
    (folder / "home" / "settings.toml").write_bytes(content)
    for words in (
        ["status"],
        ["land", str(folder / "new")],
        ["increment"],
        ["backup", str(folder / "backup")],
    ):
        outcome = warehouse(folder, *words)
        assert outcome.status == 2
        assert str(folder / "home" / "settings.toml") in outcome.err


def set_clock_back() -> None:
    def now() -> datetime:
        return datetime(2026, 3, 2, tzinfo=UTC)

    for name, module in list(sys.modules.items()):
        if name.startswith(("ingest.", "orchestration.")) and hasattr(module, "now"):
            vars(module)["now"] = now


def test_a_clock_that_was_set_back_moves_no_books(folder: Path) -> None:
    assert warehouse(folder, "land", str(folder / "new"), before=set_clock_back).status == 0
    assert "is before what is published" in fails(folder, "increment", before=set_clock_back)
    assert warehouse(folder, "status", before=set_clock_back).status == 0


def close_output() -> None:
    os.close(1)
    sys.stdout = None


def fill_output() -> None:
    os.dup2(os.open("/dev/full", os.O_WRONLY), 1)
    speak("utf-8")


def break_output() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    os.dup2(writing, 1)
    speak("utf-8")


def speak(encoding: str) -> None:
    """Output as a program that starts here would have it."""
    sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), encoding=encoding)


def speak_ascii() -> None:
    speak("ascii")


@pytest.mark.parametrize("words", [("status",), ("query", "from core_daily"), ("feeds",)])
@pytest.mark.parametrize(
    ("before", "status"), [(close_output, 0), (fill_output, 1), (break_output, 1), (speak_ascii, 0)]
)
def test_output_that_takes_nothing(
    folder: Path, before: Callable[[], None], status: int, words: tuple[str, ...]
) -> None:
    assert warehouse(folder, *words, before=before).status == status


def test_a_console_that_knows_only_ascii_shows_the_rest_escaped(folder: Path) -> None:
    named = folder / "门店"
    outcome = warehouse(folder, "land", str(named), before=speak_ascii)
    assert outcome.status == 2
    said = warehouse(folder, "feeds", "payments", before=speak_ascii)
    assert said.out.isascii()


def test_another_account_s_home_is_refused_in_words() -> None:
    with folder_of_nobody() as folder:
        home = folder / "home"
        home.mkdir(mode=0o700)
        for words in (["status"], ["land", str(folder)], ["increment"], ["query", "select 1"], ["calibrate"]):
            outcome = forked(["--home", str(home), *words], before=become_nobody)
            assert outcome.status in (1, 2)
            assert "Traceback" not in outcome.err
            assert str(home) in outcome.err or str(folder) in outcome.err


def test_too_little_memory_is_said_and_more_makes_it_good(folder: Path) -> None:
    assert warehouse(folder, "land", str(folder / "new")).status == 0
    (folder / "home" / "settings.toml").write_text('memory_limit = "1MB"\n', encoding="utf-8")
    assert "memory" in fails(folder, "increment", *LATER).lower()
    (folder / "home" / "settings.toml").unlink()
    assert warehouse(folder, "increment", *LATER).status == 0
    assert gross(folder) == "507.00"


def test_dbt_that_fails_in_the_middle_publishes_nothing_and_is_made_good(folder: Path) -> None:
    settings = Settings(home=folder / "home")
    with duckdb.connect(str(settings.raw_path)) as raw:
        raw.execute(
            "insert into raw.payments select * replace ('nonsense' as succeeded_at, _landing_seq + 1000 as _landing_seq) "
            "from raw.payments"
        )
        raw.execute(
            "update raw.batches set last_landing_seq = last_landing_seq + 1000 where feed = 'payments'"
        )
    assert "model stg_payments" in fails(folder, "increment", *LATER)
    with duckdb.connect(str(settings.raw_path)) as raw:
        raw.execute("delete from raw.payments where succeeded_at = 'nonsense'")
        raw.execute(
            "update raw.batches set last_landing_seq = last_landing_seq - 1000 where feed = 'payments'"
        )
    assert warehouse(folder, "increment", *LATER).status == 0
    assert gross(folder) == "500.00"


def test_an_account_with_nothing_of_its_own_works_in_odd_places(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Spaces and Chinese in paths, LC_ALL=C, a home folder of the account that it may not read, a project that it may not
    write, no rights for anybody in its umask."""
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("HOME", "/root")
    with folder_of_nobody() as place:
        folder = place / "我的 仓库 'a' \"b\""
        shutil.copytree(made, folder)
        # As the program does where the project may not be written, it takes what is parsed from the home.
        shutil.copytree(
            project.parse_dir(Settings(home=made)), folder / "home" / "dbt" / "target", dirs_exist_ok=True
        )
        give_to_nobody(folder)

        def austere() -> None:
            os.umask(0o077)
            become_nobody()

        for words in (["land", str(folder / "new")], ["increment", *LATER], ["status"], ["dashboard"]):
            outcome = warehouse(folder, *words, before=austere)
            assert outcome.status == 0, outcome.err
        assert gross(folder) == "507.00"


@pytest.mark.parametrize("command", ["land", "increment", "calibrate", "status", "backup"])
def test_too_little_address_space_is_said_before_anything_is_loaded(folder: Path, command: str) -> None:
    words = {"land": [str(folder / "new")], "backup": [str(folder / "backup")]}.get(command, [])
    said = fails(folder, command, *words, before=lambda: limit_address_space(900_000_000))
    assert "may use 900 MB of address space, and needs 1500 MB" in said
    assert "ulimit -v" in said


def test_a_machine_without_memory_is_told_from_a_damaged_file(folder: Path) -> None:
    """Threads find no room for their stacks, DuckDB none for its blocks; how much a warm process has to spare differs."""

    def leave_little() -> None:
        vars(address_space)["NEEDED_BYTES"] = 0
        limit_address_space(in_use() + 20_000_000)

    for words in (["land", str(folder / "new")], ["increment", *LATER], ["doctor"]):
        outcome = warehouse(folder, *words, before=leave_little)
        said = outcome.out + outcome.err
        assert "damaged" not in said
        assert outcome.status == 0 or words[0] == "land" or "memory" in said
    assert gross(folder) in ("500.00", "507.00")
    assert warehouse(folder, "land", str(folder / "new")).status == 0
    assert warehouse(folder, "increment", *LATER).status == 0
    assert gross(folder) == "507.00"


def limit_address_space(byte_count: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (byte_count, byte_count))


def in_use() -> int:
    (kilobytes,) = re.findall(r"VmSize:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="utf-8"))
    return int(kilobytes) * 1024
