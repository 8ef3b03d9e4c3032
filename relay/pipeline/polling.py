"""A tick of one target: its readings become metrics, samples, verdicts, and the verdicts events."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import isfinite
from typing import Any

from relay.core import besides, engine, rules
from relay.core.detectors import NOTHING, Beside
from relay.core.detectors.absent import Silent
from relay.core.measures import Gauge, Metric, Share
from relay.core.model import Event, Labels, NoData, Readings, Sample, Series, Severity
from relay.core.rules import Rule
from relay.core.targets import Target
from relay.core.text import Text, text
from relay.pipeline import found, history, network, sharing
from relay.pipeline.setup import Setup
from relay.pipeline.taking import Taken, take_all
from relay.store.targets import Lease
from relay.store.transactions import Transaction

# The states of detectors, by rule and series: derived from samples, and rebuilt from them where they are missing.
States = Mapping[tuple[str, Series], Any]
# The rules that judge a series, each with the name of the trouble that it would find.
Judging = Mapping[Series, Sequence[tuple[Rule, str]]]


@dataclass(frozen=True, slots=True)
class Polling:
    """What became of one poll, with the detectors' states after it (to be remembered once it is durable)."""

    taken: Taken
    states: States


def keep_poll(
    tx: Transaction, lease: Lease, target: Target, result: Readings | NoData, setup: Setup, states: States
) -> Polling:
    """Keep what a read brought, judge it, and take what follows; a lost lease keeps nothing."""
    if isinstance(result, NoData) and result.own:
        network.keep_unknown(tx, lease, result)
        return Polling(Taken(()), {})
    last = tx.last_poll(target.name)
    silent, severity = _step(target, last.silent, result)
    if not tx.keep_read(lease, silent, result):
        return Polling(Taken(()), {})
    judging = _judging(target, setup) if isinstance(result, Readings) else {}
    present = tx.severities(
        [rules.silent_fingerprint(target.name), *(name for one in judging.values() for _, name in one)]
    )
    # What a whole account's reads lack is told of the account, and counts for none of its targets.
    shared = isinstance(result, NoData) and bool(result.shared)
    events = [] if shared else _heard(target, silent, severity, present, result.at)
    if not shared and (silent.misses or last.silent.misses or events):
        tx.keep_miss(target.name, result.at, silent)
    after: dict[tuple[str, Series], Any] = {}
    if isinstance(result, Readings):
        before = last.readings
        for rule, name, series, sample, beside in _kept(tx, target, before, result, judging):
            known, severe = states.get((rule.name, series)), present.get(name, Severity.OK)
            state = _caught_up(tx, rule, series, before, sample.at, severe, known)
            judged = engine.judge(rule, series, state, sample, severe, beside, result.at)
            after[rule.name, series] = judged.state
            events += [judged.event] if judged.event is not None else []
    told = [engine.labelled(event, target.labels) for event in events]
    told += sharing.events(tx, silent, severity, result, setup)
    told += network.over(tx, result.at) if last.is_away else []
    taken = take_all(tx, told, setup, result.at) if told else Taken(())
    if isinstance(result, Readings):
        taken += found.take(tx, target, result, setup, is_first=last.readings is None)
    return Polling(taken, after)


def _step(target: Target, before: Silent, result: Readings | NoData) -> tuple[Silent, Severity]:
    """Count a miss, or end the count; what a target shares with others is counted apart from its own."""
    reason = _why_silent(target, result)
    if reason is not None and sharing.is_shared(before.reason) is not sharing.is_shared(reason):
        before = Silent()
    at_once = isinstance(result, NoData) and result.at_once
    absent = replace(target.absent, after=1) if at_once else target.absent
    return absent.step(before, result.at, reason)


def _heard(
    target: Target, silent: Silent, severity: Severity, present: Mapping[str, Severity], at: datetime
) -> list[Event]:
    known = present.get(rules.silent_fingerprint(target.name), Severity.OK)
    event = engine.judge_silence(target, silent, severity, at, known)
    return [] if event is None else [event]


def _judging(target: Target, setup: Setup) -> Judging:
    """Return the rules that judge each metric of a target, each with the name of its trouble."""
    judging = {}
    for metric in target.metrics:
        series = Series(target.name, metric.name)
        judging[series] = [(rule, rule.fingerprint(series)) for rule in setup.rules if rule.judges(series)]
    return judging


def _kept(
    tx: Transaction, target: Target, before: Readings | None, now: Readings, judging: Judging
) -> Iterator[tuple[Rule, str, Series, Sample, Beside]]:
    """Keep the samples of a read, and yield each that is new for each rule that judges it, and the name of its trouble."""
    taken = [
        (series, sample)
        for metric, sample in _samples(target, before, now)
        if tx.add_sample(series := Series(target.name, metric.name), metric.unit, sample)
    ]
    judged = [(*one, series, sample) for series, sample in taken for one in judging[series]]
    wanted = {name for rule, *_ in judged for name in rule.detector.beside}
    # By the samples' own time, which may be before the read: there a replay looks for it.
    moments = {sample.at for rule, _, _, sample in judged if rule.detector.beside}
    beside = {at: _beside(tx, target, before, now, wanted, at) for at in moments}
    for rule, name, series, sample in judged:
        yield rule, name, series, sample, beside.get(sample.at, NOTHING)


def _samples(target: Target, before: Readings | None, now: Readings) -> Iterator[tuple[Metric, Sample]]:
    known = {reading.name for reading in before.values} if before is not None else set()
    for metric in target.metrics:
        # A counter that was not read before did not begin at zero: a reload may just have asked for it.
        value = metric.measure.take(before if metric.measure.names & known else None, now)
        if value is not None and isfinite(value):
            yield metric, Sample(_at(metric, now), value)


def _at(metric: Metric, now: Readings) -> datetime:
    """Return when a value was so: where the source says it of what it read, then; otherwise now."""
    said = [reading.at for reading in now.values if reading.at and reading.name in metric.measure.names]
    return min(max(said), now.at) if said else now.at


def _beside(
    tx: Transaction,
    target: Target,
    before: Readings | None,
    now: Readings,
    wanted: Collection[str],
    at: datetime,
) -> Beside:
    """Keep what rules want beside their own series, so that a replay finds it again, and return it."""
    found: dict[str, dict[Labels, float]] = {}
    deployed_at = None
    if besides.DEPLOYED in wanted and before is not None:
        deployed_at = tx.deployed_at((target.name, target.application or target.name), before.at)
    for series, value in besides.measured(target, before, now, wanted, deployed_at):
        if tx.add_sample(series, "", Sample(at, value)):
            found.setdefault(series.metric, {})[series.labels] = value
    return found


def _caught_up(
    tx: Transaction,
    rule: Rule,
    series: Series,
    before: Readings | None,
    at: datetime,
    present: Severity,
    state: Any,
) -> Any:
    """Return a state that has seen all stored samples before ``at``.

    After a start it has seen none; when another instance polled meanwhile, it lacks some.
    """
    if state is None:
        since = at - rule.detector.memory
        return engine.rebuild(rule, present, history.steps(tx, rule, series, since, at))
    if state.last_at is not None and before is not None and state.last_at >= before.at:
        return state
    since = at - rule.detector.memory if state.last_at is None else state.last_at + history.MOMENT
    return engine.fold(rule, state, history.steps(tx, rule, series, since, at))


def _why_silent(target: Target, result: Readings | NoData) -> Text | None:
    """Return why a read counts as a miss, or None for a good one.

    A gauge that is not there is missing. A counter or histogram that is not there may only have counted nothing yet.
    """
    if isinstance(result, NoData):
        return sharing.reason(result)
    present = result.excused.union(reading.name for reading in result.values)
    missing = sorted(
        name
        for metric in target.metrics
        if isinstance(metric.measure, Gauge | Share)
        for name in metric.measure.names - present
    )
    if missing:
        return text("nodata.missing", names=", ".join(missing)[:300])
    return (
        None
        if present or not target.metrics
        else text("nodata.missing", names=", ".join(sorted(target.names)))
    )
