"""`warehouse increment` and `warehouse calibrate` as a person or a program types them: dry run, JSON, progress."""

import hashlib
import json
import re
from pathlib import Path

import duckdb
import pytest

from ingest.contract.feeds import FEEDS
from ingest.foundation.settings import Settings
from orchestration.cli import main

AS_OF = "2026-10-28T04:00:00Z"


def contents(home: Path) -> dict[str, str]:
    """The raw and build files and all publications, each with its content's hash."""
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in ("raw", "build", "published")
        for path in sorted((home / folder).rglob("*"))
        if path.is_file()
    }


def land_one_day(home: Path, folder: Path) -> None:
    """One purchase order of 2026-10-27 and its payment."""
    at = "2026-10-27T10:00:00+08:00"
    for feed, values in {
        "purchase_orders": {"order_id": "PO-NEW", "updated_at": at},
        "payments": {
            "payment_id": "PAY-NEW",
            "order_type": "purchase",
            "order_id": "PO-NEW",
            "succeeded_at": at,
            "updated_at": at,
        },
    }.items():
        row = FEEDS[feed].example_row | values
        (folder / feed).mkdir(parents=True)
        (folder / feed / "new.csv").write_text(
            f"{','.join(row)}\n{','.join(row.values())}\n", encoding="utf-8"
        )
    assert main(["land", str(folder), "--home", str(home)]) == 0


@pytest.fixture
def home(simulated_copy: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    land_one_day(simulated_copy.home, tmp_path / "in")
    capsys.readouterr()
    return simulated_copy.home


def test_a_dry_run_says_what_would_happen_and_changes_nothing(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(home)
    words = ["--as-of", AS_OF, "--home", str(home), "--dry-run"]
    assert main(["increment", *words]) == 0
    said = capsys.readouterr().out
    assert said.startswith(
        "would run: increment\nas of 2026-10-28 12:00 Asia/Shanghai (UTC+08:00); published: as of "
    )
    assert "pending: 2 rows: payments 1, purchase_orders 1\n" in said
    assert "  payments/new.csv\n" in said
    assert "orders touched: purchase 1\n" in said
    assert re.search(r"dates touched: \d+, from \S+ to 2026-10-28\n", said)
    assert main(["calibrate", *words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["is_dry_run"] is True
    assert found["would"] == "full rebuild beside the live tables: calibration"
    assert found["pending"] == {"payments": 1, "purchase_orders": 1}
    assert found["files"] == ["purchase_orders/new.csv", "payments/new.csv"]
    assert found["orders"] == {"purchase": 1}
    assert "2026-10-27" in found["dates"]
    assert contents(home) == before


def test_a_run_says_what_it_did_for_programs(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--as-of", AS_OF, "--home", str(home), "--json"]
    assert main(["increment", *words]) == 0
    captured = capsys.readouterr()
    said = json.loads(captured.out)
    assert said["pending"] == {"payments": 1, "purchase_orders": 1}
    assert (said["is_published"], said["is_full_refresh"]) == (True, False)
    assert said["as_of_at"] == "2026-10-28T04:00:00.000000Z"
    assert re.fullmatch(r"tables (\d+) of \1, \S+ s\npublishing, \S+ s\n", captured.err)
    with duckdb.connect(said["published_path"], read_only=True) as books:
        (latest,) = books.sql("select run_id from audit.runs order by published_at desc limit 1").fetchall()
    assert latest == (said["run_id"],)
    assert main(["increment", *words, "--dry-run"]) == 0
    assert json.loads(capsys.readouterr().out)["would"] == "nothing"
    assert main(["increment", *words]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["is_published"], said["run_id"], said["pending"]) == (False, None, {})


def test_a_calibration_says_what_it_found_for_programs(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["calibrate", "--as-of", AS_OF, "--home", str(home), "--json"]) == 0
    captured = capsys.readouterr()
    said = json.loads(captured.out)
    assert said["kind"] == "calibration"
    assert said["compared_row_count"] > 0
    assert said["differences"]["unexplained"] == 0
    stages = [line.partition(",")[0].split()[0] for line in captured.err.splitlines()]
    assert stages == ["live", "rebuilt", "comparing", "publishing"]


def test_a_dry_run_refuses_what_the_run_refuses(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["increment", "--dry-run", "--as-of", "2026-10-01T00:00:00Z", "--home", str(home)]
    assert main(words) == 1
    assert "--rewind" in capsys.readouterr().err
    assert main([*words, "--rewind"]) == 0
    assert "as of 2026-10-01 08:00 Asia/Shanghai" in capsys.readouterr().out


def test_a_dry_run_of_nothing_says_where_to_begin(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["increment", "--dry-run", "--home", str(settings.home)]) == 1
    assert "Begin with `warehouse land DIR`" in capsys.readouterr().err
    assert not settings.home.exists()


def test_a_dry_run_before_the_first_run(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    land_one_day(settings.home, tmp_path / "in")
    capsys.readouterr()
    assert main(["increment", "--dry-run", "--home", str(settings.home)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("would run: full rebuild: first run\n")
    assert "published: nothing yet" in said
