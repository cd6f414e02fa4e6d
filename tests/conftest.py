"""Fixtures that every test may use."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from ingest.foundation.settings import Settings, load_settings
from tests.support.made_once import made_once
from tests.support.programs import left_out_lines, missing_by_marker, parted
from tests.support.simulated import build_simulated_warehouse

_LEFT_OUT = pytest.StashKey[set[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--leave-none-out",
        action="store_true",
        help="fail where programs from Debian that tests need are missing",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_LEFT_OUT] = set()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out, by name, the tests whose programs are not installed."""
    kept, left = parted(items, missing_by_marker())
    if not left:
        return
    names = {item.nodeid for item in left}
    if config.getoption("--leave-none-out"):
        raise pytest.UsageError("\n".join(left_out_lines(sorted(names), missing_by_marker())))
    items[:] = kept
    config.hook.pytest_deselected(items=left)
    config.stash[_LEFT_OUT] |= names
    if hasattr(config, "workeroutput"):
        config.workeroutput["left_out"] = sorted(names)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """What a parallel worker left out, told to the process that prints the summary."""
    node.config.stash[_LEFT_OUT] |= set(getattr(node, "workeroutput", {}).get("left_out", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    names = config.stash[_LEFT_OUT]
    if names:
        terminalreporter.section("left out")
        for line in left_out_lines(sorted(names), missing_by_marker()):
            terminalreporter.write_line(line)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A warehouse of its own, empty, with the default settings."""
    return Settings(home=tmp_path / "home", lock_wait_seconds=5)


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The simulated platform, landed and published; one a session. To change it, use `simulated_copy`."""
    return load_settings(made_once(tmp_path_factory, "simulated", build_simulated_warehouse))


@pytest.fixture
def simulated_copy(simulated: Settings, tmp_path: Path) -> Settings:
    """A copy of `simulated` to change."""
    home = tmp_path / "home"
    home.mkdir()
    for name in ("raw", "build", "published"):
        shutil.copytree(simulated.home / name, home / name)
    shutil.copy(simulated.home / "settings.toml", home)
    return load_settings(home)
