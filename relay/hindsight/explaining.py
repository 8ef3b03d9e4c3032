"""Why something was found, or was not, on one series in one minute: from the value to what was told.

The rule: nothing is guessed. The verdict is judged again by the engine; the incident and its deliveries are those that are stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from relay.core import engine, rules
from relay.core.detectors import Detailed, Level, Verdict
from relay.core.detectors.threshold import State, Threshold
from relay.core.model import Sample, Series, Severity
from relay.core.rules import Rule
from relay.core.text import Text
from relay.hindsight.gaps import Why
from relay.hindsight.roads import Known, Prospect, Road, prospect, road
from relay.hindsight.troubles import begun
from relay.pipeline import history
from relay.store.hindsight import Kept
from relay.store.reader import Reader
from relay.store.transactions import ReadTransaction

MINUTE = timedelta(minutes=1)
# A value older than this is none of that minute, whatever the target's pace.
LONGEST_PAUSE = timedelta(minutes=5)
UNMEASURED = "nothing was measured yet"
# An incident that began longer ago is explained from here on.
FURTHEST = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class LevelState:
    """How one threshold stood: whether the value was beyond it, since when and how often in a row, since when back."""

    level: Level
    is_beyond: bool
    since: datetime | None
    times: int
    calm_since: datetime | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """One rule on the series: its verdict and how it came to it, and the incident of that time.

    Where there was no incident, ``prospect`` says what would have become of one. ``detail`` are the figures behind the
    verdict, of kinds that have more to say than their levels.
    """

    rule: Rule
    verdict: Verdict
    levels: tuple[LevelState, ...] = ()
    road: Road | None = None
    prospect: Prospect | None = None
    detail: Text | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that is known of one series at one time. ``why`` says why there is no ``sample``, ``reason`` what the source said.

    Without a sample, judgements stand as the ``last`` one left them; without that too, they say that nothing was measured.
    ``silence`` is the no-data incident of that time.
    """

    series: Series
    unit: str
    at: datetime
    sample: Sample | None
    why: Why | None = None
    reason: Text | None = None
    judgements: tuple[Judgement, ...] = ()
    silence: Road | None = None
    last: Sample | None = None


def explain(reader: Reader, kept: Kept, known: Known, at: datetime) -> Explanation:
    """Explain a series in the minute that begins at ``at``; its newest sample by the end of that minute counts."""
    end = at + MINUTE
    with reader.read() as tx:
        newest = tx.samples(kept.series, at - LONGEST_PAUSE, end, 1)
        last = newest or tx.samples(kept.series, kept.first_at, end, 1)
        silence = road(tx, rules.silent_fingerprint(kept.series.target), known, end)
        why, reason = (None, None) if newest else _why(tx, kept, at - LONGEST_PAUSE, end)
    judging = [rule for rule in known.rules if rule.judges(kept.series)]
    judgements = tuple(_judged(reader, rule, kept, known, last[0] if last else None, end) for rule in judging)
    sample = newest[0] if newest else None
    before = last[0] if last and not newest else None
    return Explanation(kept.series, kept.unit, at, sample, why, reason, judgements, silence, before)


def _judged(
    reader: Reader, rule: Rule, kept: Kept, known: Known, sample: Sample | None, end: datetime
) -> Judgement:
    with reader.read() as tx:
        way = road(tx, rule.fingerprint(kept.series), known, end)
    ahead = prospect(rule, kept.series, known, end - MINUTE) if way is None else None
    if sample is None:
        present = way.incident.severity if way is not None else Severity.OK
        return Judgement(rule, Verdict(present, end, None, UNMEASURED), road=way, prospect=ahead)
    state, verdict, began = _judged_again(reader, rule, kept, known, sample)
    detail = rule.detector.detail(state) if isinstance(rule.detector, Detailed) else None
    return Judgement(rule, verdict, _levels(rule, state, sample, began), way, ahead, detail)


def _judged_again(
    reader: Reader, rule: Rule, kept: Kept, known: Known, sample: Sample
) -> tuple[object, Verdict, datetime | None]:
    """Return the detector's state after ``sample``, its verdict, and the time of the first sample that was judged."""
    since = _begin(reader, rule, kept, sample)
    rerun = begun(reader, known.policy, rule.fingerprint(kept.series), since)
    state = rule.detector.start(rerun.present)
    verdict: Verdict | None = None
    first: datetime | None = None
    more: datetime | None = since
    while more is not None:
        with reader.read() as tx:
            piece, more = history.some(tx, rule, kept.series, more, sample.at + history.MOMENT)
        for one, beside in piece:
            first = first or one.at
            judged = engine.judge(rule, kept.series, state, one, rerun.present, beside)
            state, verdict = judged.state, judged.verdict
            if judged.event is not None:
                rerun.take(judged.event)
    return state, verdict or Verdict(rerun.present, sample.at, None, ""), first


def _begin(reader: Reader, rule: Rule, kept: Kept, sample: Sample) -> datetime:
    """Return from when on to judge: as far back as the waits reach, and to where the open incident began."""
    with reader.read() as tx:
        last = tx.last_of(rule.fingerprint(kept.series), sample.at + history.MOMENT)
    began = sample.at if last is None or (last.resolved_at or sample.at) < sample.at else last.opened_at
    return max(min(began, sample.at), sample.at - FURTHEST) - rule.detector.memory


def _levels(rule: Rule, state: object, sample: Sample, began: datetime | None) -> tuple[LevelState, ...]:
    detector = rule.detector
    if not isinstance(detector, Threshold) or not isinstance(state, State):
        return ()
    return tuple(
        LevelState(
            level=level,
            is_beyond=sample.value < level.enter if detector.below else sample.value > level.enter,
            since=run[0] if run else None,
            times=run[1] if run else 0,
            # Calm since the first sample that was judged: it never was beyond, as far as was looked.
            calm_since=None if calm == began else calm,
        )
        for level, run, calm in zip(detector.levels, state.reached, state.calm, strict=True)
    )


def _why(tx: ReadTransaction, kept: Kept, since: datetime, end: datetime) -> tuple[Why, Text | None]:
    if end <= kept.first_at:
        return Why.NOT_KEPT, None
    missed = [miss for miss in tx.misses(kept.series.target, since, end, 1_000) if miss.number]
    return (Why.NO_DATA, missed[-1].reason) if missed else (Why.NOT_READ, None)
