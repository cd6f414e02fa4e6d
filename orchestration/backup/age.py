"""How old the backup is that Dagster makes every night."""

from datetime import datetime, timedelta

from ingest.foundation.errors import WarehouseError
from ingest.foundation.settings import Settings
from orchestration.backup.manifest import read_manifest

# One night may fail before anybody is woken.
MAXIMUM_AGE = timedelta(hours=48)


def backup_fault(settings: Settings, now: datetime) -> tuple[str, str] | None:
    """(since when, what is wrong) of the backup in `backup_dir` at `now` (naive UTC); None where it is well or not asked for."""
    if settings.backup_dir is None:
        return None
    try:
        manifest = read_manifest(settings.backup_dir)
    except WarehouseError as error:
        return "unreadable", str(error)
    if manifest is None:
        return "none", f"there is no backup in {settings.backup_dir} yet; `warehouse backup` makes one"
    age = now - manifest.backed_up_at
    if age <= MAXIMUM_AGE:
        return None
    return (
        f"{manifest.backed_up_at:%Y-%m-%dT%H:%M:%SZ}",
        f"the backup in {settings.backup_dir} is {age.days} days old; see why the nightly one failed, or run `warehouse backup`",
    )
