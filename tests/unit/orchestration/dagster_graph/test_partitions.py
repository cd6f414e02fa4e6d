"""Which as-of a partition stands for."""

from datetime import UTC, datetime

import duckdb

from ingest.foundation.settings import Settings
from orchestration.dagster_graph.partitions import as_of, business_date, business_days


def test_a_past_day_is_seen_as_of_its_last_instant_in_the_business_zone(settings: Settings) -> None:
    window = business_days(settings.replace(history_start_date="2020-01-01")).time_window_for_partition_key(
        "2026-03-01"
    )
    assert as_of(window.end, datetime(2026, 11, 1)) == datetime(2026, 3, 1, 16)


def test_a_day_still_running_is_seen_as_of_now(settings: Settings) -> None:
    window = business_days(settings.replace(history_start_date="2020-01-01")).time_window_for_partition_key(
        "2026-03-01"
    )
    now = datetime(2026, 3, 1, 9, 30)
    assert as_of(window.end, now) == now


def test_the_last_partition_is_the_day_still_running(settings: Settings) -> None:
    # 17:00 UTC is 01:00 of the next day in Shanghai.
    now = datetime(2026, 3, 1, 17, tzinfo=UTC)
    days = business_days(settings.replace(history_start_date="2020-01-01"))
    assert days.get_partition_keys(current_time=now)[-1] == "2026-03-02"
    assert business_date(settings, now) == "2026-03-02"
    assert business_date(settings, now.replace(tzinfo=None)) == "2026-03-02"


def test_the_first_partition_is_the_first_date_with_data_or_a_setting(settings: Settings) -> None:
    assert business_days(settings).get_first_partition_key() == business_date(settings, settings.now())
    settings.published_path.parent.mkdir(parents=True)
    with duckdb.connect(str(settings.published_path)) as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.core_daily as select date '2025-02-01' as business_date")
    assert business_days(settings).get_first_partition_key() == "2025-02-01"
    chosen = settings.replace(history_start_date="2025-02-02")
    assert business_days(chosen).get_first_partition_key() == "2025-02-02"


def test_a_publication_that_cannot_be_read_does_not_keep_dagster_from_loading(settings: Settings) -> None:
    settings.published_path.parent.mkdir(parents=True)
    settings.published_path.write_bytes(b"no database")
    today = business_date(settings, settings.now())
    assert business_days(settings).get_partition_keys() == [today]


def test_where_now_is_fixed_so_is_the_last_partition(settings: Settings) -> None:
    fixed = settings.replace(fixed_as_of="2026-03-01T12:00:00Z", history_start_date="2026-02-27")
    assert business_days(fixed).get_partition_keys() == ["2026-02-27", "2026-02-28", "2026-03-01"]
    assert fixed.now() == datetime(2026, 3, 1, 12)
