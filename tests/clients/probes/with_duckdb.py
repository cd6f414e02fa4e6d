"""DuckDB's Python client, any version from 1.0 on."""

from decimal import Decimal

import duckdb
from probe import FIGURE, TABLES, WRITE, kinds, run


class DuckDB:
    def __init__(self, path: str) -> None:
        self.connection = duckdb.connect(path, read_only=True)

    def tables(self):
        return self.connection.execute(TABLES).fetchall()

    def columns(self, schema, table):
        result = self.connection.execute(f"select * from {schema}.{table}")
        rows = result.fetchall()
        return len(rows), kinds([column[0] for column in self.connection.description], rows)

    def figure(self) -> str:
        return str(sum((row[0] for row in self.connection.execute(FIGURE).fetchall()), Decimal(0)))

    def write(self) -> None:
        self.connection.execute(WRITE)

    def close(self) -> None:
        self.connection.close()


run(DuckDB)
