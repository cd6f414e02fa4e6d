"""docs/queries.md: every query runs, and its output is the demo's."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import duckdb
import pytest

from ingest.foundation.settings import Settings
from tests.support.queries import PAGE, Query, queries

QUERIES = {query.title: query for query in queries(PAGE.read_text(encoding="utf-8"))}
# A single publication restates nothing.
EMPTY_AFTER_ONE_PUBLICATION = "Published days that changed afterwards, and why"


def run(settings: Settings, query: Query) -> list[dict[str, Any]]:
    with duckdb.connect(str(settings.published_path), read_only=True) as connection:
        result = connection.execute(query.sql)
        columns = [column[0] for column in result.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]


def test_every_query_of_the_page_is_found() -> None:
    assert len(QUERIES) == PAGE.read_text(encoding="utf-8").count("```sql")
    assert len(QUERIES) >= 12


@pytest.mark.parametrize("query", QUERIES.values(), ids=str)
def test_query_answers_with_the_columns_shown(simulated: Settings, query: Query) -> None:
    rows = run(simulated, query)

    if query.title == EMPTY_AFTER_ONE_PUBLICATION:
        assert rows == []
    else:
        assert rows
        assert query.output.splitlines()[0] == f"| {' | '.join(rows[0])} |"


def test_display_currency_is_exact(simulated: Settings) -> None:
    """R15, against decimal arithmetic."""
    rows = run(simulated, QUERIES["Revenue in another currency"])
    with duckdb.connect(str(simulated.published_path), read_only=True) as connection:
        net_revenue_cny = dict(
            connection.execute(
                "select business_date, net_revenue_cny from marts.core_daily where business_type = 'all'"
            ).fetchall()
        )

    assert {row["net_revenue"] for row in rows} != {None}
    for row in rows:
        exact = net_revenue_cny[row["business_date"]] / row["rate_cny"]
        assert row["net_revenue"] == exact.quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_exchange_identity_holds(simulated: Settings) -> None:
    """R14: the check column says 0.00 for every currency."""
    rows = run(simulated, QUERIES["The exchange result, currency by currency"])

    assert {row["check_cny"] for row in rows} == {Decimal("0.00")}
