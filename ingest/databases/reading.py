"""One read of a live database: what all of its entries share."""

from dataclasses import dataclass
from datetime import datetime

import duckdb

from ingest.databases.dialects import Dialect
from ingest.databases.mapping import EntryMapping, Mapping
from ingest.foundation.settings import Settings


@dataclass(frozen=True)
class Read:
    """What one landing needs to know throughout."""

    connection: duckdb.DuckDBPyConnection
    settings: Settings
    dialect: Dialect
    mapping: Mapping
    read_at: datetime

    @property
    def time_zone(self) -> str:
        return self.mapping.time_zone or self.settings.source_time_zone

    def name(self, entry: EntryMapping) -> str:
        """The entry's name in the ledger, the cursors and messages."""
        return f"{self.mapping.name}.{entry.name}"
