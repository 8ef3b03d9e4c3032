"""Warning and critical thresholds with a wait before each and a lower level to leave them by (hysteresis)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from relay.core.detectors import NOTHING, Beside, Level, Verdict
from relay.core.detectors.flapping import WITHIN, Bouts
from relay.core.model import Sample, Severity


@dataclass(frozen=True, slots=True)
class State:
    """The present level, since when, and for each level how it has been of late.

    ``reached`` is since when and how often in a row the value was beyond it, ``calm`` since when it is back within it,
    ``bouts`` its times of trouble of late.
    """

    severity: Severity
    since: datetime | None = None
    reached: tuple[tuple[datetime, int] | None, ...] = ()
    calm: tuple[datetime | None, ...] = ()
    last_at: datetime | None = None
    bouts: tuple[Bouts, ...] = ()


@dataclass(frozen=True, slots=True)
class Threshold:
    """The settings of one threshold rule.

    ``levels`` are ordered from mild to severe. A level counts once it was reached in ``times`` samples in a row that
    span at least ``hold``; it is left, for the next milder one that is not, when the value was within ``leave`` for
    ``release``; where it flaps for longer, up to ``damping`` (zero: never). ``gap`` is the longest pause between samples
    that still counts as "in a row": what happened in a longer one is unknown.
    """

    levels: tuple[Level, ...]
    hold: timedelta = timedelta(0)
    times: int = 1
    release: timedelta = timedelta(0)
    gap: timedelta = timedelta(minutes=5)
    below: bool = False
    damping: timedelta = timedelta(0)

    @property
    def memory(self) -> timedelta:
        """The waits, a gap before them, and room for ``times`` samples however far apart they may be."""
        waits = max(self.hold, self.times * self.gap) + self.release + 2 * self.gap
        return waits + WITHIN + self.damping if self.damping else waits

    @property
    def beside(self) -> tuple[str, ...]:
        """It needs its own series only."""
        return ()

    def start(self, severity: Severity) -> State:
        """Begin at the severity that the open incident has."""
        nothing = (None,) * len(self.levels)
        return State(severity, reached=nothing, calm=nothing, bouts=(Bouts(),) * len(self.levels))

    def step(self, state: State, sample: Sample, _beside: Beside = NOTHING) -> tuple[State, Verdict]:
        """Judge one more sample."""
        state = self._counted(self._after_gap(state, sample.at), sample)
        severity, reason = self._judged(state, sample)
        if severity is not state.severity or state.since is None:
            state = replace(state, severity=severity, since=self._began(state, severity, sample.at))
        state = State(state.severity, state.since, state.reached, state.calm, sample.at, state.bouts)
        title = "rule.below" if self.below else "rule.above"
        since, flaps = state.since or sample.at, self._flaps(state, sample.at)
        return state, Verdict(severity, since, self._enter(severity), reason, title, flaps=flaps)

    def _after_gap(self, state: State, at: datetime) -> State:
        if state.last_at is None or at - state.last_at <= self.gap:
            return state
        return replace(state, reached=(None,) * len(self.levels), calm=(None,) * len(self.levels))

    def _counted(self, state: State, sample: Sample) -> State:
        reached = tuple(
            ((run[0], run[1] + 1) if run else (sample.at, 1))
            if self._beyond(sample.value, level.enter)
            else None
            for level, run in zip(self.levels, state.reached, strict=True)
        )
        calm = tuple(
            (since or sample.at) if self._within(sample.value, level.leave) else None
            for level, since in zip(self.levels, state.calm, strict=True)
        )
        # Not by replace, which takes half of a step: a month of samples is judged so.
        counted = State(state.severity, state.since, reached, calm, state.last_at, state.bouts)
        return self._remembered(counted, sample.at) if self.damping else counted

    def _remembered(self, state: State, at: datetime) -> State:
        """Count bouts: a calm that would be an end, if nothing flapped, keeps them apart."""
        bouts = tuple(
            known.troubled(at)
            if self._holds(run, at)
            else known.calmed()
            if calm is not None and at - calm >= self.release
            else known
            for known, run, calm in zip(state.bouts, state.reached, state.calm, strict=True)
        )
        return State(state.severity, state.since, state.reached, state.calm, state.last_at, bouts)

    def _holds(self, run: tuple[datetime, int] | None, at: datetime) -> bool:
        return run is not None and run[1] >= self.times and at - run[0] >= self.hold

    def _flaps(self, state: State, at: datetime) -> int:
        """Return how often the worst level that flaps was reached of late, 0 where none does."""
        return next((known.number(at) for known in reversed(state.bouts) if known.flap(at)), 0)

    def _judged(self, state: State, sample: Sample) -> tuple[Severity, str]:
        """Return the worst level that is held or still not left."""
        levels = list(zip(self.levels, state.reached, state.calm, state.bouts, strict=True))
        for level, run, calm, bouts in reversed(levels):
            if self._holds(run, sample.at):
                return level.severity, "beyond the threshold"
            if state.severity >= level.severity:
                if calm is None:
                    return level.severity, "within the slack" if run is None else "still beyond the threshold"
                if sample.at - calm < self.release:
                    return level.severity, "waiting to ease"
                if sample.at - calm < bouts.wait(sample.at, self.release, self.damping):
                    return level.severity, "flapping"
        return Severity.OK, "waiting" if any(state.reached) else "within the thresholds"

    def _began(self, state: State, severity: Severity, at: datetime) -> datetime:
        """Since when: a level counts from the first sample of its run."""
        for level, run in zip(self.levels, state.reached, strict=True):
            if level.severity is severity and run:
                return run[0]
        return at

    def _enter(self, severity: Severity) -> float | None:
        return next((level.enter for level in self.levels if level.severity is severity), None)

    def _beyond(self, value: float, enter: float) -> bool:
        return value < enter if self.below else value > enter

    def _within(self, value: float, leave: float) -> bool:
        return value >= leave if self.below else value <= leave
