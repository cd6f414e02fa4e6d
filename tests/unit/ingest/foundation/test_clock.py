from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ingest.foundation.clock import fixed_offset


@pytest.mark.parametrize(
    ("zone", "offset"),
    [
        ("Asia/Shanghai", timedelta(hours=8)),
        ("Asia/Kolkata", timedelta(hours=5, minutes=30)),
        ("UTC", timedelta()),
        # Summer time, and a zone that was moved twice.
        ("America/New_York", None),
        ("Asia/Pyongyang", None),
    ],
)
def test_only_a_zone_without_a_change_has_a_fixed_offset(zone: str, offset: timedelta | None) -> None:
    first, last = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
    assert fixed_offset(ZoneInfo(zone), first, last) == offset
