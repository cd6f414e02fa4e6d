"""Who can read what is published: the owner and one group, at every moment; nobody else ever."""

import grp
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from dashboard.build import build_dashboard
from ingest.foundation.clock import utc_now
from ingest.foundation.errors import UsageError, WarehouseError
from ingest.foundation.readers import let_readers_in
from ingest.foundation.settings import Settings
from orchestration.runs import publish
from orchestration.runs.increment import increment
from tests.support.accounts import folder_of_nobody, without_rights
from tests.support.small_platform import ORDER, USER, Platform, day, payment

OTHERS = stat.S_IRWXO


def a_group() -> grp.struct_group:
    """One that this account may give files to and that is not its first."""
    ids = [group.gr_gid for group in grp.getgrall()] if os.geteuid() == 0 else os.getgroups()
    return grp.getgrgid(next((gid for gid in ids if gid != os.getegid()), os.getegid()))


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    one = Platform(tmp_path / "home", tmp_path / "exports")
    one.settings = one.settings.replace(reader_group=a_group().gr_name)
    one.lands("users", USER)
    one.lands("purchase_orders", ORDER)
    one.lands("payments", payment(1, "2026-03-01 10:00:00", "100"))
    return one


def below(settings: Settings) -> list[Path]:
    tops = [settings.published_path.parent, settings.home / "dashboard-sets"]
    return [path for top in tops for path in (top, *top.rglob("*"))]


def test_the_group_reads_every_publication_and_every_page(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = platform.settings
    while_written: list[int] = []
    write = publish._write

    def watched(settings: Settings, build_path: Path, aside: Path, *others: Any, **named: Any) -> None:
        write(settings, build_path, aside, *others, **named)
        while_written.append(aside.parent.stat().st_mode & 0o077)

    monkeypatch.setattr(publish, "_write", watched)
    increment(settings, day(3))
    publish.publish(settings, settings.build_path, utc_now())
    build_dashboard(settings)
    assert while_written == [0, 0]
    found = below(settings)
    assert len([path for path in found if path.suffix == ".duckdb"]) == 2
    assert len([path for path in found if path.suffix == ".html"]) > 8
    for path in found:
        mode = path.stat().st_mode
        assert not mode & (OTHERS | stat.S_IWGRP), path
        assert mode & stat.S_IRGRP, path
        assert path.stat().st_gid == a_group().gr_gid, path
    assert settings.build_path.parent.stat().st_mode & 0o077 == 0


def test_a_group_that_is_none_publishes_nothing(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, reader_group="no-such-group")
    with pytest.raises(UsageError, match="is no group of this machine"):
        publish.publish(settings, settings.build_path, utc_now())
    assert not settings.published_path.exists()


def test_a_group_of_others_is_said() -> None:
    with folder_of_nobody() as folder, without_rights(), pytest.raises(WarehouseError, match="is not in it"):
        let_readers_in(Settings(home=folder, reader_group="root"), folder)
