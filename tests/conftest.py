"""Fixtures that every test may use."""

from pathlib import Path

import pytest

from ingest.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A warehouse of its own, empty, with the default settings."""
    return Settings(home=tmp_path / "home", lock_wait_seconds=5)
