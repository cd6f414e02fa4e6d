"""The macros of time, rendered by dbt and run on DuckDB."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from ingest.foundation.settings import Settings
from orchestration.runs.dbt import variables
from tests.support.rendered import rendered

# About one instant a quarter of a day, never on the hour, and every midnight of the zone with its neighbours.
INSTANTS = """
select timestamp '1999-12-31 00:00:00' + interval '6 hours 7 minutes' * number as instant from range(150000) as numbers (number)
union all
select timestamp '1999-12-31 16:00:00' + interval '1 day' * number + interval '1 microsecond' * beside
from range(36600) as numbers (number), (values (-1), (0), (1)) as neighbours (beside)
"""


def test_a_zone_that_is_always_as_far_ahead_needs_no_lookup(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    expressions = (
        "{{ business_date('instant') }}, {{ business_hour('instant') }}, "
        "{{ start_of_business_date('cast(instant as date)') }}"
    )
    looked_up, added = (
        rendered(
            settings, expressions, business_time_zone="Asia/Shanghai", business_utc_offset_minutes=minutes
        )
        for minutes in (None, 480)
    )
    assert "at time zone" in looked_up
    assert "at time zone" not in added
    assert (
        duckdb.sql(
            f"select instant, ({looked_up}) as looked_up, ({added}) as added from ({INSTANTS}) "
            f"where ({looked_up}) <> ({added})"
        ).fetchall()
        == []
    )


def test_a_zone_with_summer_time_is_looked_up(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, business_time_zone="America/Los_Angeles")
    now = datetime(2026, 1, 1)
    given = variables(settings, now, now, now)
    assert given["business_utc_offset_minutes"] is None
    zone = ZoneInfo(settings.business_time_zone)
    # An hour and a minute before and after midnight, on either side of both changes of 2026.
    instants = [
        datetime(2026, month, day, hour, minute, tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
        for month, day in ((3, 7), (3, 8), (3, 9), (10, 31), (11, 1), (11, 2))
        for hour, minute in ((0, 0), (0, 59), (23, 0), (23, 59))
    ]
    date_of = rendered(settings, "{{ business_date('instant') }}", **given)
    begins = rendered(settings, "{{ start_of_business_date('cast(instant as date)') }}", **given)
    for instant in instants:
        local = instant.replace(tzinfo=UTC).astimezone(zone)
        [(found, start)] = duckdb.execute(
            f"select {date_of}, {begins} from (select cast(? as timestamp) as instant)", [instant]
        ).fetchall()
        midnight = datetime(instant.year, instant.month, instant.day, tzinfo=zone).astimezone(UTC)
        assert (found, start) == (local.date(), midnight.replace(tzinfo=None))
