"""Which as-of a partition stands for."""

from datetime import UTC, datetime

from ingest.foundation.settings import Settings
from orchestration.dagster_graph.partitions import as_of, business_date, business_days


def test_a_past_day_is_seen_as_of_its_last_instant_in_the_business_zone(settings: Settings) -> None:
    window = business_days(settings).time_window_for_partition_key("2026-03-01")
    assert as_of(window.end, datetime(2026, 11, 1)) == datetime(2026, 3, 1, 16)


def test_a_day_still_running_is_seen_as_of_now(settings: Settings) -> None:
    window = business_days(settings).time_window_for_partition_key("2026-03-01")
    now = datetime(2026, 3, 1, 9, 30)
    assert as_of(window.end, now) == now


def test_the_last_partition_is_the_day_still_running(settings: Settings) -> None:
    # 17:00 UTC is 01:00 of the next day in Shanghai.
    now = datetime(2026, 3, 1, 17, tzinfo=UTC)
    assert business_days(settings).get_partition_keys(current_time=now)[-1] == "2026-03-02"
    assert business_date(settings, now) == "2026-03-02"
    assert business_date(settings, now.replace(tzinfo=None)) == "2026-03-02"


def test_the_first_partition_is_a_setting(settings: Settings) -> None:
    assert business_days(settings).get_first_partition_key() == settings.history_start_date
