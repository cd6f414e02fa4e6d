"""The published file opens read-only, at any moment, in the clients that analysts use."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.clients.clients import INSTALLED, INSTALLED_PANDAS, OLDEST, OTHERS, POOLED, Client
from tests.clients.conftest import Publications
from tests.clients.running import probe
from tests.support.published_tables import AUDIT_TABLES, MARTS

CLIENTS = [
    INSTALLED,
    INSTALLED_PANDAS,
    OLDEST,
    *(pytest.param(client, marks=pytest.mark.clients) for client in OTHERS),
]


@pytest.mark.parametrize("client", CLIENTS, ids=str)
def test_client_reads_every_table_and_survives_a_publication(
    client: Client, publications: Publications
) -> None:
    declared, row_counts, before = published(publications.path)

    with probe(client, publications.path) as opened:
        first = opened.answer()
        publications.publish_next()
        opened.go_on()
        then = opened.answer()

    assert {name: table["row_count"] for name, table in first["tables"].items()} == row_counts
    assert first["write_refusal"] is not None
    strange = {
        f"{table}.{column}": (declared[table][column], kinds)
        for table, found in first["tables"].items()
        for column, kinds in found["kinds"].items()
        if not set(kinds) <= set(client.types[declared[table][column]])
    }
    assert strange == {}
    assert first["net_revenue_cny"] == str(before)
    assert then == expected_after(client, before)


@pytest.mark.clients
@pytest.mark.parametrize("client", POOLED, ids=str)
def test_a_pooled_engine_keeps_the_old_publication_until_it_is_disposed(
    client: Client, publications: Publications
) -> None:
    *_, before = published(publications.path)

    with probe(client, publications.path) as opened:
        assert opened.answer() == {"net_revenue_cny": str(before)}
        publications.publish_next()
        opened.go_on()
        then = opened.answer()

    assert then == {"pooled": str(before), "disposed": str(before + 1)}


def expected_after(client: Client, before: Decimal) -> dict[str, str]:
    """What is open stays on its publication, whole; what is opened when nothing is held open is fresh."""
    fresh = str(before + 1)
    return {
        "held": str(before),
        "second": str(before if client.shares_open_file else fresh),
        "reopened": fresh,
    }


def published(path: Path) -> tuple[dict[str, dict[str, str]], dict[str, int], Decimal]:
    """Declared types by table and column, rows by table, and the net revenue of core_daily over all types."""
    with duckdb.connect(str(path), read_only=True) as connection:
        types: dict[str, dict[str, str]] = {}
        for schema, table, column, data_type in connection.execute(
            "select schema_name, table_name, column_name, data_type from duckdb_columns() where not internal"
        ).fetchall():
            types.setdefault(f"{schema}.{table}", {})[column] = re.sub(r"\(.*\)", "", data_type)
        counts = {}
        for name in types:
            counts[name] = one(connection, f"select count(*) from {name}")
        net = one(connection, "select sum(net_revenue_cny) from marts.core_daily where business_type = 'all'")
    assert set(types) == {f"marts.{name}" for name in MARTS} | {f"audit.{name}" for name in AUDIT_TABLES}
    return types, counts, net


def one(connection: duckdb.DuckDBPyConnection, query: str) -> Any:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]
