"""`warehouse forget`: nothing of a person is found by a byte search of the home, and no figure changes (R20)."""

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest.contract.feeds import FEEDS
from ingest.foundation.settings import Settings
from ingest.land.forget import FORGOTTEN, forget
from orchestration.backup.backup import backup
from orchestration.backup.restore import restore
from orchestration.cli import main
from orchestration.runs.increment import increment
from tests.support.full_refresh import differing_tables
from tests.support.landing import query
from tests.support.small_platform import ORDER, USER, Platform, day, payment, refund

MAIL, PHONE, NAME, STREET = "anna.li@example.com", "+86 13800138000", "Anna Li", "Tulip Road 5"
TRACES = (MAIL, "13800138000", NAME, STREET)
OTHER_MAIL = "ben@example.com"
OTHER = {
    **USER,
    "user_id": "u2",
    "email": OTHER_MAIL,
    "phone": "+44 7700 900123",
    "name": "Ben Ox",
    "note": "prefers mail",
}
OF_OTHER = {"user_id": "u2", "order_id": "p2"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two customers, published and backed up; copied, never changed."""
    folder = tmp_path_factory.mktemp("forget")
    one = Platform(folder / "home", folder / "exports")
    anna = {**OTHER, "user_id": "u1", "email": MAIL, "phone": PHONE, "name": NAME}
    one.lands("users", anna, OTHER)
    one.lands("users", {**anna, "updated_at": "2026-03-02 00:00:00", "country_code": "FR"})
    one.lands(
        "purchase_orders",
        {**ORDER, "status": "cancelled", "cancel_reason": f"call {NAME}", "ship_to": STREET},
        {
            **ORDER,
            "order_id": "p2",
            "user_id": "u2",
            "cancel_reason": "changed_mind",
            "ship_to": "Elm Road 6",
        },
    )
    one.lands(
        "payments",
        payment(1, "2026-03-01 10:00:00", "500"),
        payment(2, "2026-03-01 11:00:00", "7") | OF_OTHER,
    )
    one.lands(
        "payments",
        {**payment(3, "never", "500"), "payer": MAIL},
        payment(4, "never", "9") | OF_OTHER | {"payer": OTHER_MAIL},
    )
    one.lands("refunds", {**refund(1, "2026-03-02 10:00:00"), "account": f"{NAME} {PHONE}"})
    increment(one.settings, day(3))
    backup(one.settings, folder / "backup")
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "copy")
    record = tmp_path / "copy" / "home" / "backups.json"
    record.write_text(record.read_text().replace(str(made), str(tmp_path / "copy")))
    return tmp_path / "copy"


def places(folder: Path) -> list[str]:
    """Files in which a trace of the person stands."""
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and any(trace.encode() in path.read_bytes() for trace in TRACES)
    )


def traces_in_backup(folder: Path) -> list[str]:
    found = []
    for path in folder.rglob("*.parquet"):
        rows = duckdb.sql(f"from read_parquet('{path}')").fetchall()
        found += [path.name for trace in TRACES if trace in str(rows)]
    return found


def without_personal_data(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """All raw rows but for what may be erased of them."""
    found = {}
    for feed in FEEDS.values():
        erased = {*feed.personal, "cancel_reason", "reason"} & set(feed.column_names)
        columns = ", ".join(sorted({"_extra", *erased}))
        found[feed.name] = query(
            settings, f"select * exclude ({columns}) from raw.{feed.name} order by _landing_seq"
        )
    return found


def test_nothing_is_found_and_no_figure_changes(
    folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    settings = Settings(home=folder / "home", lock_wait_seconds=5)
    assert places(folder / "home") == ["raw/warehouse.duckdb"]
    assert traces_in_backup(folder / "backup")
    before = without_personal_data(settings)

    assert main(["--home", str(settings.home), "forget", "u1", "--reason", f"asked by {MAIL}"]) == 0
    said = capsys.readouterr().out
    assert f"{folder / 'backup'} still holds it" in said
    assert "raw/warehouse.duckdb" not in said

    assert places(folder / "home") == []
    assert without_personal_data(settings) == before
    assert (
        query(settings, "select email, phone, _extra is null from raw.users where user_id = 'u1'")
        == [(None, None, True)] * 2
    )
    assert query(
        settings, "select email, json_extract_string(_extra, '$.name') from raw.users where user_id = 'u2'"
    ) == [("ben@example.com", "Ben Ox")]
    assert query(settings, "select cancel_reason from raw.purchase_orders order by order_id") == [
        (FORGOTTEN,),
        ("changed_mind",),
    ]
    assert query(settings, "select raw_text is null from raw.quarantine order by line") == [(True,), (False,)]
    (deed,) = query(
        settings, "select user_id, quarantined_count, reason, erased_by is not null from raw.erasures"
    )
    assert deed == ("u1", 1, "asked by ***", True)
    # What a full rebuild makes of raw now is what was published before.
    assert differing_tables(settings, day(3), tmp_path / "scratch") == {}

    report = backup(settings, folder / "backup")
    assert 0 < report.new_batch_count < report.batch_count
    assert traces_in_backup(folder / "backup") == []
    assert main(["--home", str(settings.home), "forget", "u1", "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert (again["row_count"], again["quarantined_count"], again["backups"]) == (0, 0, [])
    restored = Settings(home=tmp_path / "restored")
    restore(restored, folder / "backup")
    assert without_personal_data(restored) == before


def test_what_cannot_be_retried_any_more_stays_held(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(home=folder / "home", lock_wait_seconds=5)
    forget(settings, "u1")
    assert main(["--home", str(settings.home), "quarantine", "retry"]) == 0
    assert "0 rows landed" in capsys.readouterr().out
    assert main(["--home", str(settings.home), "quarantine", "list"]) == 0


def test_a_dry_run_and_an_unknown_user_change_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(home=folder / "home", lock_wait_seconds=5)
    before = settings.raw_path.read_bytes()
    assert main(["--home", str(settings.home), "forget", "u1", "--dry-run"]) == 0
    assert "4 rows" in capsys.readouterr().out
    assert main(["--home", str(settings.home), "forget", "nobody"]) == 2
    assert "nothing of user 'nobody' has landed" in capsys.readouterr().err
    assert settings.raw_path.read_bytes() == before


def test_files_of_the_home_that_hold_the_person_are_named(folder: Path) -> None:
    settings = Settings(home=folder / "home", lock_wait_seconds=5)
    export = settings.landing_dir / "users" / "1.csv"
    export.parent.mkdir(parents=True)
    export.write_text(f"user_id,email\nu1,{MAIL}\n")
    assert forget(settings, "u1").still_in == (export,)


def test_one_that_was_killed_before_the_file_was_written_anew_is_made_good(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=folder / "home", lock_wait_seconds=5)

    def interrupted(_: Settings) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("ingest.land.forget._write_anew", interrupted)
        with pytest.raises(KeyboardInterrupt):
            forget(settings, "u1")
    (settings.raw_path.parent / ".rewriting-warehouse.duckdb").write_bytes(MAIL.encode())
    forget(settings, "u1")
    assert places(folder / "home") == []
