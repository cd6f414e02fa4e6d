"""Dagster's own SQLite files below `$WAREHOUSE_HOME/dagster`: how often they are forced to disk."""

import sqlite3
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine


def sync_at_checkpoints() -> None:
    """Let this process write Dagster's history without forcing every event to disk.

    They have a write-ahead log: a power cut loses the last events but never damages the files (SQLite's
    `synchronous = normal`). Each event is several commits: syncing at every one is two thirds of its time.
    """
    if not event.contains(Engine, "connect", _relax):
        event.listen(Engine, "connect", _relax)


def _relax(connection: Any, _record: Any) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute("pragma synchronous = normal")
