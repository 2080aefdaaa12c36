"""Charts drawn by the server: geometry here, the SVG and the table behind it in `macros.html` (`ui.chart`).

A chart is a picture of a table that stands below it, so nobody needs the picture to read the figures. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 340, 156
LEFT, RIGHT, TOP, BOTTOM = 38, 12, 12, 24
GRID_LINES = 4
MOST_LABELS = 4


@dataclass(frozen=True)
class Point:
    """One value of a chart: `value` None where there was nothing to measure, `link` the rows behind it.

    `detail` is what the table says beside the value (`18 件中 17 件`).
    """

    label: str
    value: float | None
    link: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Mark:
    """A point as drawn: place, size (of a bar) and words."""

    point: Point
    x: float
    y: float
    width: float
    height: float
    is_labelled: bool


@dataclass(frozen=True)
class GridLine:
    """A horizontal line and its number."""

    y: float
    text: str


@dataclass(frozen=True)
class Chart:
    """What `ui.chart` draws. `key` makes ids unique on a page; `lines` are paths of consecutive values."""

    key: str
    title: str
    summary: str
    unit: str
    kind: str
    marks: Sequence[Mark]
    grid: Sequence[GridLine]
    lines: Sequence[str]
    points: Sequence[Point]
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def latest(self) -> Point | None:
        """The last point that has a value."""
        return next((point for point in reversed(self.points) if point.value is not None), None)

    def text(self, value: float | None) -> str:
        """A value as people read it."""
        return "—" if value is None else f"{_number(value)}{self.unit}"


def line_chart(
    key: str, title: str, points: Sequence[Point], *, unit: str = "", top: float | None = None
) -> Chart:
    """Values over time, one line; a gap where there is no value. `top`: where the scale ends (100 for a rate)."""
    return _chart("line", key, title, points, unit, top)


def bar_chart(
    key: str, title: str, points: Sequence[Point], *, unit: str = "", top: float | None = None
) -> Chart:
    """Counts side by side."""
    return _chart("bars", key, title, points, unit, top)


def _chart(kind: str, key: str, title: str, points: Sequence[Point], unit: str, top: float | None) -> Chart:
    ceiling = top or nice_top(max((point.value or 0 for point in points), default=0))
    marks = _marks(kind, points, ceiling)
    grid = [
        GridLine(_y(ceiling * step / GRID_LINES, ceiling), _number(ceiling * step / GRID_LINES))
        for step in range(GRID_LINES + 1)
    ]
    lines = _paths(marks) if kind == "line" else []
    drawn = [mark for mark in marks if mark.point.value is not None]
    return Chart(key, title, _summary(title, points, unit), unit, kind, drawn, grid, lines, list(points))


def nice_top(largest: float) -> float:
    """A round end of the scale at or above the largest value, never less than 4."""
    step = 1
    while True:
        for factor in (4, 8, 12, 20):
            if factor * step >= largest:
                return float(factor * step)
        step *= 10


def _marks(kind: str, points: Sequence[Point], ceiling: float) -> list[Mark]:
    room = (WIDTH - LEFT - RIGHT) / max(len(points), 1)
    bar = min(room * 0.6, 26) if kind == "bars" else 0
    every = -(-len(points) // MOST_LABELS) if points else 1
    marks = []
    for number, point in enumerate(points):
        middle = LEFT + room * (number + 0.5)
        y = _y(point.value or 0, ceiling)
        is_labelled = (len(points) - 1 - number) % every == 0
        base = HEIGHT - BOTTOM
        marks.append(Mark(point, round(middle, 1), y, round(bar, 1), round(base - y, 1), is_labelled))
    return marks


def _y(value: float, ceiling: float) -> float:
    share = min(max(value / ceiling, 0), 1)
    return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)


def _paths(marks: Sequence[Mark]) -> list[str]:
    """One path for each run of values without a gap; a lone value is only a dot."""
    runs: list[list[Mark]] = [[]]
    for mark in marks:
        if mark.point.value is None:
            runs.append([])
        else:
            runs[-1].append(mark)
    return [f"M{' L'.join(f'{mark.x} {mark.y}' for mark in run)}" for run in runs if len(run) > 1]


def _summary(title: str, points: Sequence[Point], unit: str) -> str:
    """The picture in a sentence, for those who do not see it."""
    known = [point for point in points if point.value is not None]
    if not known:
        return f"{title}：还没有数据。"
    last = known[-1]
    low, high = min(known, key=_value), max(known, key=_value)
    return (
        f"{title}：最近是 {last.label}，{_number(_value(last))}{unit}；"
        f"最低 {_number(_value(low))}{unit}（{low.label}），最高 {_number(_value(high))}{unit}（{high.label}）。"
    )


def _value(point: Point) -> float:
    return point.value if point.value is not None else 0.0


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
