"""The parsed project, for tests that look at definitions rather than figures."""

from typing import Any

import pytest

from ingest.foundation.settings import Settings
from orchestration.runs import dbt


@pytest.fixture(scope="session")
def manifest(simulated: Settings) -> dict[str, Any]:
    """dbt's manifest.json of the project."""
    return dbt.manifest_dict(simulated)
