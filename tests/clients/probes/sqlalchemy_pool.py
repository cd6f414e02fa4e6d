"""A SQLAlchemy engine with a pool, as web applications keep it: every read gives its connection back."""

import json
import sys

import sqlalchemy
from probe import FIGURE
from sqlalchemy.pool import QueuePool

engine = sqlalchemy.create_engine(
    f"duckdb:///{sys.argv[-1]}", connect_args={"read_only": True}, poolclass=QueuePool
)


def figure() -> str:
    with engine.connect() as connection:
        return str(sum(row[0] for row in connection.execute(sqlalchemy.text(FIGURE)).fetchall()))


print(json.dumps({"net_revenue_cny": figure()}), flush=True)
sys.stdin.readline()
answer = {"pooled": figure()}
engine.dispose()
answer["disposed"] = figure()
print(json.dumps(answer), flush=True)
