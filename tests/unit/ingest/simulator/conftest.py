"""The demo's platform, simulated once, in DuckDB.

`<feed>` holds every version delivered, `<feed>_now` the current ones.
"""

from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pytest

from ingest.contract.feeds import FEEDS
from ingest.simulator import DayBatch, SimulatorConfig, simulate


@pytest.fixture(scope="session")
def batches() -> list[DayBatch]:
    return list(simulate(SimulatorConfig()))


@pytest.fixture(scope="session")
def platform(batches: list[DayBatch]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Columns as delivered, and `delivered_on` (business date) and `position` (landing order)."""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    for name, feed in FEEDS.items():
        tables = []
        for batch in batches:
            table = batch.feeds[name]
            day = pa.array([batch.business_date] * len(table), pa.date32())
            tables.append(table.append_column("delivered_on", day))
        connection.register("delivered", pa.concat_tables(tables))
        connection.execute(
            f"create table {name} as select *, row_number() over () as position from delivered"
        )
        if "updated_at" in feed.column_names:
            connection.execute(
                f"create view {name}_now as select * from {name} qualify row_number() over"
                f" (partition by {', '.join(feed.key)} order by updated_at desc, position desc) = 1"
            )
    yield connection
    connection.close()
