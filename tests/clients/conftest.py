"""Publications for the clients to read."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from ingest.foundation.settings import Settings
from orchestration.runs.publish import publish


@dataclass
class Publications:
    """A published file of its own, and the build file of the publication that follows it."""

    settings: Settings
    next_build_path: Path

    @property
    def path(self) -> Path:
        return self.settings.published_path

    def publish_next(self) -> None:
        """Replace the file as every run does; net revenue is then higher by 1.00."""
        publish(self.settings, self.next_build_path, datetime.now(UTC).replace(tzinfo=None))


@pytest.fixture(scope="session")
def next_build_path(simulated: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Marts and audit of a build in which one day's net revenue is higher by 1.00."""
    path = tmp_path_factory.mktemp("next") / "build.duckdb"
    path.write_bytes(simulated.published_path.read_bytes())
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "update marts.core_daily set net_revenue_cny = net_revenue_cny + 1 where business_type = 'all' "
            "and business_date = (select max(business_date) from marts.core_daily)"
        )
    return path


@pytest.fixture
def publications(simulated: Settings, next_build_path: Path, tmp_path: Path) -> Publications:
    settings = Settings(home=tmp_path / "home")
    settings.published_path.parent.mkdir(parents=True)
    settings.published_path.write_bytes(simulated.published_path.read_bytes())
    return Publications(settings, next_build_path)
