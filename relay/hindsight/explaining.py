"""Why something was found, or was not, on one series in one minute: from the value to what was told.

The rule: nothing is guessed. The verdict is judged again by the engine; the incident and its deliveries are those that are stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from relay.core import engine, rules
from relay.core.delivery import Delivery
from relay.core.detectors import Level, Verdict
from relay.core.detectors.threshold import State, Threshold
from relay.core.incidents import Policy
from relay.core.matching import incident_labels
from relay.core.model import Incident, Labels, Sample, Series
from relay.core.reruns import as_of
from relay.core.routing import Answer, Route, Silence
from relay.core.rules import Rule
from relay.core.text import Text
from relay.hindsight.gaps import Why
from relay.hindsight.troubles import begun
from relay.pipeline import history
from relay.store.hindsight import Kept
from relay.store.reader import Reader
from relay.store.transactions import ReadTransaction

MINUTE = timedelta(minutes=1)
# A value older than this is none of that minute, whatever the target's pace.
LONGEST_PAUSE = timedelta(minutes=5)
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
class Road:
    """What became of an incident: how each route answers, which silence covered it, and its deliveries as they stand."""

    incident: Incident
    rule: Labels
    silences: tuple[Silence, ...]
    answers: tuple[tuple[Route, Answer, datetime | None], ...]
    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """One rule on the series: its verdict and how it came to it, and the incident of that time."""

    rule: Rule
    verdict: Verdict
    levels: tuple[LevelState, ...]
    road: Road | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that is known of one series at one time. ``why`` says why there is no ``sample``, ``reason`` what the source said.

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


@dataclass(frozen=True, slots=True)
class Known:
    """What the configuration says now: rules, routes, silences, and when trouble is the same trouble."""

    rules: Sequence[Rule]
    routes: Sequence[Route]
    silences: Sequence[Silence]
    policy: Policy


def explain(reader: Reader, kept: Kept, known: Known, at: datetime) -> Explanation:
    """Explain a series in the minute that begins at ``at``; its newest sample by the end of that minute counts."""
    end = at + MINUTE
    with reader.read() as tx:
        newest = tx.samples(kept.series, at - LONGEST_PAUSE, end, 1)
        silence = _road(tx, rules.silent_fingerprint(kept.series.target), known, end)
        if not newest:
            why, reason = _why(tx, kept, at - LONGEST_PAUSE, end)
            return Explanation(kept.series, kept.unit, at, None, why, reason, silence=silence)
    judging = [rule for rule in known.rules if rule.judges(kept.series)]
    judgements = tuple(_judged(reader, rule, kept, known, newest[0], end) for rule in judging)
    return Explanation(kept.series, kept.unit, at, newest[0], judgements=judgements, silence=silence)


def _judged(reader: Reader, rule: Rule, kept: Kept, known: Known, sample: Sample, end: datetime) -> Judgement:
    since = _begin(reader, rule, kept, sample)
    rerun = begun(reader, known.policy, rule.fingerprint(kept.series), since)
    state = rule.detector.start(rerun.present)
    verdict: Verdict | None = None
    more: datetime | None = since
    while more is not None:
        with reader.read() as tx:
            piece, more = history.some(tx, rule, kept.series, more, sample.at + history.MOMENT)
        for one, beside in piece:
            judged = engine.judge(rule, kept.series, state, one, rerun.present, beside)
            state, verdict = judged.state, judged.verdict
            if judged.event is not None:
                rerun.take(judged.event)
    with reader.read() as tx:
        road = _road(tx, rule.fingerprint(kept.series), known, end)
    found = verdict or Verdict(rerun.present, sample.at, None, "")
    return Judgement(rule, found, _levels(rule, state, sample), road)


def _begin(reader: Reader, rule: Rule, kept: Kept, sample: Sample) -> datetime:
    """Return from when on to judge: as far back as the waits reach, and to where the open incident began."""
    with reader.read() as tx:
        last = tx.last_of(rule.fingerprint(kept.series), sample.at + history.MOMENT)
    began = sample.at if last is None or (last.resolved_at or sample.at) < sample.at else last.opened_at
    return max(min(began, sample.at), sample.at - FURTHEST) - rule.detector.memory


def _levels(rule: Rule, state: object, sample: Sample) -> tuple[LevelState, ...]:
    detector = rule.detector
    if not isinstance(detector, Threshold) or not isinstance(state, State):
        return ()
    return tuple(
        LevelState(
            level=level,
            is_beyond=sample.value < level.enter if detector.below else sample.value > level.enter,
            since=run[0] if run else None,
            times=run[1] if run else 0,
            calm_since=calm,
        )
        for level, run, calm in zip(detector.levels, state.reached, state.calm, strict=True)
    )


def _road(tx: ReadTransaction, fingerprint: str, known: Known, end: datetime) -> Road | None:
    """Return what became of the trouble's incident, if it was open in the minute before ``end``."""
    last = tx.last_of(fingerprint, end)
    then = None if last is None else as_of(last, tx.every_moment(last.id), end)
    if then is None or (then.resolved_at is not None and then.resolved_at < end - MINUTE):
        return None
    recorded = tx.recorded(then.id)
    labels = incident_labels(then)
    return Road(
        incident=then,
        rule=() if recorded is None else recorded.event.rule,
        silences=tuple(one for one in known.silences if one.covers(then, end - MINUTE)),
        answers=tuple(
            (route, route.answer(then, labels), route.quiet.until(end - MINUTE) if route.quiet else None)
            for route in known.routes
        ),
        deliveries=tuple(tx.deliveries(then.id, max(1, then.sequence - 20), then.sequence)),
    )


def _why(tx: ReadTransaction, kept: Kept, since: datetime, end: datetime) -> tuple[Why, Text | None]:
    if end <= kept.first_at:
        return Why.NOT_KEPT, None
    missed = [miss for miss in tx.misses(kept.series.target, since, end, 1_000) if miss.number]
    return (Why.NO_DATA, missed[-1].reason) if missed else (Why.NOT_READ, None)
