"""One trouble run again: one rule on one series, or the silence of one target, from stored samples and misses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from relay.core import engine, rules
from relay.core.detectors.absent import Silent
from relay.core.engine import Step
from relay.core.incidents import Policy
from relay.core.model import Severity
from relay.core.reruns import Rerun, as_of
from relay.core.rules import Rule
from relay.core.targets import Target
from relay.hindsight.gaps import Coverage, Seen
from relay.pipeline import history
from relay.store.hindsight import Kept, Miss
from relay.store.reader import Reader

# A run of misses that began longer before the span has opened its incident already.
BEFORE = timedelta(days=1)
AT_ONCE = 1_000

# Whether the time is up; asked between pieces.
Patience = Callable[[], bool]


class TimeIsUp(Exception):
    """The replay was given no more time."""


@dataclass(frozen=True, slots=True)
class Judging:
    """A rule on a series of which samples are kept."""

    rule: Rule
    kept: Kept

    @property
    def fingerprint(self) -> str:
        """The trouble."""
        return self.rule.fingerprint(self.kept.series)

    def begins_at(self, since: datetime) -> datetime:
        """Return from when on it can be judged."""
        return max(since, self.kept.first_at)

    def run(
        self, reader: Reader, policy: Policy, since: datetime, until: datetime, is_up: Patience
    ) -> tuple[Rerun, Coverage]:
        """Judge every sample of the span, beginning with what was open before it."""
        begins_at = self.begins_at(since)
        rerun = begun(reader, policy, self.fingerprint, begins_at)
        series, detector = self.kept.series, self.rule.detector
        warm = self._steps(reader, begins_at - detector.memory, begins_at, is_up)
        state = engine.rebuild(self.rule, rerun.present, warm)
        seen = Seen(series, since, until, detector.gap)
        for sample, beside in self._steps(reader, begins_at, until, is_up):
            seen.take(sample.at)
            judged = engine.judge(self.rule, series, state, sample, rerun.present, beside)
            state = judged.state
            if judged.event is not None:
                rerun.take(judged.event)
        with reader.read() as tx:
            return rerun, seen.finished(tx, self.kept.first_at)

    def _steps(self, reader: Reader, since: datetime, until: datetime, is_up: Patience) -> Iterator[Step]:
        # A transaction a piece: a long read would keep the store from tidying up.
        begins_at: datetime | None = since
        while begins_at is not None:
            if is_up():
                raise TimeIsUp
            with reader.read() as tx:
                piece, begins_at = history.some(tx, self.rule, self.kept.series, begins_at, until)
            yield from piece


@dataclass(frozen=True, slots=True)
class Listening:
    """The silence of a target."""

    target: Target

    @property
    def fingerprint(self) -> str:
        """The trouble."""
        return rules.silent_fingerprint(self.target.name)

    def run(self, reader: Reader, policy: Policy, since: datetime, until: datetime, is_up: Patience) -> Rerun:
        """Judge every read that brought nothing, and each that ended such a run."""
        rerun = begun(reader, policy, self.fingerprint, since)
        state = Silent()
        for miss in self._misses(reader, since - BEFORE, until, is_up):
            reason = None if miss.number == 0 else miss.reason
            # What a whole account's reads lacked in between is not kept here: the count began anew.
            state = Silent() if miss.number == 1 else state
            state, severity = self.target.absent.step(state, miss.at, reason)
            if miss.at >= since:
                self._judge(rerun, state, severity, miss.at)
        return rerun

    def _judge(self, rerun: Rerun, state: Silent, severity: Severity, at: datetime) -> None:
        event = engine.judge_silence(self.target, state, severity, at, rerun.present)
        if event is not None:
            rerun.take(event)

    def _misses(self, reader: Reader, since: datetime, until: datetime, is_up: Patience) -> Iterator[Miss]:
        while True:
            if is_up():
                raise TimeIsUp
            with reader.read() as tx:
                piece = tx.misses(self.target.name, since, until, AT_ONCE)
            yield from piece
            if len(piece) < AT_ONCE:
                return
            since = piece[-1].at + history.MOMENT


def begun(reader: Reader, policy: Policy, fingerprint: str, at: datetime) -> Rerun:
    """Begin a trouble as it stood just before ``at``."""
    with reader.read() as tx:
        last = tx.last_of(fingerprint, at)
        return Rerun(policy, None if last is None else as_of(last, tx.every_moment(last.id), at))
