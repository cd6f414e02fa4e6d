"""How long each feed may be silent (R22)."""

from ingest.contract.feeds import FEEDS
from ingest.foundation.errors import UsageError
from ingest.foundation.settings import Settings
from ingest.foundation.suggestion import suggestion


def rhythm_days(settings: Settings) -> dict[str, int]:
    """Days of silence expected at most, by feed: the setting's, else the feed's own; feeds without one are left out.

    Raises UsageError where the setting names no feed.
    """
    for name in settings.rhythm_days:
        if name not in FEEDS:
            raise UsageError(f"setting rhythm_days: there is no feed {name!r}{suggestion(name, FEEDS)}.")
    days = {feed.name: settings.rhythm_days.get(feed.name, feed.rhythm_days) for feed in FEEDS.values()}
    return {name: count for name, count in days.items() if count is not None}
