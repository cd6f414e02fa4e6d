"""R18 over random histories: after any landings in any number of increments, every table equals a full refresh, row for row.

The published figures are held against the independent ledger on the same histories. `make properties` runs 200 histories;
the suite runs 20. A failure shrinks to a few readable rows.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.foundation.settings import Settings
from ingest.land.forget import forget
from tests.properties.histories import History, history_strategy, random_history
from tests.properties.side_by_side import live, merged_landings
from tests.support.books import disagreements
from tests.support.full_refresh import differing_tables
from tests.support.landing import query

SIDE_BY_SIDE = 10
HISTORY_COUNT = int(os.environ.get("PROPERTY_HISTORIES", "20"))
lived = {"histories": 0, "landings": 0, "withdrawals": 0, "rows": 0}


@pytest.fixture(scope="module", autouse=True)
def _tell_what_was_lived(pytestconfig: pytest.Config) -> Iterator[None]:
    yield
    reporter = pytestconfig.pluginmanager.get_plugin("terminalreporter")
    if reporter:
        reporter.write_line("\n" + ", ".join(f"{count} {what}" for what, count in lived.items()) + " lived")


def assert_books_are_right(histories: list[History]) -> None:
    home = Path(tempfile.mkdtemp(prefix="history-"))
    try:
        # Always an increment after the first run, however much of a small history is pending.
        warehouse = Settings(home=home / "home", full_refresh_share=1)
        as_of = live(warehouse, histories, home / "landing")
        lived["histories"] += len(histories)
        lived["landings"] += sum(len(history.landings) for history in histories)
        lived["withdrawals"] += sum(len(landing.turned) for landing in merged_landings(histories))
        lived["rows"] += sum(
            len(rows)
            for history in histories
            for landing in history.landings
            for rows in landing.feeds.values()
        )
        # What is made anew from raw without a person's data is what the increments made with it.
        for (user_id,) in query(warehouse, "select distinct user_id from raw.users order by 1 limit 2"):
            forget(warehouse, user_id)
        assert differing_tables(warehouse, as_of, home / "scratch", with_tests=True) == {}
        assert disagreements(warehouse, as_of) == {}
    finally:
        shutil.rmtree(home, ignore_errors=True)


@settings(
    max_examples=max(1, HISTORY_COUNT // SIDE_BY_SIDE - 1),
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(history_strategy(), min_size=SIDE_BY_SIDE, max_size=SIDE_BY_SIDE))
def test_small_histories(histories: list[History]) -> None:
    assert_books_are_right(histories)


@pytest.mark.parametrize("first_seed", range(0, max(1, HISTORY_COUNT // 100) * SIDE_BY_SIDE, SIDE_BY_SIDE))
def test_larger_histories(first_seed: int) -> None:
    assert_books_are_right([random_history(seed) for seed in range(first_seed, first_seed + SIDE_BY_SIDE)])
