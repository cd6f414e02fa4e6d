"""`warehouse revoke`: a withdrawn landing counts nowhere from the next increment on, and can be brought back."""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ingest.contract import code_lists
from ingest.foundation.errors import UsageError
from ingest.land import revoke as landings
from ingest.land.folders import land_path
from ingest.land.quarantine import list_quarantine
from ingest.land.retry import retry_quarantine
from ingest.land.revoke import revoke
from orchestration.cli import main
from orchestration.runs.build_file import open_build
from orchestration.runs.calibrate import calibrate
from orchestration.runs.increment import increment
from tests.support.books import disagreements
from tests.support.full_refresh import differing_tables
from tests.support.killed_run import AMID_MODELS
from tests.support.landing import csv_text, deliver, query
from tests.support.published_tables import MARTS
from tests.support.small_platform import ORDER, USER, Platform, day, payment, rate, refund

NOW = day(6)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """Two days of payments, published; to be copied, not changed."""
    folder = tmp_path_factory.mktemp("published")
    one = Platform(folder / "home", folder / "exports")
    # All of it is followed by increments, however little else there is.
    one.settings = one.settings.replace(full_refresh_share=1)
    one.lands("users", USER)
    one.lands("purchase_orders", ORDER)
    one.lands("fx_rates", rate("2026-03-01", "7.10"))
    one.lands(
        "payments",
        payment(1, "2026-03-01 10:00:00", "100"),
        payment(2, "2026-03-02 10:00:00", "10", "USD"),
    )
    increment(one.settings, NOW)
    return one


@pytest.fixture(scope="module")
def published_wrong(published: Platform, tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """The same after a landing of a wrong file, published too: another version of a payment, and a payment that never was."""
    one = published.copied_to(tmp_path_factory.mktemp("published_wrong"))
    corrected = {**payment(1, "2026-03-01 10:00:00", "900"), "updated_at": "2026-03-03 00:00:00"}
    one.lands("payments", corrected, payment(3, "2026-03-02 11:00:00", "50"), {**payment(4, "x", "1")})
    increment(one.settings, NOW)
    return one


@pytest.fixture
def books(published: Platform, tmp_path: Path) -> Platform:
    return published.copied_to(tmp_path)


@pytest.fixture
def wrong_books(published_wrong: Platform, tmp_path: Path) -> Platform:
    return published_wrong.copied_to(tmp_path)


def last_batch(books: Platform) -> str:
    return str(query(books.settings, "select max(batch_id) from raw.batches")[0][0])


def figures(books: Platform) -> dict[str, list[tuple[Any, ...]]]:
    # When a feed landed is no figure of the platform.
    return {
        name: books.published(f"from marts.{name} order by all") for name in MARTS if name != "core_freshness"
    }


def places_of_days(books: Platform) -> list[tuple[Any, ...]]:
    """Where the rows of payers' days stand in the build file."""
    with open_build(books.settings, read_only=True) as connection:
        return connection.execute(
            "select business_date, business_type, rowid from standardised.std_user_days order by all"
        ).fetchall()


def causes(books: Platform, run_id: str) -> set[str]:
    return {
        cause
        for (cause,) in books.published(f"select cause from audit.restatements where run_id = '{run_id}'")
    }


def test_the_books_are_as_if_the_landing_had_not_been_and_again_as_if_it_had(
    published: Platform, wrong_books: Platform, tmp_path: Path
) -> None:
    books, wrong = wrong_books, last_batch(wrong_books)
    before = figures(published)
    with_wrong = figures(books)
    assert with_wrong["core_daily"] != before["core_daily"]
    assert with_wrong["core_data_quality"] == [("payments", "not_a_timestamp", 1)]

    revoke(books.settings, wrong, reason="sent by the test shop, ask ann@example.com")
    report = increment(books.settings, NOW)
    assert not report.is_full_refresh
    assert report.pending == {"payments": 2}
    assert figures(books) == before
    assert causes(books, report.run_id) == {"revoked"}
    assert report.restated_count > 0
    assert books.published(
        "select status, rows_accepted, rows_quarantined, revoked_reason, revoked_by <> '', revoked_at is not null "
        f"from audit.load_batches where batch_id = '{wrong}'"
    ) == [("revoked", 2, 1, "sent by the test shop, ask ***", True, True)]
    assert query(books.settings, f"select count(*) from raw.payments where _batch_id = '{wrong}'") == [(2,)]
    assert differing_tables(books.settings, NOW, tmp_path / "scratch") == {}
    assert disagreements(books.settings, NOW) == {}
    assert not increment(books.settings, NOW).is_published

    revoke(books.settings, wrong, is_undo=True)
    report = increment(books.settings, NOW)
    assert figures(books) == with_wrong
    assert causes(books, report.run_id) == {"revoked"}
    assert books.published(
        f"select status, revoked_reason, revoked_at from audit.load_batches where batch_id = '{wrong}'"
    ) == [("landed", None, None)]
    assert query(books.settings, "select is_undo from raw.revocations order by revocation_seq") == [
        (False,),
        (True,),
    ]
    assert differing_tables(books.settings, NOW, tmp_path / "scratch") == {}


def test_what_landed_in_the_same_run_is_told_apart(wrong_books: Platform) -> None:
    books = wrong_books
    revoke(books.settings, last_batch(books))
    # A withdrawn file that stays in its folder would land again.
    (books.exports / "payments" / "5.csv").unlink()
    late = {**payment(5, "2026-03-04 10:00:00", "20"), "order_id": "p9", "user_id": "u9"}
    books.lands("payments", late)
    report = increment(books.settings, NOW)
    of_day = dict(
        books.published(
            "select json_extract_string(key, '$.business_date'), cause from audit.restatements where "
            f"run_id = '{report.run_id}' and table_name = 'core_daily' and column_name = 'gross_paid_cny' "
            "and key like '%purchase%'"
        )
    )
    assert of_day == {"2026-03-01": "revoked", "2026-03-02": "revoked", "2026-03-04": "late_landing"}


@pytest.mark.parametrize("feed", ["users", "payments"])
def test_a_whole_feed_can_be_withdrawn_and_its_content_lands_again(
    books: Platform, tmp_path: Path, feed: str
) -> None:
    kept = places_of_days(books)
    books.lands("refunds", refund(1, "2026-03-03 10:00:00"))
    increment(books.settings, NOW)
    # The payer's earlier days are looked at again, not written again.
    assert places_of_days(books)[: len(kept)] == kept
    before = figures(books)
    first = str(query(books.settings, "select min(batch_id) from raw.batches where feed = ?", feed)[0][0])
    revoke(books.settings, first)
    report = increment(books.settings, NOW)
    assert not report.is_full_refresh
    assert figures(books) != before
    assert causes(books, report.run_id) <= {"revoked"}
    assert differing_tables(books.settings, NOW, tmp_path / "scratch") == {}
    assert disagreements(books.settings, NOW) == {}

    # The folder holds the same files still.
    landed = land_path(books.settings, books.exports)
    assert [batch.feed for batch in landed.batches if batch.status == "landed"] == [feed]
    with pytest.raises(UsageError, match=f"has landed again as batch {last_batch(books)}"):
        revoke(books.settings, first, is_undo=True)
    increment(books.settings, NOW)
    assert figures(books) == before


def test_calibration_takes_up_what_was_withdrawn(published: Platform, wrong_books: Platform) -> None:
    books = wrong_books
    revoke(books.settings, last_batch(books))
    report = calibrate(books.settings, NOW)
    assert figures(books) == figures(published)
    assert {cause for cause, count in report.differences.items() if count} <= {"revoked"}
    assert causes(books, report.run.run_id) == {"revoked"}


def test_refused_and_retried_rows_go_and_come_with_their_batch(
    books: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists = tmp_path / "code_lists.csv"
    shutil.copy(code_lists.CODE_LISTS_PATH, lists)
    monkeypatch.setattr(code_lists, "CODE_LISTS_PATH", lists)
    barter = {**payment(6, "2026-03-02 12:00:00", "7"), "method": "barter"}
    books.lands("payments", barter, payment(7, "x", "7"))
    batch = last_batch(books)
    with lists.open("a") as file:
        file.write("payments,method,barter\n")
    (retried,) = retry_quarantine(books.settings).batch_ids
    assert revoke(books.settings, batch).batch_ids == (batch, retried)
    assert list_quarantine(books.settings, include_released=True) == []
    assert retry_quarantine(books.settings).held_count == 0
    with pytest.raises(UsageError, match=f"Undo that one: warehouse revoke {batch} --undo"):
        revoke(books.settings, retried, is_undo=True)
    assert revoke(books.settings, batch, is_undo=True).batch_ids == (batch, retried)
    assert [row.reason for row in list_quarantine(books.settings)] == ["not_a_timestamp"]
    # The retry alone: its row is held again.
    revoke(books.settings, retried)
    assert [row.reason for row in list_quarantine(books.settings)] == ["unknown_code", "not_a_timestamp"]


def test_what_a_withdrawn_delivery_superseded_is_held_again(books: Platform) -> None:
    books.lands("payments", {**payment(6, "2026-03-02 12:00:00", "7"), "method": "barter"})
    books.lands("payments", payment(6, "2026-03-02 12:00:00", "7"))
    later = last_batch(books)
    assert retry_quarantine(books.settings).superseded_count == 1
    assert list_quarantine(books.settings) == []
    revoke(books.settings, later)
    assert [row.released_at for row in list_quarantine(books.settings)] == [None]
    increment(books.settings, NOW)
    assert books.published("select is_released, released_at from audit.quarantine") == [(False, None)]


def test_a_dry_run_says_what_would_change_and_changes_nothing(
    wrong_books: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    books, wrong = wrong_books, last_batch(wrong_books)
    home = ["--home", str(books.settings.home)]
    assert main(["revoke", wrong, "--dry-run", *home]) == 0
    said = capsys.readouterr().out
    assert (
        f"batch {wrong} (payments/5.csv) would be withdrawn: 2 rows of 2 keys, of which 1 has another" in said
    )
    assert "1 row in quarantine\ndry run: nothing was changed" in said
    assert query(books.settings, "select count(*) from raw.revocations") == [(0,)]
    assert main(["revoke", wrong, "--json", "--reason", "wrong shop", *home]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["batch_ids"], told["row_count"], told["is_undo"]) == ([wrong], 2, False)
    assert query(books.settings, "select batch_id, reason from raw.revocations") == [(wrong, "wrong shop")]


def test_what_cannot_be_withdrawn_is_wrong_usage(books: Platform, capsys: pytest.CaptureFixture[str]) -> None:
    home = ["--home", str(books.settings.home)]

    def refused(*arguments: str) -> str:
        assert main(["revoke", *arguments, *home]) == 2
        return capsys.readouterr().err

    batch = last_batch(books)
    assert "there is no batch 'b9'" in refused("b9")
    assert f"batch {batch} (payments/4.csv) is not withdrawn" in refused(batch, "--undo")
    revoke(books.settings, batch)
    assert f"batch {batch} (payments/4.csv) is withdrawn already" in refused(batch)
    deliver(books.exports, "payments/odd.csv", csv_text([{"nothing": "of use"}]))
    land_path(books.settings, books.exports)
    rejected = query(books.settings, "select batch_id from raw.batches where status = 'rejected'")[0][0]
    assert "was rejected when it came" in refused(rejected)


def test_a_withdrawal_that_dies_is_none_and_a_run_that_dies_is_made_good(
    published: Platform, wrong_books: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    books, wrong = wrong_books, last_batch(wrong_books)
    before = figures(published)
    with monkeypatch.context() as dying:
        dying.setattr(landings, "account", lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            revoke(books.settings, wrong)
    assert query(books.settings, "select count(*) from raw.revocations") == [(0,)]
    revoke(books.settings, wrong)
    command = [
        sys.executable,
        "-m",
        "tests.support.killed_run",
        str(books.settings.home),
        f"{NOW}",
        AMID_MODELS,
    ]
    killed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    report = increment(books.settings, NOW)
    assert figures(books) == before
    assert causes(books, report.run_id) == {"revoked"}
    assert differing_tables(books.settings, NOW, tmp_path / "scratch") == {}
