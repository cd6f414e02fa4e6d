"""Inline SVG: line charts for trends, donuts for shares. Plain numbers in, markup out; nothing reads data.

A line chart stretches with its page: paths are drawn in whole units and not scaled in their stroke, text
stands outside the stretched part. Colours and dashes are CSS classes (`s1` … `s6`), because a strict
Content-Security-Policy forbids style attributes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from markupsafe import Markup, escape

from dashboard import formats
from dashboard.formats import Kind
from dashboard.texts import Language

# The plot in pixels, and in the units of its paths: fewer units are fewer bytes, and no eye sees it.
PLOT_HEIGHT = 140
PLOT_TOP = 10
PATH_HEIGHT = 50
SERIES_CLASS_COUNT = 5
# The class of what is left over, in grey.
OTHER_CLASS = "s6"
Value = Decimal | int | float | None


@dataclass(frozen=True)
class Line:
    """A line through one value a point, None where it is not known; `css_class` draws it."""

    values: Sequence[Value]
    css_class: str


@dataclass(frozen=True)
class Slice:
    """One part of a whole; `css_class` is also the class of its swatch."""

    label: str
    value: Decimal
    share: Decimal
    css_class: str


def series_class(index: int) -> str:
    return f"s{index % SERIES_CLASS_COUNT + 1}"


def nice_step(spread: Decimal, at_most: int = 3) -> Decimal:
    """The smallest of 1, 2, 2.5, 5 × 10^n of which `at_most` cover the spread."""
    if spread <= 0:
        return Decimal(1)
    magnitude = Decimal(10) ** ((spread / at_most).adjusted())
    for factor in (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10)):
        if magnitude * factor * at_most >= spread:
            return magnitude * factor
    raise AssertionError("unreachable: ten magnitudes cover the spread")


@dataclass(frozen=True)
class _Scale:
    """Bottom, top and step of the vertical axis; zero is always on it."""

    bottom: Decimal
    top: Decimal
    step: Decimal

    @classmethod
    def of(cls, values: Iterable[Value], kind: Kind) -> "_Scale":
        known = [Decimal(str(value)) for value in values if value is not None]
        low, high = min([*known, Decimal(0)]), max([*known, Decimal(0)])
        if kind is Kind.RATIO:
            # A ratio is drawn on its whole scale: half a chart must not look like nothing.
            high = max(high, Decimal(1))
        step = nice_step(high - low)
        if kind is Kind.COUNT:
            step = max(step, Decimal(1))
        # A small loss must not cost a whole step of height.
        bottom = -_ceiling(-low * 5 / step) * step / 5
        return cls(bottom, max(_ceiling(high / step) * step, bottom + step), step)

    def place(self, value: Value, height: int = PATH_HEIGHT) -> int:
        """How far below the top a value is."""
        return int(((self.top - Decimal(str(value))) / (self.top - self.bottom) * height).to_integral_value())


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
    lines: Sequence[Line],
    ticks: Sequence[tuple[int, str]],
    kind: Kind,
    language: Language,
    description: str,
    *,
    running: Sequence[str] = (),
) -> Markup:
    """Lines over common points; `ticks` are places and labels below. Of the `running` classes, the way to the last point
    is drawn apart.
    """
    scale = _Scale.of((value for line in lines for value in line.values), kind)
    count = max(len(line.values) for line in lines)
    paths = []
    for line in lines:
        points = [None if value is None else (x, scale.place(value)) for x, value in enumerate(line.values)]
        is_running = line.css_class in running and len(points) > 1
        if path := _path(points[:-1] if is_running else points):
            paths.append(f'<path class={line.css_class} d="{path}" />')
        if is_running and None not in points[-2:]:
            paths.append(f'<path class="{line.css_class} running" d="{_path(points[-2:])}" />')
    return _chart(
        scale,
        f"0 0 {max(count - 1, 1)}",
        paths,
        _edges(ticks, count),
        kind=kind,
        language=language,
        description=description,
    )


def bar_chart(
    values: Sequence[Value],
    before: Sequence[Value],
    ticks: Sequence[tuple[int, str]],
    *,
    kind: Kind,
    language: Language,
    description: str,
    is_last_running: bool,
) -> Markup:
    """A bar a point, side by side, the last one pale where it is running; a line of what was before."""
    scale = _Scale.of([*values, *before], kind)
    zero = scale.place(0)
    steps = [f"V{zero if value is None else scale.place(value)}h1" for value in values]
    paths = []
    if finished := "".join(steps[:-1] if is_last_running else steps):
        paths.append(f'<path class=bar d="M-.5 {zero}{finished}V{zero}" />')
    if is_last_running:
        paths.append(f'<path class="bar running" d="M{len(values) - 1.5:g} {zero}{steps[-1]}V{zero}" />')
    points = [None if value is None else (x, scale.place(value)) for x, value in enumerate(before)]
    if path := _path(points):
        paths.append(f'<path class=before d="{path}" />')
    places = [(Decimal(200 * x + 100) / (2 * len(values)), label) for x, label in ticks]
    return _chart(
        scale, f"-.5 0 {len(values)}", paths, places, kind=kind, language=language, description=description
    )


def _edges(ticks: Sequence[tuple[int, str]], count: int) -> list[tuple[Decimal, str]]:
    """Places in percent between the first and the last point; none too near an edge, where its label would be cut."""
    places = [(Decimal(100 * x) / max(count - 1, 1), label) for x, label in ticks]
    return [(place, label) for place, label in places if 4 <= place <= 96 or count < 3]


def _chart(
    scale: _Scale,
    view: str,
    paths: Sequence[str],
    places: Sequence[tuple[Decimal, str]],
    *,
    kind: Kind,
    language: Language,
    description: str,
) -> Markup:
    """The stretched plot between its grid and the labels, which keep their size. `view` is its left edge, top and width."""
    grid, labels = [], []
    level = -(-scale.bottom // scale.step) * scale.step
    while level <= scale.top:
        y = PLOT_TOP + scale.place(level, PLOT_HEIGHT)
        grid.append(f'<line x2="100%" y1="{y}" y2="{y}"{" class=zero" if level == 0 else ""} />')
        labels.append(f'<text x=-6 y="{y + 4}">{escape(formats.axis_number(level, kind, language))}</text>')
        level += scale.step
    for place, label in places:
        labels.append(
            f'<text x="{place:.0f}%" y="{PLOT_TOP + PLOT_HEIGHT + 16}" class=x>{escape(label)}</text>'
        )
    return Markup(
        f'<svg role=img aria-label="{escape(description)}">{"".join(grid)}'
        f'<svg y={PLOT_TOP} height={PLOT_HEIGHT} viewBox="{view} {PATH_HEIGHT}" '
        f"preserveAspectRatio=none>{''.join(paths)}</svg>{''.join(labels)}</svg>"
    )


def date_ticks(starts: Sequence[date], language: Language) -> list[tuple[int, str]]:
    """Places and labels below points that start at these dates: months where they are many, else Mondays, else any; at most
    five.
    """
    if len(starts) > 1 and (starts[1] - starts[0]).days > 7:
        chosen = [(i, formats.short_month(d, language)) for i, d in enumerate(starts)]
    elif len(starts) > 1 and (starts[1] - starts[0]).days == 7:
        chosen = (
            [
                (i, formats.short_month(d, language))
                for i, d in enumerate(starts)
                if i and d.month != starts[i - 1].month
            ]
            if len(starts) > 12
            else [(i, formats.short_day(d, language)) for i, d in enumerate(starts)]
        )
    elif len(starts) > 10:
        chosen = [(i, formats.short_day(d, language)) for i, d in enumerate(starts) if d.weekday() == 0]
    else:
        chosen = [(i, formats.short_day(d, language)) for i, d in enumerate(starts)]
    return chosen[:: max(1, -(-len(chosen) // 5))]


def stack(parts: Sequence[Slice], description: str) -> Markup:
    """Shares of a whole as one bar, left to right."""
    places = []
    start = Decimal(0)
    for part in parts:
        if drawn := round(part.share * 100, 1):
            places.append(f'<path class={part.css_class} d="M{start:f} 1h{drawn:f}" />')
        start += drawn
    return Markup(
        f'<svg class=stack role=img aria-label="{escape(description)}" viewBox="0 0 100 2" '
        f"preserveAspectRatio=none>{''.join(places)}</svg>"
    )


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
