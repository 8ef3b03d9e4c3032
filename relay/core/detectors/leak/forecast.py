"""How fast it grows, and when the limit is reached, with intervals."""

from __future__ import annotations

from math import inf, sqrt

from relay.core.detectors.leak.judging import Growth
from relay.core.detectors.leak.life import Life
from relay.core.detectors.leak.shapes import Shape
from relay.core.detectors.leak.slopes import Slope, slope
from relay.core.detectors.leak.verdicts import Forecast
from relay.core.detectors.leak.windows import Window

HOUR = 3600.0
# How far the pace to come is from the pace that was, near the end and at the start of the way.
UNLIKE, UNLIKE_AHEAD = 0.15, 0.6
# A growth that bends up by more is forecast by its later half, where it is long enough to have one.
SPEEDING, LONG = 1.3, 24


def forecast(life: Life, growth: Growth, floor: list[float]) -> Forecast:
    """Return rates and the end, from a growth's window; ``floor`` is the window's, without the load's part."""
    window, shape = growth.window, growth.shape
    start = _settled(window, shape)
    at, y = window.at[start:], floor[start:]
    per_second = slope(at, at, y, starts=shape.bend.late_to_early <= SPEEDING)
    counts = None if window.requests is None else window.requests[start:]
    per_request = (
        None
        if counts is None or counts[-1] <= counts[0]
        else slope(at, counts, y, starts=shape.bend.late_to_early <= SPEEDING)
    )
    room = max(0.0, life.limit - level(life))
    pace = per_second
    if per_request is not None and shape.by_requests:
        pace = per_request.times(request_rate(life, room, per_request.each))
    return Forecast(
        at=life.recent_at[-1],
        per_second=per_second.each,
        per_request=None if per_request is None else per_request.each,
        per_request_range=None if per_request is None else (per_request.low, per_request.high),
        ends_in=_until(room, pace.each),
        ends_range=_range(_until(room, pace.each), pace, shape.growth / room if room else 1.0),
    )


def _settled(window: Window, shape: Shape) -> int:
    """Return from where on the slope is what it is now: what speeds up goes on as it was of late."""
    length = len(window.at)
    return length // 2 if length >= LONG and shape.bend.late_to_early > SPEEDING else 0


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
    if not pace.each > 0:
        return ends, inf
    fitted = (pace.high - pace.low) / 2 / pace.each
    ahead = UNLIKE + UNLIKE_AHEAD / (1 + 4 * covered)
    wide = 1 + sqrt(fitted * fitted + ahead * ahead)
    return ends / wide, ends * wide


def _until(room: float, pace: float) -> float:
    return room / pace if pace > 0 else inf
