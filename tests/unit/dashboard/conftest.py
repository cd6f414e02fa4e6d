"""A published file with the few rows a test needs: the shape of a real one, and rows made here."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest.foundation.settings import Settings

AS_OF = datetime(2026, 3, 3, 4, 0)
TODAY = date(2026, 3, 3)


@pytest.fixture(scope="session")
def published_shape(tmp_path_factory: pytest.TempPathFactory, simulated: Settings) -> Path:
    """The tables of a real publication, without rows."""
    path = tmp_path_factory.mktemp("shape") / "warehouse.duckdb"
    with duckdb.connect() as connection:
        connection.execute(f"attach '{simulated.published_path}' as real (read_only)")
        connection.execute(f"attach '{path}' as empty")
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'real'"
        ).fetchall()
        for schema, name in tables:
            connection.execute(f"create schema if not exists empty.{schema}")
            connection.execute(f"create table empty.{schema}.{name} as from real.{schema}.{name} limit 0")
    return path


class PublishedFile:
    """A published file to fill by hand. Begins with the periods of a warehouse without data."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.add("runs", "audit", run_id="r", kind="increment", as_of_at=AS_OF, published_at=AS_OF)
        for period, start, previous in (
            ("today", TODAY, TODAY - timedelta(days=1)),
            ("yesterday", TODAY - timedelta(days=1), TODAY - timedelta(days=2)),
            ("this_week", TODAY - timedelta(days=1), TODAY - timedelta(days=8)),
            ("this_month", TODAY.replace(day=1), date(2026, 2, 1)),
        ):
            for business_type in ("all", "purchase", "forwarding", "service"):
                self.add("core_periods", **self._zeros("core_periods"))
                self.execute(
                    "update marts.core_periods set period = ?, business_type = ?, as_of_at = ?, "
                    "period_start_date = ?, period_end_date = ?, previous_period_start_date = ? "
                    "where period is null",
                    [
                        period,
                        business_type,
                        AS_OF,
                        start,
                        start if period == "yesterday" else TODAY,
                        previous,
                    ],
                )

    def execute(self, query: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.settings.published_path)) as connection:
            return connection.execute(query, parameters or []).fetchall()

    def add(self, table: str, schema: str = "marts", **values: Any) -> None:
        columns = ", ".join(values)
        self.execute(
            f"insert into {schema}.{table} ({columns}) values ({', '.join('?' * len(values))})",
            list(values.values()),
        )

    def day(self, day: date, net_cny: str, business_type: str = "all") -> None:
        """A row of core_daily in which everything paid is kept."""
        self.add(
            "core_daily",
            **{
                **self._zeros("core_daily"),
                "business_date": day,
                "business_type": business_type,
                "gross_paid_cny": net_cny,
                "net_revenue_cny": net_cny,
                "has_provisional_rate": False,
                "has_stale_rate": False,
            },
        )

    def display(self, currency: str, day: date, rate_cny: str | None, net: str | None, **values: Any) -> None:
        """A row of core_display_daily for all types, in which everything paid is kept."""
        given = {
            "business_date": day,
            "business_type": "all",
            "currency_code": currency,
            "gross_paid": net,
            "refund": None if net is None else 0,
            "chargeback": None if net is None else 0,
            "net_revenue": net,
            "rate_cny": rate_cny,
            "rate_date": None if rate_cny is None else day,
            "is_rate_provisional": False,
            "is_rate_stale": False,
        }
        self.add("core_display_daily", **{**given, **values})

    def _zeros(self, table: str) -> dict[str, int]:
        columns = self.execute(
            "select column_name from duckdb_columns() where schema_name = 'marts' and table_name = ? "
            "and (column_name like '%_cny' or column_name like '%_count')",
            [table],
        )
        return {name: 0 for (name,) in columns}


@pytest.fixture
def published_file(published_shape: Path, tmp_path: Path) -> PublishedFile:
    settings = Settings(home=tmp_path / "home", display_currencies=("USD",))
    settings.published_path.parent.mkdir(parents=True)
    settings.published_path.write_bytes(published_shape.read_bytes())
    return PublishedFile(settings)
