"""The outputs that pages show are those of the demo."""

from pathlib import Path

import duckdb
import pytest

from ingest.foundation.settings import Settings, load_settings
from ingest.simulator import SimulatorConfig
from orchestration.commands.demo import DEFAULT_DAYS, DEFAULT_ORDERS
from orchestration.runs.demo import run_demo
from tests.support import queries, readme

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A finished `warehouse demo`."""
    settings = load_settings(tmp_path_factory.mktemp("demo") / "home")
    run_demo(settings, SimulatorConfig(order_count=DEFAULT_ORDERS, day_count=DEFAULT_DAYS), lambda _: None)
    return settings


def is_current(page: Path, written_anew: str) -> None:
    assert written_anew == page.read_text(encoding="utf-8"), "write it anew: make run docs"


def test_queries_show_what_the_demo_answers(demo: Settings) -> None:
    page = queries.PAGE
    is_current(page, queries.with_output(page.read_text(encoding="utf-8"), demo.published_path))


def test_the_first_query_shows_what_the_demo_answers(demo: Settings) -> None:
    with duckdb.connect(str(demo.published_path), read_only=True) as books:
        output = str(books.sql(readme.first_query()))
    is_current(readme.README, readme.with_output(readme.README.read_text(encoding="utf-8"), output))
