"""The picture of a chart, as a PNG that a message carries: readable at half its size, as clients show it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from relay.core.model import Severity
from relay.core.text import Language, Quantity, quantity, say, text
from relay.drawing.canvas import Canvas, Colour
from relay.drawing.charts import Chart, Frame, chart, points
from relay.drawing.curves import Curve
from relay.drawing.lettering import Weight, fitted, width

FRAME = Frame(800, 400, left=80, right=24, top=76, bottom=44, x_ticks=7)
WHITE: Colour = (255, 255, 255)
INK: Colour = (27, 34, 41)
MUTED: Colour = (84, 95, 107)
GRID: Colour = (224, 229, 234)
CURVE: Colour = (29, 99, 181)
TROUBLE: Colour = (198, 47, 47)
LEVELS = {Severity.WARNING: (166, 108, 0), Severity.CRITICAL: (184, 36, 36)}
LONGEST_ALT = 900


def picture(curve: Curve, title: str, language: Language) -> bytes:
    """Return the PNG of a curve under ``title``."""
    drawn = chart(curve, FRAME, language)
    left = max((width(tick.label) for tick in drawn.y_ticks), default=0) + 30
    if left != FRAME.left:
        drawn = chart(curve, replace(FRAME, left=min(left, 240)), language)
    canvas = Canvas(FRAME.width, FRAME.height, WHITE)
    _grounds(canvas, drawn, language)
    _axes(canvas, drawn)
    _lines(canvas, drawn)
    _labels(canvas, drawn, curve, language)
    canvas.words(8, FRAME.floor + 30, "UTC", MUTED)
    value = quantity(curve.samples[-1].value, curve.unit, language)
    room = FRAME.width - 48 - width(value, Weight.BOLD)
    canvas.words(24, 38, fitted(title, room, Weight.BOLD), INK, Weight.BOLD)
    canvas.words(FRAME.width - 24 - width(value, Weight.BOLD), 38, value, INK, Weight.BOLD)
    return canvas.png()


def told(curve: Curve, target: str, language: Language) -> str:
    """Return the picture in words, for who does not see it."""
    least, most = curve.extremes

    def measured(value: float) -> Quantity:
        return Quantity(value, curve.unit)

    lines = [
        text(
            "chart.picture",
            metric=curve.metric,
            target=target[:200],
            begin=_moment(curve.begins_at),
            end=_moment(curve.ends_at),
            least=measured(least),
            most=measured(most),
            value=measured(curve.samples[-1].value),
        )
    ]
    if curve.levels:
        levels = (
            f"{say(one.severity.text, language)} {quantity(one.enter, curve.unit, language)}"
            for one in curve.levels
        )
        lines.append(text("chart.picture.levels", levels=", ".join(levels)))
    if curve.deployed:
        lines.append(text("chart.picture.deployed", at=_moment(curve.deployed[-1])))
    if curve.ahead is not None:
        limit = measured(curve.ahead.limit)
        lines.append(text("chart.picture.ahead", limit=limit, at=_moment(curve.ahead.at)))
    return " ".join(say(line, language) for line in lines)[:LONGEST_ALT]


def _grounds(canvas: Canvas, drawn: Chart, language: Language) -> None:
    frame = drawn.frame
    if drawn.trouble is not None:
        left, right = drawn.trouble.x, drawn.trouble.x + drawn.trouble.width
        canvas.rectangle((left, frame.top, right, frame.floor), TROUBLE, 0.09)
        canvas.rectangle((left, frame.top, right, frame.top + 3), TROUBLE)
    for tick in drawn.y_ticks:
        canvas.rectangle((frame.left, tick.place, frame.wall, tick.place + 1), GRID)
    words = say(text("page.chart.gap"), language)
    for gap in drawn.gaps:
        canvas.hatching((gap.x, frame.top, gap.x + gap.width, frame.floor), MUTED)
        if gap.width > width(words) + 16:
            middle = gap.x + gap.width / 2 - width(words) / 2
            canvas.rectangle(
                (middle - 6, frame.floor - 34, middle + width(words) + 6, frame.floor - 8), WHITE
            )
            canvas.words(middle, frame.floor - 14, words, MUTED)


def _axes(canvas: Canvas, drawn: Chart) -> None:
    frame = drawn.frame
    for tick in drawn.y_ticks:
        canvas.words(frame.left - 10 - width(tick.label), tick.place + 7, tick.label, MUTED)
    free = 0.0
    for tick in drawn.x_ticks:
        wide = width(tick.label)
        begin = min(max(tick.place - wide / 2, 56), frame.width - wide - 4)
        canvas.rectangle((tick.place, frame.floor, tick.place + 2, frame.floor + 6), MUTED)
        if begin >= free:
            canvas.words(begin, frame.floor + 30, tick.label, MUTED)
            free = begin + wide + 16
    canvas.rectangle((frame.left, frame.floor, frame.wall, frame.floor + 2), MUTED)


def _lines(canvas: Canvas, drawn: Chart) -> None:
    frame = drawn.frame
    for line in drawn.lines:
        _dashed(canvas, frame, line.y, LEVELS.get(line.severity, INK))
    if drawn.limit is not None:
        _dashed(canvas, frame, drawn.limit, LEVELS[Severity.CRITICAL])
    for place in drawn.deployed:
        for y in range(frame.top, frame.floor, 10):
            canvas.rectangle((place - 1, y, place + 1, min(y + 6, frame.floor)), INK)
    _curves(canvas, drawn)


def _dashed(canvas: Canvas, frame: Frame, y: float, colour: Colour) -> None:
    for x in range(frame.left, frame.wall, 18):
        canvas.rectangle((x, y - 1, min(x + 11, frame.wall), y + 1), colour)


def _curves(canvas: Canvas, drawn: Chart) -> None:
    for path in drawn.spreads:
        edge = points(path)
        canvas.between(edge[: len(edge) // 2], edge[: len(edge) // 2 - 1 : -1], CURVE, 0.22)
    if drawn.ahead:
        begin, early, late = points(drawn.cone)
        canvas.between([begin, early], [begin, late], CURVE, 0.13)
        canvas.curve(points(drawn.ahead), CURVE, 3.0, dash=9)
    for path in drawn.paths:
        canvas.curve(points(path), CURVE, 3.2)
    for dot in drawn.dots:
        canvas.disc(*dot, 3, CURVE)


def _labels(canvas: Canvas, drawn: Chart, curve: Curve, language: Language) -> None:
    frame = drawn.frame
    for line in drawn.lines:
        below = line.label_y > line.y
        _tag(
            canvas, frame.left + 8, line.y + (22 if below else -7), line.label, LEVELS.get(line.severity, INK)
        )
    words = say(text("page.chart.deployed"), language)
    for x in drawn.deployed[-1:]:
        at_left = x + 8 + width(words) > frame.wall
        _tag(canvas, x - 8 - width(words) if at_left else x + 8, frame.floor - 12, words, INK)
    if curve.ahead is not None and drawn.limit is not None:
        limit = say(text("chart.limit", limit=Quantity(curve.ahead.limit, curve.unit)), language)
        _tag(canvas, frame.left + 8, drawn.limit + 22, limit, LEVELS[Severity.CRITICAL])
    if curve.ahead is not None:
        ahead = say(text("chart.ahead"), language)
        end = points(drawn.ahead)[-1]
        _tag(canvas, frame.wall - width(ahead) - 6, min(end[1] + 26, frame.floor - 12), ahead, CURVE)


def _tag(canvas: Canvas, x: float, y: float, words: str, colour: Colour) -> None:
    """Write words over a line so that they can be read."""
    canvas.rectangle((x - 3, y - 17, x + width(words) + 3, y + 5), WHITE, 0.8)
    canvas.words(x, y, words, colour)


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"
