"""How fast it grows, and when the limit is reached, with intervals."""

from __future__ import annotations

from math import inf, sqrt

from relay.core.detectors.leak.judging import Growth
from relay.core.detectors.leak.life import Life
from relay.core.detectors.leak.shapes import Shape
from relay.core.detectors.leak.trend import theil_sen
from relay.core.detectors.leak.verdicts import Forecast
from relay.core.detectors.leak.windows import Window

HOUR = 3600.0
# How far the pace to come is from the pace that was, near the end and at the start of the way.
UNLIKE, UNLIKE_AHEAD = 0.15, 0.6
Slope = tuple[float, float, float]


def forecast(life: Life, growth: Growth, floor: list[float]) -> Forecast:
    """Return rates and the end, from a growth's window; ``floor`` is the window's, without the load's part."""
    window, shape = growth.window, growth.shape
    start = _settled(window, shape)
    at, y = window.at[start:], floor[start:]
    per_second = theil_sen(at, y)
    counts = None if window.requests is None else window.requests[start:]
    per_request = None if counts is None or counts[-1] <= counts[0] else theil_sen(counts, y)
    room = max(0.0, life.limit - level(life))
    if per_request is not None and shape.by_requests:
        rate = request_rate(life, room, per_request[0])
        pace: Slope = (per_request[0] * rate, per_request[1] * rate, per_request[2] * rate)
    else:
        pace = per_second
    return Forecast(
        at=life.recent_at[-1],
        per_second=per_second[0],
        per_request=None if per_request is None else per_request[0],
        per_request_range=None if per_request is None else (per_request[1], per_request[2]),
        ends_in=_until(room, pace[0]),
        ends_range=_range(_until(room, pace[0]), pace, shape.growth / room if room else 1.0),
    )


def _settled(window: Window, shape: Shape) -> int:
    """Return from where on the slope is what it is now: what bends up or down goes on as it was of late."""
    bend, length = shape.bend.late_to_early, len(window.at)
    if length < 24 or 0.93 <= bend <= 1.3:
        return 0
    return length // 2 if bend > 1.3 else length // 3


def level(life: Life) -> float:
    """Return what the process holds now: the mean of late, or the floor where a collector's teeth are large."""
    floors, means = life.fine.floor[-10:], life.means
    if not floors:
        return life.recent[-1]
    teeth = max(means) - min(floors)
    return min(floors[-10:]) if teeth > 0.06 * life.limit else sum(means[-3:]) / len(means[-3:])


def request_rate(life: Life, room: float, each: float) -> float:
    """Return requests a second over as long a time back as the limit is ahead, within one hour and one day."""
    whole = life.whole
    counts, ends = whole.requests, whole.at
    overall = (counts[-1] - counts[0]) / (ends[-1] - ends[0]) if ends[-1] > ends[0] else 0.0
    overall = overall if overall == overall and overall > 0 else 0.0
    ahead = min(24 * HOUR, max(HOUR, _until(room, each * overall)))
    now, count = life.recent_at[-1], life.requests
    since = next((i for i, end in enumerate(ends) if end >= now - ahead), len(ends) - 1)
    if ends[since] >= now or counts[since] != counts[since]:
        return overall
    return (count - counts[since]) / (now - ends[since])


def _range(ends: float, pace: Slope, covered: float) -> tuple[float, float]:
    """Return the interval of the end: the slope's own error, and that what is ahead may differ from what was.

    The second is the larger and shrinks as more of the way is covered; chosen by hand, it held 81 % of the ends measured.
    """
    if not pace[0] > 0:
        return ends, inf
    fitted = (pace[2] - pace[1]) / 2 / pace[0]
    ahead = UNLIKE + UNLIKE_AHEAD / (1 + 4 * covered)
    wide = 1 + sqrt(fitted * fitted + ahead * ahead)
    return ends / wide, ends * wide


def _until(room: float, pace: float) -> float:
    return room / pace if pace > 0 else inf
