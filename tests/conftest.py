"""Fixtures that every test may use."""

import shutil
from pathlib import Path

import pytest

from ingest.foundation.settings import Settings, load_settings
from tests.support.simulated import build_simulated_warehouse


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A warehouse of its own, empty, with the default settings."""
    return Settings(home=tmp_path / "home", lock_wait_seconds=5)


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The simulated platform, landed and published; one a session. To change it, use `simulated_copy`."""
    return build_simulated_warehouse(tmp_path_factory.mktemp("simulated") / "home")


@pytest.fixture
def simulated_copy(simulated: Settings, tmp_path: Path) -> Settings:
    """A copy of `simulated` to change."""
    home = tmp_path / "home"
    home.mkdir()
    for name in ("build", "published"):
        shutil.copytree(simulated.home / name, home / name)
    shutil.copy(simulated.home / "settings.toml", home)
    return load_settings(home)
