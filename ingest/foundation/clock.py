"""The only "now" of the project: everything else is given an instant, or asks here."""

from datetime import UTC, datetime


def now() -> datetime:
    """Now, with its zone (UTC)."""
    return datetime.now(UTC)


def utc_now() -> datetime:
    """Now as the warehouse stores instants: UTC without a zone."""
    return now().replace(tzinfo=None)


def naive_utc(instant: datetime) -> datetime:
    """An instant as the warehouse stores instants; one without a zone is UTC already."""
    return instant.astimezone(UTC).replace(tzinfo=None) if instant.tzinfo else instant
