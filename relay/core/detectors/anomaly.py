"""The rule kind ``anomaly``: values that are unusual for their series, where nobody knows a threshold.

The rule: three looks, the most surprised one counts: at the value against those just before (a spike), at the last twenty against
the long run (a shift), and at the value against the same time on other days (out of season). It pages nobody unless asked.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import inf

from relay.core.detectors import NOTHING, Beside, Level, Verdict
from relay.core.detectors.surprise import Tail
from relay.core.model import Sample, Severity
from relay.core.text import Quantity, Text, text

SHORT, LONG = 0.2, 1 / 400
RUN = 20
BINS = 48
# Fewer samples than this tell nothing of what is usual, the first ones not even of what is rare; so many seasons must have been seen.
LEAST = 300
WARM = 100
SEASONS = 3.0
# After a surprise, so many samples are not told anew.
QUIET = 100
CLIPPED = 5.0
_LOOKS = ("anomaly.spike", "anomaly.shift", "anomaly.season")


@dataclass(slots=True)
class Usual:
    """A mean that forgets, and how far values are from it."""

    mean: float = 0.0
    spread: float = 0.0
    seen: int = 0

    def size(self, value: float) -> float:
        """Return how many times its usual distance ``value`` is from the mean."""
        # A series that never moved: a hundredth of its size is a first step.
        least = max(0.01 * abs(self.mean), 1e-9)
        return abs(value - self.mean) / max(self.spread, least)

    def add(self, value: float, weight: float) -> None:
        """Take one more; what is far off counts as less far, so that one surprise does not hide the next."""
        self.seen += 1
        weight = max(weight, 1 / self.seen)
        far = abs(value - self.mean) if self.seen > 1 else 0.0
        if self.seen > RUN:
            far = min(far, CLIPPED * max(self.spread, 1e-9))
        self.spread += max(weight / 4, 1 / self.seen) * (far - self.spread)
        self.mean += weight * (value - self.mean)


@dataclass(slots=True)
class Steps:
    """Gathers samples into means of steps of time; a sample that is as slow as a step is one by itself."""

    place: int = 0
    total: float = 0.0
    number: int = 0
    closed: int = -1

    def take(self, sample: Sample, last_at: datetime | None, step: float) -> Iterator[float]:
        """Yield the mean of each step that is whole with this sample."""
        at = sample.at.timestamp()
        place = int(at // step)
        if self.number and place > self.place and self.place > self.closed:
            yield self._close(self.place)
        self.place, self.total, self.number = place, self.total + sample.value, self.number + 1
        next_at = at + (sample.at - last_at).total_seconds() if last_at is not None else at
        if place > self.closed and next_at // step > place:
            yield self._close(place)

    def _close(self, place: int) -> float:
        mean = self.total / self.number
        self.total, self.number, self.closed = 0.0, 0, place
        return mean


@dataclass(slots=True)
class Habits:
    """What is remembered of a series; changed in place."""

    severity: Severity
    short: Usual = field(default_factory=Usual)
    long: Usual = field(default_factory=Usual)
    residual: Usual = field(default_factory=Usual)
    run: deque[float] = field(default_factory=lambda: deque(maxlen=RUN))
    bins: array[float] = field(default_factory=lambda: array("d", bytes(8 * BINS)))
    filled: array[float] = field(default_factory=lambda: array("d", bytes(8 * BINS)))
    tails: tuple[Tail, Tail, Tail] = field(default_factory=lambda: (Tail(), Tail(), Tail()))
    seen: int = 0
    first_at: datetime | None = None
    steps: Steps = field(default_factory=Steps)
    score: float = 0.0
    usual: float = 0.0
    surprised: int = -QUIET
    last_surprise: int = -QUIET
    since: datetime | None = None
    last_at: datetime | None = None
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Anomaly:
    """The settings: how rare a value must be (``rarity`` 4: about one in 10,000), and how bad that is.

    It is over once ``calm`` steps in a row were usual. ``season`` is what repeats, zero for nothing; ``width`` is how long a step
    is at the least.
    """

    unit: str = ""
    severity: Severity = Severity.INFO
    rarity: float = 3.5
    season: timedelta = timedelta(days=1)
    width: timedelta = timedelta(minutes=5)
    calm: int = RUN
    memory: timedelta = timedelta(days=7)
    gap: timedelta = timedelta(minutes=5)
    levels: tuple[Level, ...] = field(default=(), init=False)

    @property
    def beside(self) -> tuple[str, ...]:
        """It needs its own series only."""
        return ()

    def start(self, severity: Severity) -> Habits:
        """Begin at the severity that the open incident has."""
        return Habits(severity)

    def step(self, state: Habits, sample: Sample, _beside: Beside = NOTHING) -> tuple[Habits, Verdict]:
        """Take one more sample."""
        if state.verdict is not None and state.last_at is not None and sample.at <= state.last_at:
            return state, state.verdict
        means = [*state.steps.take(sample, state.last_at, self.width.total_seconds())]
        state.last_at = sample.at
        for mean in means:
            state.verdict = self._judged(state, Sample(sample.at, mean))
        if state.verdict is None:
            state.since = state.since or sample.at
            state.verdict = self._verdict(state, sample.value, 0, is_new=False)
        elif not means and state.verdict.is_news:
            state.verdict = replace(state.verdict, is_news=False)
        return state, state.verdict

    def detail(self, state: Habits) -> Text:
        """Return how surprising the newest step was, and from when on that is told."""
        if state.seen <= LEAST:
            return text("anomaly.learning", seen=state.seen, least=LEAST)
        return text(
            "anomaly.detail",
            score=state.score,
            rarity=self.rarity,
            usual=Quantity(state.usual, self.unit),
        )

    def _judged(self, state: Habits, sample: Sample) -> Verdict:
        state.score, look, state.usual = self.surprise(state, sample)
        surprises = state.seen > LEAST and state.score >= self.rarity
        is_new = surprises and state.seen - state.surprised >= QUIET
        if surprises:
            state.last_surprise = state.seen
            state.surprised = state.seen if is_new else state.surprised
        severity = self._severity(state, is_new=is_new)
        if severity is not state.severity or state.since is None:
            state.since = sample.at
        state.severity = severity
        return self._verdict(state, sample.value, look, is_new=is_new)

    def _verdict(self, state: Habits, value: float, look: int, *, is_new: bool) -> Verdict:
        told = Quantity(value, self.unit)
        if state.severity is Severity.OK:
            summary = text("anomaly.over", value=told)
        else:
            summary = text(_LOOKS[look], value=told, usual=Quantity(state.usual, self.unit))
        reason = "not enough data" if state.seen <= LEAST else "usual"
        if state.seen > LEAST and state.score >= self.rarity:
            reason = "unusual"
        elif state.severity > Severity.OK:
            reason = "not yet usual again for long enough"
        since = state.since
        assert since is not None
        return Verdict(state.severity, since, None, reason, "anomaly.title", summary, is_news=is_new)

    def surprise(self, state: Habits, sample: Sample) -> tuple[float, int, float]:
        """Return how surprising a sample is, to which of the three looks, and what is usual there; and learn from it."""
        state.seen += 1
        state.first_at = state.first_at or sample.at
        state.run.append(sample.value)
        recent = sum(state.run) / len(state.run)
        place = self._bin(sample.at)
        expected = state.bins[place]
        sizes: list[float | None] = [
            state.short.size(sample.value) if state.seen > WARM else None,
            state.long.size(recent) if state.seen > WARM else None,
            self._out_of_season(state, sample, place),
        ]
        scores = [_scored(tail, size) for tail, size in zip(state.tails, sizes, strict=True)]
        look = max(range(3), key=scores.__getitem__)
        usual = (state.short.mean, state.long.mean, expected)[look]
        _learn(state, sample.value, place)
        return scores[look], look, usual

    def _out_of_season(self, state: Habits, sample: Sample, place: int) -> float | None:
        """Return how far a value is from that of its time; None before enough seasons were seen."""
        if not self.season or state.first_at is None or sample.at - state.first_at < SEASONS * self.season:
            return None
        return state.residual.size(sample.value - state.bins[place])

    def _bin(self, at: datetime) -> int:
        if not self.season:
            return 0
        return int(at.timestamp() / self.season.total_seconds() % 1 * BINS)

    def _severity(self, state: Habits, *, is_new: bool) -> Severity:
        if is_new:
            return self.severity
        if state.seen <= LEAST:
            return state.severity
        recently = state.seen - state.last_surprise < self.calm
        return state.severity if recently else Severity.OK


def _scored(tail: Tail, size: float | None) -> float:
    """Return how surprising a size is, and take note of it; None is no look yet."""
    if size is None:
        return 0.0
    score = tail.score(size)
    tail.add(size)
    return score


def _learn(state: Habits, value: float, place: int) -> None:
    state.short.add(value, SHORT)
    state.long.add(value, LONG)
    # A bin is the mean of its times, the newest counting more; the residual is taken before it learns.
    if state.filled[place]:
        state.residual.add(value - state.bins[place], LONG)
    state.filled[place] = min(state.filled[place] + 1, inf)
    state.bins[place] += max(0.02, 1 / state.filled[place]) * (value - state.bins[place])
