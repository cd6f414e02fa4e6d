"""`warehouse land DIR` as a person or a program types it: what is said, what a dry run changes, what is no success."""

import json
import re
from pathlib import Path

import pytest

from ingest.contract.feeds import FEEDS
from orchestration.cli import main


def deliver(folder: Path, feed: str = "users", name: str = "a.csv") -> Path:
    (folder / feed).mkdir(parents=True, exist_ok=True)
    row = FEEDS[feed].example_row
    (folder / feed / name).write_text(f"{','.join(row)}\n{','.join(row.values())}\n", encoding="utf-8")
    return folder


def test_home_and_next_step_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "home"
    words = ["land", str(deliver(tmp_path / "in")), "--home", str(home)]
    assert main(words) == 0
    captured = capsys.readouterr()
    assert captured.out == (
        "users/a.csv: 1 rows landed\n1 rows landed, 0 quarantined, 0 files rejected\n"
        f"home {home}; next: `warehouse increment` brings the figures up to date\n"
    )
    assert re.fullmatch(r"landing 1 of 1, \d+\.\d s\n", captured.err)


def test_where_nothing_landed_the_next_step_is_to_correct_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, home = tmp_path / "in", tmp_path / "home"
    (folder / "users").mkdir(parents=True)
    (folder / "users" / "a.csv").write_text("user_id\n1\n")
    assert main(["land", str(folder), "--home", str(home)]) == 1
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == f"home {home}; next: correct what was rejected and land it again"
    deliver(folder, name="b.csv")
    assert main(["land", str(folder), "--home", str(home)]) == 1
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.endswith("land it again; `warehouse increment` brings the figures up to date")


def test_a_dry_run_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home, folder = tmp_path / "home", deliver(tmp_path / "in")
    words = ["land", str(folder), "--home", str(home)]
    assert main([*words, "--dry-run"]) == 0
    assert f"1 file would land in {home}, 0 be rejected; nothing was changed" in capsys.readouterr().out
    assert not home.exists()
    assert main(words) == 0
    deliver(folder, "refunds")
    (folder / "users" / "b.xyz").write_text("?")
    before = (home / "raw" / "warehouse.duckdb").read_bytes()
    capsys.readouterr()
    assert main([*words, "--dry-run", "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["is_dry_run"] is True
    assert [(batch["feed"], batch["status"]) for batch in said["batches"]] == [
        ("users", "already_landed"),
        ("users", "rejected"),
        ("refunds", "new"),
    ]
    assert (home / "raw" / "warehouse.duckdb").read_bytes() == before


def test_a_program_reads_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "home"
    assert main(["land", str(deliver(tmp_path / "in")), "--home", str(home), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["home"] == str(home)
    assert (said["rows_accepted"], said["rows_quarantined"], said["rejected_count"]) == (1, 0, 0)
    (batch,) = said["batches"]
    assert (batch["feed"], batch["status"], batch["rows_read"]) == ("users", "landed", 1)


@pytest.mark.parametrize("names", [[], ["users.csv"], ["customers/users.csv"]])
def test_a_folder_without_a_feed_is_no_success(
    tmp_path: Path, names: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    home, folder = tmp_path / "home", tmp_path / "in"
    folder.mkdir()
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("user_id\n1\n")
    for more in ([], ["--dry-run"]):
        assert main(["land", str(folder), "--home", str(home), *more]) == 2
        said = capsys.readouterr().err
        assert f"{folder} holds no file in a folder of a feed. Nothing was landed." in said
        assert f"{folder}/<feed>/<any name>.csv" in said
        assert all(name.partition("/")[0] in said for name in names)
    assert not home.exists()
