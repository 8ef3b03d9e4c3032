"""The shapes of traffic: the document's normal and heavy runs, and a mixed day. Pure."""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

ROUNDS = 10
HEAVY_REQUESTS = 100
HEAVY_CHECK_EVERY = 20
DAY_REQUESTS = 480
LOOK = "/cache-stats"

# What a shop's visitors ask for in a day, in parts; the last one is not there.
DAY_MIX = {
    "/games": 40,
    "/games/{id}": 30,
    "/popular": 10,
    "/rentals": 6,
    "/customers": 5,
    "/images": 4,
    "/health": 3,
    "/games/999": 2,
}


class Shape(StrEnum):
    """The kinds of traffic."""

    NORMAL = "normal"
    HEAVY = "heavy"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class Step:
    """One request, and when it is due: a part of the run between 0 and 1."""

    path: str
    due: float


def plan(shape: Shape, scale: int) -> Sequence[Step]:
    """Return the requests of ``shape``, ``scale`` times as many as in the document, in order."""
    return _PLANS[shape](scale)


def _normal(scale: int) -> Sequence[Step]:
    rounds = ["/games", "/games/1"] * (ROUNDS * scale)
    return _evenly([LOOK, *rounds, LOOK])


def _heavy(scale: int) -> Sequence[Step]:
    """Return a hundred /popular for each unit of scale, with five looks at the cache on the way."""
    stretch = ["/popular"] * (HEAVY_CHECK_EVERY * scale) + [LOOK]
    return _evenly(stretch * (HEAVY_REQUESTS // HEAVY_CHECK_EVERY))


def _mixed(scale: int) -> Sequence[Step]:
    """Return a day: quiet at night, a peak in the evening, the mix of a shop's visitors."""
    # Seeded: a day is the same day each time, so that two runs can be compared.
    dice = random.Random(13)  # noqa: S311 - nothing secret is drawn
    weights = [1 - 0.9 * math.cos((hour - 7) / 24 * 2 * math.pi) for hour in range(24)]
    steps = []
    for hour, weight in enumerate(weights):
        count = round(DAY_REQUESTS * scale * weight / sum(weights))
        paths = dice.choices(list(DAY_MIX), weights=list(DAY_MIX.values()), k=count)
        asked = [path.replace("{id}", str(dice.randint(1, 10))) for path in paths]
        steps += [Step(path, (hour + place / count) / 24) for place, path in enumerate(asked)]
    return steps


def _evenly(paths: Sequence[str]) -> Sequence[Step]:
    return [Step(path, place / len(paths)) for place, path in enumerate(paths)]


_PLANS: dict[Shape, Callable[[int], Sequence[Step]]] = {
    Shape.NORMAL: _normal,
    Shape.HEAVY: _heavy,
    Shape.MIXED: _mixed,
}


def route(path: str) -> str:
    """Return the template that ``path`` belongs to, for summaries.

    >>> route("/games/7"), route("/popular")
    ('/games/<id>', '/popular')
    """
    return "/games/<id>" if path.startswith("/games/") else path
