"""Running a detector over labelled series and counting: one series is one vote."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from math import isfinite, nan
from statistics import median
from typing import Protocol

from bench._leaks_world import Series


@dataclass(frozen=True)
class Said:
    """What a detector says after a sample: whether it alarms, and its forecast where it makes one."""

    alarms: bool
    ends_in: float = nan
    ends_range: tuple[float, float] = (nan, nan)
    kb_per_request: float = nan


class Watcher(Protocol):
    """One detector on one series."""

    def see(self, at: float, memory: float, requests: float) -> Said:
        """Take one sample."""

    def size(self) -> int:
        """Return the bytes of its state."""


@dataclass(frozen=True)
class Outcome:
    """What came out on one series."""

    family: str
    is_leak: bool
    ambiguous: bool
    false_alarm: bool
    found: bool
    delay: float = nan
    samples: int = 0
    headroom: float = nan
    end_error: float = nan
    end_within: bool | None = None
    half_way_error: float = nan
    kb_error: float = nan
    microseconds: float = 0.0
    bytes: int = 0


def watched(series: Series, watcher: Watcher) -> Outcome:
    """Show a whole series to a detector; a leak of which it was said too early that it leaks is not found."""
    said: list[tuple[int, Said]] = []
    before, started = False, time.process_time()
    false_alarm, first, half = False, None, None
    requests = series.requests or [nan] * len(series.at)
    see = watcher.see
    for place, (at, memory, count) in enumerate(zip(series.at, series.memory_mb, requests, strict=True)):
        now = see(at, memory, count)
        if now.alarms != before:
            said.append((place, now))
            before = now.alarms
        if (
            now.alarms
            and half is None
            and series.is_leak
            and series.leaked_mb[place] > 0.5 * series.headroom_mb
        ):
            half = (place, now)
    spent = (time.process_time() - started) / max(1, len(series.at)) * 1e6
    for place, now in said:
        real = series.is_leak and series.at[place] >= series.onset and series.leaked_mb[place] > 0
        if now.alarms and not real:
            false_alarm = True
        if now.alarms and real and first is None:
            first = (place, now)
    out = Outcome(
        series.family,
        series.is_leak,
        series.ambiguous,
        false_alarm,
        first is not None and not false_alarm,
        microseconds=spent,
        bytes=watcher.size(),
    )
    return out if first is None else _measured(out, series, *first, half)


def _measured(out: Outcome, series: Series, place: int, now: Said, half: tuple[int, Said] | None) -> Outcome:
    truth = series.time_to_limit[place]
    onset = next(i for i, at in enumerate(series.at) if at >= series.onset)
    kb = series.kb_per_request
    low, high = now.ends_range
    return replace(
        out,
        delay=(series.at[place] - series.onset),
        samples=place - onset,
        headroom=series.leaked_mb[place] / series.headroom_mb,
        end_error=_error(now.ends_in, truth),
        end_within=low <= truth <= high if isfinite(low) and isfinite(truth) else None,
        half_way_error=nan if half is None else _error(half[1].ends_in, series.time_to_limit[half[0]]),
        kb_error=nan if kb is None else _error(now.kb_per_request, kb),
    )


def _error(said: float, truth: float) -> float:
    if not isfinite(truth) or truth <= 0 or said != said:
        return nan
    return abs(said - truth) / truth if isfinite(said) else 9.0


@dataclass
class Score:
    """The counts over many outcomes."""

    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def true(self) -> int:
        return sum(1 for each in self.outcomes if each.found)

    @property
    def false(self) -> int:
        return sum(1 for each in self.outcomes if each.false_alarm)

    @property
    def leaks(self) -> int:
        return sum(1 for each in self.outcomes if each.is_leak)

    @property
    def precision(self) -> float:
        return self.true / (self.true + self.false) if self.true + self.false else 0.0

    @property
    def recall(self) -> float:
        return self.true / self.leaks if self.leaks else 0.0

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    def middle(self, name: str) -> float:
        """Return the median of a figure over those that have it."""
        values = [value for each in self.outcomes if (value := getattr(each, name)) == value and each.found]
        return median(values) if values else nan

    def quantile(self, name: str, part: float) -> float:
        """Return a quantile of a figure over those that have it."""
        values = sorted(
            value for each in self.outcomes if (value := getattr(each, name)) == value and each.found
        )
        return values[min(len(values) - 1, int(len(values) * part))] if values else nan

    def mean_microseconds(self) -> float:
        return sum(each.microseconds for each in self.outcomes) / max(1, len(self.outcomes))

    def covered(self) -> float:
        """Return how often the interval of the end held the truth."""
        told = [each.end_within for each in self.outcomes if each.end_within is not None]
        return sum(told) / len(told) if told else nan
