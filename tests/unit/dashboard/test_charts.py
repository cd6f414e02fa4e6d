"""Drawing: scales, paths, slices, and colours that keep apart."""

import itertools
import re
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from importlib.resources import files

import pytest

from dashboard.charts import Line, bar_chart, date_ticks, donut, line_chart, nice_step, slices, stack
from dashboard.formats import Kind
from dashboard.texts import Language

DATES = [date(2026, 1, 1) + timedelta(days=n) for n in range(4)]


def chart(*values: object, is_last_running: bool = False, kind: Kind = Kind.COUNT) -> str:
    return line_chart(
        [Line(values, "day")], [], kind, Language.EN, "described", running=("day",) if is_last_running else ()
    )


def bars(*values: object, before: Sequence[object] = (), is_last_running: bool = False) -> str:
    return bar_chart(
        values,
        before,
        [],
        kind=Kind.COUNT,
        language=Language.EN,
        description="described",
        is_last_running=is_last_running,
    )


def paths(markup: str) -> list[str]:
    return re.findall(r'<path [^>]*d="([^"]*)"', markup)


@pytest.mark.parametrize(
    ("spread", "step"),
    [("0", "1"), ("1", "0.5"), ("7", "2.5"), ("40", "20"), ("99", "50"), ("100000", "50000")],
)
def test_steps_are_round_and_few(spread: str, step: str) -> None:
    assert nice_step(Decimal(spread)) == Decimal(step)
    assert Decimal(spread) / nice_step(Decimal(spread)) <= 3


def test_a_line_runs_from_value_to_value() -> None:
    assert paths(chart(0, 4, 2, 4)) == ["M0 50l1-50 1 25 1-25"]


def test_a_missing_value_breaks_the_line() -> None:
    assert paths(chart(0, None, 4, 0)) == ["M0 50h.5M2 0l1 50"]
    assert paths(chart(None, None)) == []


def test_today_so_far_is_dotted() -> None:
    markup = chart(4, 0, 4, is_last_running=True)
    assert paths(markup) == ["M0 0l1 50", "M1 50l1-50"]
    assert 'class="day running"' in markup


def test_zero_is_always_on_the_scale() -> None:
    labels = re.findall(r"<text x=-6[^>]*>([^<]*)<", chart(-6, 6, kind=Kind.MONEY))
    assert labels == ["−5", "0", "5", "10"]
    # A small loss costs a fifth of a step, not a whole one.
    assert re.findall(r"<text x=-6[^>]*>([^<]*)<", chart(-1, 400))[0] == "0"
    assert paths(chart(0, 0)) == ["M0 50l1 0"]


def test_a_description_is_text() -> None:
    markup = line_chart([Line([1], "day")], [], Kind.COUNT, Language.EN, '"><script>')
    assert "<script" not in markup


def test_bars_stand_side_by_side_and_the_running_one_apart() -> None:
    assert paths(bars(4, 2)) == ["M-.5 50V0h1V25h1V50"]
    markup = bars(4, None, 2, is_last_running=True)
    assert paths(markup) == ["M-.5 50V0h1V50h1V50", "M1.5 50V25h1V50"]
    assert 'class="bar running"' in markup
    assert paths(bars(4, 4, before=[2, None]))[-1] == "M0 25h.5"


def test_labels_below_are_few_and_none_is_cut() -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(90)]
    for starts in (days[:3], days[:30], days, days[::7], [date(2026, n, 1) for n in range(1, 13)]):
        assert 1 <= len(date_ticks(starts, Language.EN)) <= 6
    assert next(label for _, label in date_ticks(days[:30], Language.ZH)) == "1月5日"
    markup = line_chart([Line([1] * 30, "day")], [(0, "cut"), (15, "whole")], Kind.COUNT, Language.EN, "")
    assert "whole" in markup
    assert "cut" not in markup


def test_a_stack_is_as_long_as_the_whole() -> None:
    drawn = stack(slices([("a", Decimal(3)), ("b", Decimal(1))], "other"), "described")
    assert paths(drawn) == ["M0 1h75.0", "M75.0 1h25.0"]


def test_slices_add_up_and_the_small_ones_are_one() -> None:
    parts = [
        (name, Decimal(value)) for name, value in zip("abcdefgh", (50, 20, 10, 8, 6, 3, 2, 1), strict=True)
    ]
    shown = slices(parts, "other")
    assert [part.label for part in shown] == ["a", "b", "c", "d", "e", "other"]
    assert sum(part.share for part in shown) == 1
    assert shown[-1].value == 6
    # One left over is shown by its name: "other" would hide it for nothing.
    assert [part.label for part in slices(parts[:6], "other")] == list("abcdef")


def test_nothing_to_share_is_no_slice() -> None:
    assert slices([], "other") == []
    assert slices([("a", Decimal(0))], "other") == []


def test_a_donut_goes_once_around() -> None:
    drawn = donut(slices([("a", Decimal(3)), ("b", Decimal(1))], "other"), "described")
    starts = [Decimal(value) for value in re.findall(r'dashoffset="(-?[\d.]+)"', drawn)]
    assert starts == [Decimal(0), Decimal(-75)]


# Machado et al. 2009, severity 1, on linear RGB.
VISION = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def linear(colour: str) -> tuple[float, ...]:
    digits = colour if len(colour) == 6 else "".join(2 * digit for digit in colour)
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    return tuple(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)


def lab(rgb: tuple[float, ...]) -> tuple[float, float, float]:
    to_xyz = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    x, y, z = (
        max(sum(a * b for a, b in zip(row, rgb, strict=True)) / white, 0)
        for row, white in zip(to_xyz, (0.9505, 1, 1.089), strict=True)
    )
    x, y, z = (part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116 for part in (x, y, z))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def luminance(colour: str) -> float:
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_colours_keep_apart_for_every_eye(scheme: int) -> None:
    style = (files("dashboard") / "templates" / "style.css").read_text(encoding="utf-8")
    block = style.split(":root {")[scheme + 1].split("}")[0]
    colours = dict(re.findall(r"--(\w+): #(\w+);", block))
    series = [colours[f"s{number}"] for number in range(1, 7)]
    for colour in series:
        high, low = sorted((luminance(colour), luminance(colours["paper"])), reverse=True)
        # WCAG 1.4.11: graphics need 3 to 1.
        assert (high + 0.05) / (low + 0.05) >= 3
    for name, matrix in VISION.items():
        seen = [
            lab(tuple(sum(a * b for a, b in zip(row, linear(colour), strict=True)) for row in matrix))
            for colour in series
        ]
        for (first, one), (second, other) in itertools.combinations(enumerate(seen), 2):
            difference = sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5
            # 2.3 is just noticeable; lines and neighbours in a ring need far more.
            assert difference > 15, (name, first + 1, second + 1)
