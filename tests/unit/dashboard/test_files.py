"""A set of pages appears at once or not at all."""

import os
import time
from pathlib import Path

import pytest

from dashboard import files
from dashboard.files import KEPT_SETS, put_in_place


def let_in(path: Path) -> None:
    path.chmod(0o750 if path.is_dir() else 0o640)


def test_a_reader_sees_one_whole_set(tmp_path: Path) -> None:
    link = tmp_path / "dashboard"
    assert put_in_place(link, {"a.html": "one", "b.html": "één"}, let_in) == 8
    first = link.resolve()
    put_in_place(link, {"a.html": "two"}, let_in)
    assert sorted(path.name for path in link.iterdir()) == ["a.html", "a.html.br", "a.html.gz"]
    # Who is still reading the last set can finish.
    assert (first / "b.html").read_text(encoding="utf-8") == "één"
    for _ in range(3):
        put_in_place(link, {"a.html": "three"}, let_in)
    assert len(list((tmp_path / "dashboard-sets").iterdir())) == KEPT_SETS
    assert not Path(os.readlink(link)).is_absolute()


def test_a_failed_build_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = tmp_path / "dashboard"
    put_in_place(link, {"a.html": "one"}, let_in)

    def full_disk(*_: object, **__: object) -> bytes:
        raise OSError("No space left on device")

    monkeypatch.setattr(files.brotli, "compress", full_disk)
    with pytest.raises(OSError, match="No space"):
        put_in_place(link, {"a.html": "two"}, let_in)
    assert (link / "a.html").read_text() == "one"
    assert len(list((tmp_path / "dashboard-sets").iterdir())) == 1


def test_replaces_a_folder_and_removes_what_a_killed_build_left(tmp_path: Path) -> None:
    link = tmp_path / "dashboard"
    link.mkdir()
    (link / "a.html").write_text("copied")
    left = tmp_path / "dashboard-sets" / ".writing-left"
    left.mkdir(parents=True)
    os.utime(left, (time.time() - 7200,) * 2)
    put_in_place(link, {"a.html": "one"}, let_in)
    assert link.is_symlink()
    assert (link / "a.html").read_text() == "one"
    assert not left.exists()
