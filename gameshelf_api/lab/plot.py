"""Curves that a person can look at: bars in the terminal, and an SVG picture. Pure."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

BAR_WIDTH = 40
WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 70, 30, 50, 60
# Colours that colour-blind people tell apart; the dashes and the marks tell the same again.
STYLES = (("#0072b2", "", "circle"), ("#d55e00", "8 5", "square"))


@dataclass(frozen=True, slots=True)
class Curve:
    """Points from left to right, and what to call them."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Picture:
    """What a picture says around its curves, two at most."""

    title: str
    across: str
    upwards: str
    curves: Sequence[Curve]


def bars(points: Sequence[tuple[float, float]], top: float, told: Callable[[float], str]) -> list[str]:
    """Return one bar a point, from zero, ``top`` being a whole one; ``told`` writes a value.

    >>> bars([(0, 20.0), (100, 40.0)], 40.0, "{:.1f} MB".format)[0]
    '     0 ████████████████████                     20.0 MB'
    """
    return [f"{x:>6.0f} {'█' * round(y / top * BAR_WIDTH):<{BAR_WIDTH}} {told(y)}" for x, y in points]


def svg(picture: Picture) -> str:
    """Return the picture as SVG; the upward axis starts at zero, so that a flat curve looks flat."""
    xs = [x for curve in picture.curves for x, _ in curve.points]
    ys = [y for curve in picture.curves for _, y in curve.points]
    frame = _Frame(max(xs) or 1.0, _round_up(max(ys) or 1.0))
    curves = [
        part
        for curve, style in zip(picture.curves, STYLES, strict=False)
        for part in frame.curve(curve, style)
    ]
    legend = [part for place, curve in enumerate(picture.curves) for part in _legend(place, curve.name)]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
            ' font-family="sans-serif" font-size="13" fill="#222">',
            f"<title>{escape(picture.title)}</title>",
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
            f'<text x="{LEFT}" y="24" font-size="16" font-weight="bold">{escape(picture.title)}</text>',
            *frame.axes(picture),
            *curves,
            *legend,
            "</svg>\n",
        ]
    )


@dataclass(frozen=True, slots=True)
class _Frame:
    """The plane between the axes: values in, places out."""

    most_x: float
    most_y: float

    def place(self, x: float, y: float) -> tuple[float, float]:
        across = LEFT + x / self.most_x * (WIDTH - LEFT - RIGHT)
        down = HEIGHT - BOTTOM - y / self.most_y * (HEIGHT - TOP - BOTTOM)
        return round(across, 1), round(down, 1)

    def axes(self, picture: Picture) -> list[str]:
        parts = []
        for tick in range(6):
            x, y = self.most_x * tick / 5, self.most_y * tick / 5
            across, _ = self.place(x, 0)
            _, down = self.place(0, y)
            parts += [
                f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{down}" y2="{down}" stroke="#ddd"/>',
                f'<text x="{LEFT - 8}" y="{down + 4}" text-anchor="end">{y:g}</text>',
                f'<text x="{across}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{x:g}</text>',
            ]
        middle = (HEIGHT - BOTTOM + TOP) / 2
        return [
            *parts,
            f'<text x="{(WIDTH + LEFT - RIGHT) / 2}" y="{HEIGHT - 16}" text-anchor="middle">{escape(picture.across)}</text>',
            f'<text transform="translate(18 {middle}) rotate(-90)" text-anchor="middle">{escape(picture.upwards)}</text>',
        ]

    def curve(self, curve: Curve, style: tuple[str, str, str]) -> list[str]:
        colour, dashes, mark = style
        places = [self.place(x, y) for x, y in curve.points]
        line = " ".join(f"{across},{down}" for across, down in places)
        path = f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes}"/>'
        return [path, *(_mark(mark, colour, across, down) for across, down in places)]


def _legend(place: int, name: str) -> list[str]:
    colour, dashes, mark = STYLES[place]
    across, down = LEFT + 16, TOP + 14 + place * 20
    return [
        f'<line x1="{across}" x2="{across + 30}" y1="{down}" y2="{down}" stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes}"/>',
        _mark(mark, colour, across + 15, down),
        f'<text x="{across + 38}" y="{down + 4}">{escape(name)}</text>',
    ]


def _mark(kind: str, colour: str, across: float, down: float) -> str:
    if kind == "circle":
        return f'<circle cx="{across}" cy="{down}" r="4" fill="{colour}"/>'
    return f'<rect x="{across - 4}" y="{down - 4}" width="8" height="8" fill="{colour}"/>'


def _round_up(value: float) -> float:
    """Return the next value that five even steps divide well.

    >>> _round_up(182.6), _round_up(41.0), _round_up(0.7)
    (200.0, 50.0, 0.75)
    """
    step = 10.0 ** math.floor(math.log10(value))
    return min(part * step for part in (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 7.5, 10.0) if part * step >= value)
