"""docs/bi-tools.md: its examples run as they stand, and its table names the clients that are tested."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from dashboard.superset.datasets import DATASETS
from dashboard.superset.tabs import CHARTS
from ingest.foundation.settings import Settings
from tests.clients import clients
from tests.support.examples import PAGE, example

ALL_TYPES = "select cast(sum(net_revenue_cny) as varchar) from marts.core_daily where business_type = 'all'"
LAST_DAY = """
    select business_date || ' ' || net_revenue_cny from marts.core_daily where business_type = 'all'
    order by business_date desc limit 1"""


def python(program: str) -> Callable[[], list[str]]:
    return lambda: [program, "-c"]


def sqlalchemy(client: clients.Client) -> Callable[[], list[str]]:
    return lambda: [client.command()[0], "-c"]


def command_line() -> list[str]:
    """A shell in which `duckdb` is the tested program."""
    folder = Path(clients.CLI.command()[-1]).parent
    return ["env", f"PATH={folder}{os.pathsep}{os.environ['PATH']}", "sh", "-c"]


def node() -> list[str]:
    """Node, finding the tested package as it would in the user's own folder."""
    return ["env", f"NODE_PATH={clients.NODE.command()[-1]}/node_modules", "node", "-e"]


@dataclass(frozen=True)
class Example:
    """A block of the page, what runs it, and the query whose answer it must print."""

    heading: str
    language: str
    command: Callable[[], list[str]]
    figure: str = ALL_TYPES


INSTALLED = {
    "python": Example("Python", "python", python(sys.executable)),
    "pandas": Example("pandas", "python", python(sys.executable)),
}
OTHERS = {
    "cli": Example("DuckDB command line", "sh", command_line),
    "node": Example("Node", "js", node),
    "sqlalchemy-1.4": Example("SQLAlchemy", "python", sqlalchemy(clients.SQLALCHEMY_1), LAST_DAY),
    "sqlalchemy-2": Example("SQLAlchemy", "python", sqlalchemy(clients.SQLALCHEMY_2), LAST_DAY),
}


@pytest.mark.parametrize(
    "shown",
    [
        *(pytest.param(shown, id=name) for name, shown in INSTALLED.items()),
        *(pytest.param(shown, id=name, marks=pytest.mark.clients) for name, shown in OTHERS.items()),
    ],
)
def test_example_prints_the_published_figure(simulated: Settings, tmp_path: Path, shown: Example) -> None:
    with duckdb.connect(str(simulated.published_path), read_only=True) as connection:
        ((expected,),) = connection.execute(shown.figure).fetchall()
    (tmp_path / "var" / "published").mkdir(parents=True)
    (tmp_path / "var" / "published" / "warehouse.duckdb").symlink_to(simulated.published_path)

    done = subprocess.run(
        [*shown.command(), example(shown.heading, shown.language)],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )

    assert expected in done.stdout


def test_table_names_every_tested_client() -> None:
    tested = (clients.INSTALLED_PANDAS, clients.OLDEST, *clients.OTHERS, clients.SUPERSET)

    rows = re.findall(r"^\| [^|]+\| (`[^|]+) \|", PAGE.read_text(encoding="utf-8"), re.M)
    named = {name for row in rows for name in re.findall(r"`([^`]+)`", row)}

    assert named == {client.name for client in tested}


def test_page_counts_what_the_superset_bundle_holds() -> None:
    assert f"{len(DATASETS)} datasets with labels and descriptions, {len(CHARTS)} charts" in PAGE.read_text(
        encoding="utf-8"
    )
