"""Inline SVG: line charts for trends, donuts for shares. Plain numbers in, markup out; nothing reads data.

A line chart stretches with its page: paths are drawn in whole units and not scaled in their stroke, text
stands outside the stretched part. Colours and dashes are CSS classes (`s1` … `s6`), because a strict
Content-Security-Policy forbids style attributes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from markupsafe import Markup, escape

from dashboard import formats
from dashboard.formats import Kind
from dashboard.texts import Language

# The plot in pixels, and in the units of its paths: fewer units are fewer bytes, and no eye sees it.
PLOT_HEIGHT = 200
PLOT_TOP = 14
PATH_HEIGHT = 100
SERIES_CLASS_COUNT = 5
# The class of what is left over, in grey.
OTHER_CLASS = "s6"
Value = Decimal | int | float | None


@dataclass(frozen=True)
class Series:
    """One line: a value per date, None where it is not known."""

    values: Sequence[Value]


@dataclass(frozen=True)
class Slice:
    """One part of a donut; `css_class` is also the class of its swatch."""

    label: str
    value: Decimal
    share: Decimal
    css_class: str


def series_class(index: int) -> str:
    return f"s{index % SERIES_CLASS_COUNT + 1}"


def nice_step(spread: Decimal, at_most: int = 4) -> Decimal:
    """The smallest of 1, 2, 2.5, 5 × 10^n of which `at_most` cover the spread."""
    if spread <= 0:
        return Decimal(1)
    magnitude = Decimal(10) ** ((spread / at_most).adjusted())
    for factor in (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10)):
        if magnitude * factor * at_most >= spread:
            return magnitude * factor
    raise AssertionError("unreachable: ten magnitudes cover the spread")


def _scale(series: Sequence[Series], kind: Kind) -> tuple[Decimal, Decimal, Decimal]:
    """Bottom, top and step of the vertical axis; zero is always on it."""
    known = [Decimal(str(value)) for line in series for value in line.values if value is not None]
    low, high = min([*known, Decimal(0)]), max([*known, Decimal(0)])
    if kind is Kind.RATIO:
        # A ratio is drawn on its whole scale: half a chart must not look like nothing.
        high = max(high, Decimal(1))
    step = nice_step(high - low)
    if kind is Kind.COUNT:
        step = max(step, Decimal(1))
    # A small loss must not cost a whole step of height.
    bottom = -_ceiling(-low * 5 / step) * step / 5
    top = max(_ceiling(high / step) * step, bottom + step)
    return bottom, top, step


def _ceiling(value: Decimal) -> Decimal:
    return value.to_integral_value(rounding="ROUND_CEILING")


def _path(points: Sequence[tuple[int, int] | None]) -> str:
    """An SVG path through neighbouring points, broken where one is missing; a short stroke for one alone."""
    parts: list[str] = []
    last: tuple[int, int] | None = None
    for index, point in enumerate(points):
        if point is None:
            last = None
            continue
        if last is None:
            alone = index + 1 == len(points) or points[index + 1] is None
            parts.append(f"M{point[0]} {point[1]}" + ("h.5" if alone else "l"))
        else:
            dx, dy = point[0] - last[0], point[1] - last[1]
            separator = "" if parts[-1].endswith("l") else " "
            parts.append(f"{separator}{dx}" + (f" {dy}" if dy >= 0 else str(dy)))
        last = point
    return "".join(parts)


def line_chart(
    series: Sequence[Series],
    dates: Sequence[date],
    kind: Kind,
    language: Language,
    description: str,
    *,
    is_last_running: bool,
) -> Markup:
    """A chart of one value per date and series. The way to a last date that is still running is dotted."""
    bottom, top, step = _scale(series, kind)

    def place(value: Value, height: int) -> int:
        return int(((top - Decimal(str(value))) / (top - bottom) * height).to_integral_value())

    width = max(len(dates) - 1, 1)
    grid, labels, lines = [], [], []
    level = -(-bottom // step) * step
    while level <= top:
        y = PLOT_TOP + place(level, PLOT_HEIGHT)
        grid.append(f'<line x2="100%" y1="{y}" y2="{y}"{" class=zero" if level == 0 else ""} />')
        labels.append(f'<text x=-6 y="{y + 4}">{escape(formats.axis_number(level, kind, language))}</text>')
        level += step
    for index, label in _ticks(dates, language):
        share = Decimal(100 * index) / max(len(dates) - 1, 1)
        labels.append(
            f'<text x="{share:.1f}%" y="{PLOT_TOP + PLOT_HEIGHT + 16}" class=x>{escape(label)}</text>'
        )
    for index, line in enumerate(series):
        points = [
            None if value is None else (x, place(value, PATH_HEIGHT)) for x, value in enumerate(line.values)
        ]
        finished, running = (
            (points[:-1], points[-2:]) if is_last_running and len(points) > 1 else (points, [])
        )
        css_class = series_class(index)
        if path := _path(finished):
            lines.append(f'<path class={css_class} d="{path}" />')
        if len(running) == 2 and None not in running:
            lines.append(f'<path class="{css_class} running" d="{_path(running)}" />')
    return Markup(
        f'<svg role=img aria-label="{escape(description)}"><g class=grid>{"".join(grid)}</g>'
        f'<svg class=lines y={PLOT_TOP} height={PLOT_HEIGHT} viewBox="0 0 {width} {PATH_HEIGHT}" '
        f"preserveAspectRatio=none>{''.join(lines)}</svg>{''.join(labels)}</svg>"
    )


def _ticks(dates: Sequence[date], language: Language) -> list[tuple[int, str]]:
    """Places and labels below the chart: months, or Mondays in short windows; none too near an edge."""
    if len(dates) > 60:
        chosen = [(i, formats.short_month(d, language)) for i, d in enumerate(dates) if d.day == 1]
    elif len(dates) > 10:
        chosen = [(i, formats.short_day(d, language)) for i, d in enumerate(dates) if d.weekday() == 0]
        chosen = chosen[:: max(1, -(-len(chosen) // 5))]
    else:
        chosen = [(i, formats.short_day(d, language)) for i, d in enumerate(dates)]
        chosen = chosen[:: max(1, -(-len(chosen) // 4))]
    edge = len(dates) * 0.03
    return [(i, label) for i, label in chosen if edge <= i <= len(dates) - 1 - edge or len(dates) < 3]


def slices(parts: Sequence[tuple[str, Decimal]], other_label: str, at_most: int = 5) -> list[Slice]:
    """The largest parts in the order given, the rest as one. Empty where there is nothing to share."""
    total = sum((value for _, value in parts), Decimal(0))
    if total <= 0:
        return []
    shown = list(parts[:at_most]) if len(parts) > at_most + 1 else list(parts[: at_most + 1])
    rest = total - sum((value for _, value in shown), Decimal(0))
    result = [
        Slice(label, value, value / total, series_class(index) if index < SERIES_CLASS_COUNT else OTHER_CLASS)
        for index, (label, value) in enumerate(shown)
    ]
    if len(shown) < len(parts):
        result.append(Slice(other_label, rest, rest / total, OTHER_CLASS))
    return result


def donut(parts: Sequence[Slice], description: str) -> Markup:
    """Shares of a whole as a ring, clockwise from the top. The circumference is 100."""
    circles = []
    start = Decimal(0)
    for part in parts:
        length = part.share * 100
        # A hair of space keeps neighbours apart without colour.
        drawn = max(length - Decimal("0.7"), Decimal("0.3")) if len(parts) > 1 else length
        circles.append(
            f"<circle class={part.css_class} cx=21 cy=21 r=15.9155 "
            f'stroke-dasharray="{drawn:.2f} {100 - drawn:.2f}" stroke-dashoffset="{-start:.2f}" />'
        )
        start += length
    return Markup(
        f'<svg class=donut role=img aria-label="{escape(description)}" viewBox="0 0 42 42">'
        f'<g transform="rotate(-90 21 21)">{"".join(circles)}</g></svg>'
    )
