"""Numbers and dates as text."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from dashboard import formats
from dashboard.formats import Kind
from dashboard.texts import Language
from ingest.foundation.clock import zone_label

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (Decimal("1234567.5"), Kind.MONEY, "1,234,567.50"),
        (Decimal("-0.005"), Kind.MONEY, "−0.01"),
        (Decimal("0.00"), Kind.MONEY, "0.00"),
        (Decimal("1234.50"), Kind.MONEY_WHOLE, "1,235"),
        (1234, Kind.COUNT, "1,234"),
        (0.1254, Kind.RATIO, "12.5%"),
        (1250, Kind.WEIGHT_KG, "1.3"),
        (Decimal("7.18785"), Kind.RATE, "7.1879"),
        (date(2026, 3, 1), Kind.DATE, "2026-03-01"),
        (date(2026, 3, 1), Kind.MONTH, "2026-03"),
        (datetime(2026, 3, 1, 16, 5), Kind.INSTANT, "2026-03-02 00:05"),
        ("x" * 100, Kind.NAME, "x" * 59 + "…"),
    ],
)
def test_values(value: object, kind: Kind, expected: str) -> None:
    assert formats.value_text(value, kind, SHANGHAI) == expected


@pytest.mark.parametrize("kind", list(Kind))
def test_what_is_not_known_is_a_dash(kind: Kind) -> None:
    assert formats.value_text(None, kind, SHANGHAI) == "–"


@pytest.mark.parametrize(
    ("value", "previous", "expected"),
    [
        (110, 100, "▲ 10.0%"),
        (90, 100, "▼ 10.0%"),
        (Decimal("-50"), Decimal("-100"), "▲ 50.0%"),
        (100, 100, "= 0.0%"),
        (5, 0, "–"),
        (None, 5, "–"),
        (5, None, "–"),
        (1100, 100, "▲ >999%"),
    ],
)
def test_change(value: object, previous: object, expected: str) -> None:
    assert formats.change(value, previous) == expected


@pytest.mark.parametrize(
    ("value", "kind", "english", "chinese"),
    [
        ("20000", Kind.MONEY, "20k", "2万"),
        ("2500", Kind.MONEY, "2.5k", "2500"),
        ("150000000", Kind.MONEY, "150m", "1.5亿"),
        ("0", Kind.RATIO, "0%", "0%"),
        ("0.25", Kind.RATIO, "25%", "25%"),
        ("-5000", Kind.MONEY, "−5k", "−5000"),
        ("50000", Kind.WEIGHT_KG, "50", "50"),
    ],
)
def test_axis_numbers(value: str, kind: Kind, english: str, chinese: str) -> None:
    assert formats.axis_number(Decimal(value), kind, Language.EN) == english
    assert formats.axis_number(Decimal(value), kind, Language.ZH) == chinese


def test_ranges_of_days() -> None:
    assert formats.days(date(2026, 3, 1), date(2026, 3, 1), Language.EN) == "1 Mar"
    assert formats.days(date(2026, 3, 1), date(2026, 3, 9), Language.EN) == "1–9 Mar"
    assert formats.days(date(2026, 2, 23), date(2026, 3, 1), Language.EN) == "23 Feb – 1 Mar"
    assert formats.days(date(2026, 3, 1), date(2026, 3, 9), Language.ZH) == "3月1–9日"


def test_zone_and_offset() -> None:
    assert zone_label(datetime(2026, 7, 1), ZoneInfo("Europe/Berlin")) == "Europe/Berlin (UTC+02:00)"
