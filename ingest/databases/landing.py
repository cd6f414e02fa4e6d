"""Landing from a live PostgreSQL, MySQL/MariaDB or SQLite database, as a mapping file says."""

from datetime import datetime
from pathlib import Path

import duckdb

from ingest.databases.addresses import DatabaseAddress, parse_database_url
from ingest.databases.changed import land_changed
from ingest.databases.deleted import land_deleted
from ingest.databases.dialects import attached, driver_message
from ingest.databases.mapping import load_mapping
from ingest.databases.reading import Read
from ingest.foundation.clock import now
from ingest.foundation.errors import WarehouseError
from ingest.foundation.lock import writer_lock
from ingest.foundation.settings import Settings
from ingest.land.report import BatchReport, LandingReport
from ingest.raw.raw_file import open_raw


def land_database(
    settings: Settings,
    url: str,
    mapping_path: Path | str,
    *,
    find_deleted: bool = False,
    restart: bool = False,
    landed_at: datetime | None = None,
) -> LandingReport:
    """Lands what changed in a database since the last time; one batch per entry of the mapping that has any.

    `find_deleted` also compares keys: what raw has from an entry and the source no longer has lands as a
    version with is_deleted true and the time of the read as updated_at. `restart` reads every row again, as
    after a change of the mapping. The cursor of an entry moves in the transaction of its landing. An entry
    that fails does not stop the others; the failures are raised together afterwards. Raises UsageError for a
    wrong address or mapping, WarehouseError for what the database refuses; neither ever holds a credential.
    """
    address = parse_database_url(url)
    mapping = load_mapping(mapping_path)
    batches: list[BatchReport] = []
    notes: list[str] = []
    failures: list[str] = []
    with writer_lock(settings, f"land {address.shown}"):
        connection = open_raw(settings)
        try:
            with attached(connection, address) as dialect:
                read = Read(connection, settings, dialect, mapping, landed_at or now())
                for entry in mapping.entries:
                    try:
                        land_changed(read, entry, restart, batches, notes)
                        if find_deleted:
                            land_deleted(read, entry, batches, notes)
                    except duckdb.Error as error:
                        failures.append(_failure(read.name(entry), address, error))
                    except WarehouseError as error:
                        failures.append(f"{read.name(entry)}: {address.scrubbed(str(error))}")
        finally:
            connection.close()
    report = LandingReport(tuple(batches), tuple(notes))
    if failures:
        landed = f"\nWhat landed all the same:\n{chr(10).join(report.lines())}" if report.lines() else ""
        raise WarehouseError("\n".join(failures) + landed)
    return report


def _failure(name: str, address: DatabaseAddress, error: duckdb.Error) -> str:
    return (
        f"{name}: {address.shown} refused or lost the query: {driver_message(address.scrubbed(str(error)))}\n"
        "Nothing of it was landed and its cursor did not move. Correct the mapping or the database and "
        "land again."
    )
