"""pandas, filled by DuckDB's Python client."""

import duckdb
from pandas.api import types
from probe import FIGURE, TABLES, WRITE, kind, run

KINDS = (
    (types.is_bool_dtype, "boolean"),
    (types.is_integer_dtype, "integer"),
    (types.is_float_dtype, "float"),
    (types.is_datetime64_dtype, "timestamp"),
)


class Pandas:
    def __init__(self, path: str) -> None:
        self.connection = duckdb.connect(path, read_only=True)

    def tables(self):
        return self.connection.execute(TABLES).fetchall()

    def columns(self, schema, table):
        frame = self.connection.sql(f"from {schema}.{table}").df()
        return len(frame), {
            name: self._kinds(frame[name]) for name in frame.columns if frame[name].notna().any()
        }

    def _kinds(self, column) -> set[str]:
        for matches, name in KINDS:
            if matches(column.dtype):
                return {name}
        return {kind(value) for value in column.dropna()}

    def figure(self) -> str:
        return f"{self.connection.sql(FIGURE).df()['net_revenue_cny'].sum():.2f}"

    def write(self) -> None:
        self.connection.execute(WRITE)

    def close(self) -> None:
        self.connection.close()


run(Pandas)
