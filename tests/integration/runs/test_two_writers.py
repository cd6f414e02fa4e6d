"""Two writers: one works, the other waits its bounded time and leaves with the holder's name, whoever the two are."""

from pathlib import Path

import pytest

from orchestration.cli import main
from tests.support.landing import csv_text, deliver
from tests.support.locks import held_lock
from tests.support.small_platform import USER, Platform

# As the holder calls itself in the lock.
HOLDERS = (
    "land /srv/exports",
    "increment",
    "calibrate",
    "backup",
    "restore",
    "revoke",
    "forget",
    "landing by Dagster",
)
WRITERS = (
    ("land", "{exports}"),
    ("increment",),
    ("calibrate",),
    ("backup", "{exports}/../backup"),
    ("restore", "{exports}/../backup"),
    ("revoke", "b000000001"),
    ("forget", "u1"),
    ("quarantine", "retry"),
)


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """Landed, never built, with a backup."""
    folder = tmp_path_factory.mktemp("two")
    one = Platform(folder / "home", folder / "exports")
    one.lands("users", USER)
    deliver(one.exports, "users/later.csv", csv_text([{**USER, "user_id": "u2"}]))
    assert main(["--home", str(one.settings.home), "backup", str(folder / "backup")]) == 0
    return one


def files(platform: Platform) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in platform.settings.home.rglob("*.duckdb")}


@pytest.mark.parametrize("words", WRITERS, ids=lambda words: words[0])
def test_the_second_leaves_with_the_name_of_the_first(
    platform: Platform,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
) -> None:
    monkeypatch.setenv("WAREHOUSE_LOCK_WAIT_SECONDS", "0.1")
    given = [word.format(exports=platform.exports) for word in words]
    before = files(platform)
    for holder in HOLDERS:
        with held_lock(platform.settings, holder):
            assert main(["--home", str(platform.settings.home), *given]) == 1
        said = capsys.readouterr().err
        assert f"what {holder}" in said
        assert "Run the command again when it has finished" in said
    assert files(platform) == before
