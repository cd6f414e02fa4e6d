"""The parsed project, for tests that look at definitions rather than figures."""

from typing import Any

import pytest

from ingest.foundation.settings import Settings
from orchestration.catalogue import project


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """dbt's manifest.json of the project."""
    return project.manifest_dict(Settings(home=tmp_path_factory.mktemp("home")))
