"""The rule kind ``burn_rate``: an error budget that is used up too fast, over a long window and a short one at once.

The rule: the long window says that it matters, the short one that it goes on. Figures and reasons are those of the Site
Reliability Workbook, chapter 5, "Multiwindow, Multi-Burn-Rate Alerts": https://sre.google/workbook/alerting-on-slos/
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from relay.core.besides import WHOLE
from relay.core.detectors import NOTHING, Beside, Level, Verdict
from relay.core.detectors.growth_words import joined
from relay.core.model import Sample, Severity
from relay.core.text import Quantity, Text, text

HOUR = timedelta(hours=1)
# A window is kept in pieces of a tenth of its pair's short one.
PIECES = 10


@dataclass(frozen=True, slots=True)
class Pair:
    """Two windows, and how many times too fast the budget must burn over both."""

    factor: float
    long: timedelta
    short: timedelta
    severity: Severity


# 2 % of a budget of 30 days in an hour, 5 % in six hours, 10 % in three days.
PAIRS = (
    Pair(14.4, HOUR, timedelta(minutes=5), Severity.CRITICAL),
    Pair(6.0, 6 * HOUR, timedelta(minutes=30), Severity.CRITICAL),
    Pair(1.0, 72 * HOUR, 6 * HOUR, Severity.WARNING),
)


@dataclass(slots=True)
class Burning:
    """What is remembered: for each pair, pieces of time with their bad and all events; changed in place."""

    severity: Severity
    pieces: tuple[deque[list[float]], ...]
    since: datetime | None = None
    last_at: datetime | None = None
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class BurnRate:
    """The settings: the metric is a percentage of bad events, of which 100 - ``objective`` are allowed over ``period``.

    In a short window with fewer than ``least`` events a few bad ones mean nothing.
    """

    metric: str
    objective: float
    period: timedelta = timedelta(days=30)
    pairs: tuple[Pair, ...] = PAIRS
    least: float = 10.0
    gap: timedelta = timedelta(minutes=5)
    levels: tuple[Level, ...] = field(default=(), init=False)

    @property
    def memory(self) -> timedelta:
        """The longest window, and a piece more."""
        return max(pair.long + pair.short for pair in self.pairs)

    @property
    def beside(self) -> tuple[str, ...]:
        """Of how many events each percentage is one."""
        return (WHOLE + self.metric,)

    @property
    def budget(self) -> float:
        """The percentage of bad events that is allowed."""
        return 100 - self.objective

    def start(self, severity: Severity) -> Burning:
        """Begin at the severity that the open incident has."""
        return Burning(severity, tuple(deque() for _ in self.pairs))

    def step(self, state: Burning, sample: Sample, beside: Beside = NOTHING) -> tuple[Burning, Verdict]:
        """Take one more sample; where nobody counts events, each sample weighs the same."""
        if state.verdict is not None and state.last_at is not None and sample.at <= state.last_at:
            return state, state.verdict
        whole = beside.get(WHOLE + self.metric, {}).get((), self.least)
        for pair, pieces in zip(self.pairs, state.pieces, strict=True):
            _add(pieces, pair, sample.at.timestamp(), sample.value / 100 * whole, whole)
        worst = self._worst(state, sample.at)
        severity = Severity.OK if worst is None else worst[0].severity
        if severity is not state.severity or state.since is None:
            state.since = sample.at
        state.severity, state.last_at = severity, sample.at
        reason = "within the budget" if worst is None else "the budget burns too fast"
        summary = self._summary(state, worst, sample.at)
        state.verdict = Verdict(severity, state.since, self.budget, reason, "burn.title", summary)
        return state, state.verdict

    def detail(self, state: Burning) -> Text:
        """Return how fast it burns over each pair of windows, and from when on that is told."""
        at = state.last_at
        assert at is not None
        return joined(
            [
                text(
                    "burn.pair",
                    long_rate=self._rate(pieces, at - pair.long),
                    long_span=pair.long,
                    short_rate=self._rate(pieces, at - pair.short),
                    short_span=pair.short,
                    factor=pair.factor,
                )
                for pair, pieces in zip(self.pairs, state.pieces, strict=True)
            ]
        )

    def _rate(self, pieces: deque[list[float]], since: datetime) -> float:
        return 100 * _part(pieces, since)[0] / self.budget

    def _worst(self, state: Burning, at: datetime) -> tuple[Pair, float] | None:
        """Return the most severe pair that burns too fast over both windows, and how fast over the long one."""
        found = []
        for pair, pieces in zip(self.pairs, state.pieces, strict=True):
            long, _ = _part(pieces, at - pair.long)
            short, seen = _part(pieces, at - pair.short)
            if seen >= self.least and min(long, short) > pair.factor * self.budget / 100:
                found.append((pair, 100 * long / self.budget))
        return max(found, key=lambda one: (one[0].severity, one[1]), default=None)

    def _summary(self, state: Burning, worst: tuple[Pair, float] | None, at: datetime) -> Text:
        pair, rate = worst or (self.pairs[0], 0.0)
        pieces = state.pieces[self.pairs.index(pair)]
        short = Quantity(100 * _part(pieces, at - pair.short)[0], "%")
        if worst is None:
            return text("burn.over", short=short, short_span=pair.short)
        return text(
            "burn.firing",
            budget=Quantity(self.budget, "%"),
            rate=rate,
            long=Quantity(100 * _part(pieces, at - pair.long)[0], "%"),
            long_span=pair.long,
            short=short,
            short_span=pair.short,
            period=self.period,
            left=self.period / rate,
        )


def _add(pieces: deque[list[float]], pair: Pair, at: float, bad: float, whole: float) -> None:
    width = pair.short.total_seconds() / PIECES
    began = at // width * width
    if not pieces or pieces[-1][0] < began:
        pieces.append([began, 0.0, 0.0])
    pieces[-1][1] += bad
    pieces[-1][2] += whole
    while pieces[0][0] < at - pair.long.total_seconds() - width:
        pieces.popleft()


def _part(pieces: deque[list[float]], since: datetime) -> tuple[float, float]:
    """Return the part of events that was bad since then, and how many there were."""
    bad = whole = 0.0
    for began, some_bad, some in reversed(pieces):
        if began < since.timestamp():
            break
        bad, whole = bad + some_bad, whole + some
    return (bad / whole if whole > 0 else 0.0), whole
