"""The detectors that are compared: the relay's, and the rules that people write today."""

from __future__ import annotations

import sys
from array import array
from collections import deque
from collections.abc import Callable
from math import inf, nan

from bench._leaks_scoring import Said, Watcher
from relay.core.detectors.leak import Finding, Standing, Track, track

QUIET, LOUD = Said(False), Said(True)


class Ours:
    """The relay's detector; ``suspicions`` counts its lighter verdict as an alarm too."""

    def __init__(self, limit: float, *, suspicions: bool = False) -> None:
        self._state = Track(limit)
        self._suspicions = suspicions
        self._found: Finding | None = None
        self._said = QUIET

    def see(self, at: float, memory: float, requests: float) -> Said:
        """Take one sample."""
        found = track(self._state, at, memory, requests)
        if found is not self._found:
            self._found, self._said = found, self._spoken(found)
        return self._said

    def _spoken(self, found: Finding) -> Said:
        alarms = found.standing.alarms or (self._suspicions and found.standing is Standing.SUSPECTED)
        ahead = found.forecast
        if ahead is None:
            return Said(alarms)
        each = nan if ahead.per_request is None else ahead.per_request * 1024
        return Said(alarms, ahead.ends_in, ahead.ends_range, each)

    def size(self) -> int:
        """Return the bytes of the state, its columns and its objects."""
        return state_bytes(self._state)


def state_bytes(state: Track) -> int:
    """Return what a state holds, counted object by object."""
    total, waiting, seen = 0, [state, state.life], set[int]()
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        # An array's own size counts room to grow; it is part of what is held.
        total += sys.getsizeof(each)
        if not isinstance(each, (array, float, int, str)):
            names = getattr(type(each), "__slots__", ())
            waiting += [value for name in names if not isinstance(value := getattr(each, name), type)]
    return total


class Threshold:
    """Above a share of the limit for five minutes."""

    def __init__(self, limit: float, share: float) -> None:
        self._bound, self._since, self._last = limit * share, inf, -inf

    def see(self, at: float, memory: float, _requests: float) -> Said:
        """Take one sample."""
        if memory < self._bound:
            self._since = inf
        elif self._since == inf:
            self._since = at
        return LOUD if at - self._since >= 300 else QUIET

    def size(self) -> int:
        """Return the bytes of two numbers."""
        return 16


class PredictLinear:
    """Prometheus' ``predict_linear(x[window], ahead) > limit`` for a while: a line by least squares, kept up by sums."""

    def __init__(self, limit: float, window: float, ahead: float, hold: float) -> None:
        self._limit, self._window, self._ahead, self._hold = limit, window, ahead, hold
        self._points: deque[tuple[float, float]] = deque()
        self._sums = [0.0, 0.0, 0.0, 0.0]
        self._since = inf

    def see(self, at: float, memory: float, _requests: float) -> Said:
        """Take one sample."""
        self._points.append((at, memory))
        self._count(at, memory, 1)
        while self._points[0][0] < at - self._window:
            self._count(*self._points.popleft(), -1)
        slope, level = self._line(at)
        # As Prometheus does, it speaks as soon as it has two points; a tenth of the window is asked for here.
        full = at - self._points[0][0] >= 0.1 * self._window
        if not full or level + slope * self._ahead <= self._limit:
            self._since = inf
            return QUIET
        self._since = min(self._since, at)
        if at - self._since < self._hold:
            return QUIET
        return Said(True, (self._limit - level) / slope if slope > 0 else inf)

    def _count(self, at: float, memory: float, sign: int) -> None:
        for place, part in enumerate((at, memory, at * at, at * memory)):
            self._sums[place] += sign * part

    def _line(self, at: float) -> tuple[float, float]:
        n = len(self._points)
        x, y, xx, xy = self._sums
        spread = xx - x * x / n
        slope = (xy - x * y / n) / spread if spread > 1e-6 else 0.0
        return slope, y / n + slope * (at - x / n)

    def size(self) -> int:
        """Return the bytes of the window as a series database would keep it."""
        return 16 * len(self._points)


WATCHERS: dict[str, Callable[[float], Watcher]] = {
    "threshold 70 %, 5 min": lambda limit: Threshold(limit, 0.7),
    "threshold 85 %, 5 min": lambda limit: Threshold(limit, 0.85),
    "predict_linear 1h -> 4h, 10 min": lambda limit: PredictLinear(limit, 3_600, 4 * 3_600, 600),
    "predict_linear 6h -> 24h, 30 min": lambda limit: PredictLinear(limit, 6 * 3_600, 24 * 3_600, 1_800),
    "relay, suspected": lambda limit: Ours(limit, suspicions=True),
    "relay, leak": Ours,
}
