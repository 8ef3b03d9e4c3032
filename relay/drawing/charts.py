"""A chart as a drawing: lines, bands and words with their places; a template writes it as SVG.

The rule: where nothing was measured no line is drawn, and the gap is shown as a gap.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from relay.core.model import Sample, Severity
from relay.core.text import Language, quantity, say
from relay.drawing.curves import Curve
from relay.drawing.scales import Scale, bounds, clock, round_times, round_values

# A label needs this much height; two thresholds that are closer get theirs on either side.
_LABEL = 13.0


@dataclass(frozen=True, slots=True)
class Frame:
    """The size of a drawing and the room around its plot."""

    width: int
    height: int
    left: int
    right: int
    top: int = 18
    bottom: int = 24
    x_ticks: int = 8
    y_ticks: int = 5

    @property
    def floor(self) -> int:
        """Where the plot ends below."""
        return self.height - self.bottom

    @property
    def wall(self) -> int:
        """Where the plot ends to the right."""
        return self.width - self.right


WIDE = Frame(900, 270, left=66, right=14)
NARROW = Frame(340, 230, left=52, right=8, x_ticks=4)
SPARK = Frame(120, 30, left=1, right=1, top=2, bottom=2)


@dataclass(frozen=True, slots=True)
class Tick:
    """A round value or time beside an axis."""

    place: float
    label: str


@dataclass(frozen=True, slots=True)
class Line:
    """A threshold: its height, its severity, and what is written at ``label_y``."""

    y: float
    severity: Severity
    label: str
    label_y: float


@dataclass(frozen=True, slots=True)
class Band:
    """A span of time."""

    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A change of severity."""

    x: float
    severity: Severity


@dataclass(frozen=True, slots=True)
class Chart:
    """All that is drawn."""

    frame: Frame
    paths: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]
    gaps: tuple[Band, ...]
    lines: tuple[Line, ...] = ()
    trouble: Band | None = None
    spreads: tuple[str, ...] = ()
    ahead: str = ""
    cone: str = ""
    limit: float | None = None
    deployed: tuple[float, ...] = ()
    marks: tuple[Mark, ...] = ()
    x_ticks: tuple[Tick, ...] = ()
    y_ticks: tuple[Tick, ...] = ()


def chart(curve: Curve, frame: Frame, language: Language) -> Chart:
    """Draw a curve."""
    across, up = _scales(curve, frame)
    runs = _runs(curve.samples, curve.gap)
    return Chart(
        frame=frame,
        paths=tuple(_path(run, across, up) for run in runs if len(run) > 1),
        dots=tuple((_x(across, run[0].at), up.at(run[0].value)) for run in runs if len(run) == 1),
        gaps=tuple(_gaps(runs, curve, across)),
        lines=tuple(_lines(curve, up, language)),
        trouble=_trouble(curve, across),
        spreads=tuple(_spreads(curve, runs, across, up)),
        **_ahead(curve, across, up),
        limit=_limit(curve, up),
        deployed=tuple(_x(across, at) for at in curve.deployed),
        marks=tuple(_marks(curve, across)),
        x_ticks=tuple(
            Tick(_x(across, at), clock(at, curve.shown_until - curve.begins_at))
            for at in round_times(curve.begins_at, curve.shown_until, frame.x_ticks)
        ),
        y_ticks=tuple(
            Tick(up.at(value), quantity(value, curve.unit, language))
            for value in round_values(up.low, up.high, frame.y_ticks)
        ),
    )


def spark(samples: Sequence[Sample], gap: timedelta, begins_at: datetime, ends_at: datetime) -> Chart:
    """Draw samples as a small line without words."""
    frame = SPARK
    low, high = bounds([sample.value for sample in samples] or [0.0])
    across = Scale(begins_at.timestamp(), ends_at.timestamp(), frame.left, frame.wall)
    up = Scale(low, high, frame.floor, frame.top)
    runs = _runs(samples, gap)
    return Chart(
        frame=frame,
        paths=tuple(_path(run, across, up) for run in runs if len(run) > 1),
        dots=tuple((_x(across, run[0].at), up.at(run[0].value)) for run in runs if len(run) == 1),
        gaps=(),
    )


def _scales(curve: Curve, frame: Frame) -> tuple[Scale, Scale]:
    values = [*curve.extremes] + [level.enter for level in curve.levels]
    if curve.ahead is not None:
        values.append(curve.ahead.value(curve.samples[-1], curve.shown_until, curve.ahead.at))
    low, high = bounds(values)
    begin, end = curve.begins_at.timestamp(), curve.shown_until.timestamp()
    across = Scale(begin, max(end, begin + 1), frame.left, frame.wall)
    return across, Scale(low, high, frame.floor, frame.top)


def _runs(samples: Sequence[Sample], gap: timedelta) -> list[list[Sample]]:
    """Split samples where nothing was measured for longer than ``gap``."""
    runs: list[list[Sample]] = []
    for sample in samples:
        if not runs or sample.at - runs[-1][-1].at > gap:
            runs.append([])
        runs[-1].append(sample)
    return runs


def _path(run: Sequence[Sample], across: Scale, up: Scale) -> str:
    """Draw a run; where samples crowd, each column keeps its first, lowest, highest and last, so no peak is lost."""
    columns: dict[int, list[tuple[float, float]]] = {}
    for sample in run:
        x = _x(across, sample.at)
        columns.setdefault(int(x), []).append((x, up.at(sample.value)))
    points: list[tuple[float, float]] = []
    for column in columns.values():
        kept = {0, len(column) - 1}
        kept |= {heights.index(pick(heights)) for heights in [[y for _, y in column]] for pick in (min, max)}
        points += [column[index] for index in sorted(kept)]
    return "M" + "L".join(f"{x:g},{y:g}" for x, y in points)


def _x(across: Scale, at: datetime) -> float:
    return across.at(at.timestamp())


def _band(begin: datetime, end: datetime, curve: Curve, across: Scale) -> Band:
    left = _x(across, max(begin, curve.begins_at))
    return Band(left, round(max(_x(across, min(end, curve.ends_at)) - left, 1.0), 1))


def _trouble(curve: Curve, across: Scale) -> Band | None:
    """Return the span of the incident, if any of it is within the drawing."""
    if curve.opened_at is None or curve.opened_at > curve.ends_at:
        return None
    return _band(curve.opened_at, curve.over_at or curve.ends_at, curve, across)


def _spreads(curve: Curve, runs: Sequence[Sequence[Sample]], across: Scale, up: Scale) -> Iterator[str]:
    """Draw from the least to the most of each point, run by run."""
    rest = iter(curve.rollups)
    for run in runs if curve.rollups else ():
        points = [(_x(across, sample.at), next(rest)) for sample in run]
        edge = [f"{x:g},{up.at(one.high):g}" for x, one in points]
        edge += [f"{x:g},{up.at(one.low):g}" for x, one in reversed(points)]
        yield "M" + "L".join(edge) + "Z"


def _ahead(curve: Curve, across: Scale, up: Scale) -> dict[str, str]:
    """Draw the forecast, and how sure it is, as paths; where the line would leave the drawing it ends."""
    ahead, begin, end = curve.ahead, curve.samples[-1], curve.shown_until
    if ahead is None:
        return {}
    left, right = _x(across, begin.at), _x(across, end)

    def height(reached: datetime | None) -> float:
        return max(up.at(ahead.value(begin, end, reached)), min(up.end, up.begin))

    line = f"M{left:g},{up.at(begin.value):g}L{right:g},{height(ahead.at):g}"
    early, late = height(ahead.earliest), height(ahead.latest)
    return {
        "ahead": line,
        "cone": f"M{left:g},{up.at(begin.value):g}L{right:g},{early:g}L{right:g},{late:g}Z",
    }


def _limit(curve: Curve, up: Scale) -> float | None:
    """Return where the limit that a forecast leads to stands, if it is within the drawing and no threshold's line."""
    ahead = curve.ahead
    if ahead is None or ahead.limit > up.high or ahead.limit in (level.enter for level in curve.levels):
        return None
    return up.at(ahead.limit)


def points(path: str) -> list[tuple[float, float]]:
    """Return the points of a path that was made here.

    >>> points("M1,2L3,4.5Z")
    [(1.0, 2.0), (3.0, 4.5)]
    """
    pairs = (pair.split(",") for pair in path.strip("MZ").split("L") if pair)
    return [(float(x), float(y)) for x, y in pairs]


def _gaps(runs: Sequence[Sequence[Sample]], curve: Curve, across: Scale) -> list[Band]:
    gaps = []
    if runs[0][0].at - curve.begins_at > curve.gap:
        gaps.append(_band(curve.begins_at, runs[0][0].at, curve, across))
    gaps += [_band(before[-1].at, after[0].at, curve, across) for before, after in pairwise(runs)]
    if curve.ends_at - runs[-1][-1].at > curve.gap:
        gaps.append(_band(runs[-1][-1].at, curve.ends_at, curve, across))
    return gaps


def _lines(curve: Curve, up: Scale, language: Language) -> list[Line]:
    lines: list[Line] = []
    for level in sorted(curve.levels, key=lambda level: level.enter):
        y = up.at(level.enter)
        # The label stands above its line, and below where it would meet the label of the next one.
        crowded = any(other.enter > level.enter and y - up.at(other.enter) < _LABEL for other in curve.levels)
        words = f"{say(level.severity.text, language)} {quantity(level.enter, curve.unit, language)}"
        lines.append(Line(y, level.severity, words, y + _LABEL if crowded else y - 4))
    return lines


def _marks(curve: Curve, across: Scale) -> list[Mark]:
    return [
        Mark(_x(across, moment.at), moment.severity)
        for moment in curve.moments
        if moment.severity is not moment.before and curve.begins_at <= moment.at <= curve.ends_at
    ]
