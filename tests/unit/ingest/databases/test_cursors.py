"""Where the next read begins."""

from datetime import UTC, datetime

import pytest

from ingest.databases.cursors import capped, lower_bound, next_value
from ingest.databases.mapping import CursorMapping

INSTANT = CursorMapping("updated_at", "instant", 10)
NUMBER = CursorMapping("id", "number", 5)


@pytest.mark.parametrize(
    ("value", "bound"),
    [
        (None, None),
        ("2026-01-01 00:05:00.123456+00", "2025-12-31 23:55:00"),
        ("2026-01-01T00:05:00Z", "2025-12-31T23:55:00"),
        ("2026-01-01 00:05:00", "2025-12-31 23:55:00"),
        ("2026-01-01 00:05", "2025-12-31 23:55:00"),
        ("2026-01-01", "2025-12-31"),
        ("not an instant", None),
    ],
)
def test_an_instant_less_its_overlap_keeps_its_form(value: str | None, bound: str | None) -> None:
    assert lower_bound(INSTANT, value) == bound


@pytest.mark.parametrize("value", ["2026-01-01 00:05:00.123+00", "2026-01-01T00:05:00Z", "2026-01-01"])
def test_the_bound_is_below_the_value_as_text_too(value: str) -> None:
    bound = lower_bound(CursorMapping("updated_at", "instant", 0), value)
    assert bound is not None
    assert bound <= value


def test_a_number_less_its_overlap() -> None:
    assert lower_bound(NUMBER, "12") == "7"
    assert lower_bound(NUMBER, "3") == "-2"


def test_the_cursor_never_goes_back() -> None:
    assert next_value(NUMBER, "9", "10") == "10"
    assert next_value(NUMBER, "10", "9") == "10"
    assert next_value(INSTANT, None, "2026-01-01") == "2026-01-01"
    assert next_value(INSTANT, "2026-01-02 00:00:00+00", "2026-01-01 00:00:00+00") == "2026-01-02 00:00:00+00"
    assert next_value(INSTANT, "2026-01-02 00:00:00+00", None) == "2026-01-02 00:00:00+00"


def test_the_future_is_cut_off_in_the_zone_of_the_value() -> None:
    now = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
    assert capped(INSTANT, "2030-01-01 00:00:00+00", now, "Asia/Shanghai") == "2026-03-01 04:00:00"
    assert capped(INSTANT, "2030-01-01 00:00:00", now, "Asia/Shanghai") == "2026-03-01 12:00:00"
    assert capped(INSTANT, "2030-01-01", now, "Asia/Shanghai") == "2026-03-01"
    assert capped(INSTANT, "2026-02-01 00:00:00+00", now, "Asia/Shanghai") == "2026-02-01 00:00:00+00"
    assert capped(NUMBER, "99", now, "Asia/Shanghai") == "99"
