"""What history shows of thresholds: under what is usual, never reached, or crossed again and again without hysteresis."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from relay.core.detectors import Level
from relay.core.detectors.threshold import Threshold
from relay.core.provenance import Origin
from relay.core.rules import Rule
from relay.core.text import Language, duration, quantity
from relay.lints.finding import Finding
from relay.pipeline import history
from relay.store.hindsight import Kept
from relay.store.reader import Reader

# Less than this says little of what is usual, or of what never happens.
FEWEST = 100
SHORTEST = timedelta(days=1)
USUAL = 0.95
CROSSINGS_A_DAY = 4
# Some 60 days at one a second; beyond, the oldest part of the span is judged.
MOST = 5_000_000
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Observed:
    """What a threshold rule met on one series."""

    rule: Rule
    detector: Threshold
    kept: Kept
    values: array[float]
    begins_at: datetime
    ends_at: datetime

    @property
    def length(self) -> timedelta:
        """The time from the first sample to the last."""
        return self.ends_at - self.begins_at

    @property
    def span(self) -> str:
        """The time that it covers, in words."""
        return f"{duration(self.length, Language.ENGLISH)}, {len(self.values)} samples"

    def usual(self) -> float:
        """Return the bound that the values keep to in 95 % of the samples."""
        ordered = sorted(self.values, reverse=self.detector.below)
        return ordered[min(int(len(ordered) * USUAL), len(ordered) - 1)]

    def extreme(self) -> float:
        """Return the worst value."""
        return min(self.values) if self.detector.below else max(self.values)

    def is_beyond(self, value: float, level: Level) -> bool:
        """Whether a value is on the bad side of a level."""
        return value < level.enter if self.detector.below else value > level.enter

    def crossings(self, level: Level) -> int:
        """Return how often the values went beyond a level."""
        number, was = 0, False
        for value in self.values:
            now = self.is_beyond(value, level)
            number += now and not was
            was = now
        return number


def findings(reader: Reader, rules: Sequence[Rule], since: datetime, until: datetime) -> Iterator[Finding]:
    """Yield what the samples of a span show of each rule on each series that it judges."""
    with reader.read() as tx:
        kept = tx.kept_series()
    for rule in rules:
        for one in kept:
            if isinstance(rule.detector, Threshold) and rule.origin is not None and rule.judges(one.series):
                seen = _observed(reader, rule, rule.detector, one, since, until)
                if seen is not None:
                    yield from _of(seen, rule.origin)


def _observed(
    reader: Reader, rule: Rule, detector: Threshold, kept: Kept, since: datetime, until: datetime
) -> Observed | None:
    values: array[float] = array("d")
    first, last, begins_at = until, since, since
    more: datetime | None = since
    while more is not None and len(values) < MOST:
        begins_at = more
        with reader.read() as tx:
            piece, more = history.some(tx, rule, kept.series, begins_at, until)
        values.extend(sample.value for sample, _ in piece)
        if piece:
            first, last = min(first, piece[0][0].at), piece[-1][0].at
    return Observed(rule, detector, kept, values, first, last) if len(values) >= FEWEST else None


def _of(seen: Observed, origin: Origin) -> Iterator[Finding]:
    about = f"{seen.rule.name} on {seen.kept.series.target}"
    for level in seen.detector.levels:
        word = f"{level.severity.word} {_said(level.enter, seen)}"
        if seen.is_beyond(seen.usual(), level):
            yield Finding("under-p95", origin, about, _under(word, seen))
        if not seen.is_beyond(seen.extreme(), level):
            if seen.length >= SHORTEST and origin.line is not None:
                side = "lowest" if seen.detector.below else "highest"
                said = f"{word} was never reached: the {side} was {_said(seen.extreme(), seen)} ({seen.span})"
                yield Finding("never-reached", origin, about, said)
        elif (often := _a_day(seen, level)) >= CROSSINGS_A_DAY and _is_bare(seen.detector, level):
            said = f"{word} is crossed {often:.0f} times a day and left at the same value: give it leave, release or for"
            yield Finding("no-hysteresis", origin, about, f"{said} ({seen.span})")


def _under(word: str, seen: Observed) -> str:
    side, bound = ("over", "p5") if seen.detector.below else ("under", "p95")
    return f"{word} is {side} the series' own {bound} of {_said(seen.usual(), seen)}: it fires when all is usual ({seen.span})"


def _is_bare(detector: Threshold, level: Level) -> bool:
    waits = detector.hold or detector.release or detector.times > 1
    return level.leave == level.enter and not waits


def _a_day(seen: Observed, level: Level) -> float:
    return seen.crossings(level) / max(seen.length / DAY, 1.0)


def _said(value: float, seen: Observed) -> str:
    return quantity(value, seen.rule.unit or seen.kept.unit, Language.ENGLISH)
