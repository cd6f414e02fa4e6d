"""SQLAlchemy with whichever DuckDB dialect the environment has: tables are reflected, not written down."""

from decimal import Decimal

import sqlalchemy
from probe import FIGURE, TABLES, WRITE, kinds, run
from sqlalchemy.pool import NullPool

REFLECTED = (
    (sqlalchemy.Boolean, "boolean"),
    (sqlalchemy.Integer, "integer"),
    (sqlalchemy.Float, "float"),
    (sqlalchemy.Numeric, "decimal"),
    (sqlalchemy.DateTime, "timestamp"),
    (sqlalchemy.Date, "date"),
    (sqlalchemy.String, "text"),
)


class SQLAlchemy:
    """An engine with `NullPool`: a connection returned is a connection closed."""

    def __init__(self, path: str) -> None:
        self.engine = sqlalchemy.create_engine(
            f"duckdb:///{path}", connect_args={"read_only": True}, poolclass=NullPool
        )
        self.connection = self.engine.connect()

    def tables(self):
        return [tuple(row) for row in self.connection.execute(sqlalchemy.text(TABLES))]

    def columns(self, schema, table):
        reflected = sqlalchemy.Table(table, sqlalchemy.MetaData(), schema=schema, autoload_with=self.engine)
        rows = [tuple(row) for row in self.connection.execute(reflected.select())]
        found = kinds(reflected.columns.keys(), rows)
        for column in reflected.columns:
            found[column.name].add(self._kind(column.type))
        return len(rows), found

    def _kind(self, column_type) -> str:
        return next(
            (name for known, name in REFLECTED if isinstance(column_type, known)), type(column_type).__name__
        )

    def figure(self) -> str:
        rows = self.connection.execute(sqlalchemy.text(FIGURE)).fetchall()
        return str(sum((row[0] for row in rows), Decimal(0)))

    def write(self) -> None:
        with self.engine.connect() as connection:
            connection.execute(sqlalchemy.text(WRITE))

    def close(self) -> None:
        self.connection.close()
        self.engine.dispose()


run(SQLAlchemy)
