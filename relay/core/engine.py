"""The engine: what a sample, or its absence, means under a rule, as a verdict and perhaps an event.

The rule: nothing is read and nothing is kept here. Polling, replay, rule tests and explanations all run these functions, so
that they can't judge differently.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from relay.core import rules
from relay.core.detectors import NOTHING, Beside, Verdict
from relay.core.detectors.absent import Silent
from relay.core.model import Event, Labels, Sample, Series, Severity
from relay.core.provenance import settings
from relay.core.rules import Rule
from relay.core.targets import Target

# One sample of the judged series, with what was measured beside it at the same moment.
Step = tuple[Sample, Beside]


@dataclass(frozen=True, slots=True)
class Judged:
    """What one sample came to: the detector's state after it, the verdict, and the event where it is news."""

    state: Any
    verdict: Verdict
    event: Event | None


def rebuild(rule: Rule, present: Severity, steps: Iterable[Step]) -> Any:
    """Return the state that ``steps``, oldest first, lead to; ``present`` is the severity of the open incident."""
    return fold(rule, rule.detector.start(present), steps)


def fold(rule: Rule, state: Any, steps: Iterable[Step]) -> Any:
    """Return the state after ``steps``, oldest first."""
    for sample, beside in steps:
        state, _ = rule.detector.step(state, sample, beside)
    return state


def judge(
    rule: Rule,
    series: Series,
    state: Any,
    sample: Sample,
    present: Severity,
    beside: Beside = NOTHING,
    at: datetime | None = None,
) -> Judged:
    """Judge one more sample, read at ``at`` (None: when it was taken).

    It is news where its severity is not that of the open incident, or the detector says so.
    """
    state, verdict = rule.detector.step(state, sample, beside)
    if verdict.severity is Severity.INFO and present > Severity.INFO:
        # Information changes no incident, so it could not end this one.
        verdict = replace(verdict, severity=Severity.OK)
    if not _is_news(verdict, present):
        return Judged(state, verdict, None)
    return Judged(state, verdict, rule.event(series, sample, verdict, at or sample.at))


def _is_news(verdict: Verdict, present: Severity) -> bool:
    if verdict.severity is Severity.INFO:
        return verdict.is_news
    return verdict.severity is not present or (verdict.is_news and present > Severity.OK)


def judge_silence(
    target: Target, silent: Silent, severity: Severity, at: datetime, present: Severity
) -> Event | None:
    """Return the news of a read that brought data or none; None where there is none.

    Only data ends a silence: a miss that does not count yet says nothing.
    """
    if severity is present or (severity is Severity.OK and silent.reason is not None):
        return None
    named = (("rule", rules.NO_DATA), ("kind", "absent"), *settings(target.absent))
    event = rules.silent(target.name, silent, severity, at)
    return replace(event, rule=(*named, *(target.origin.pairs() if target.origin else ())))


def labelled(event: Event, known: Labels) -> Event:
    """Give an event its target's labels, which routes and silences match; the event's own come first."""
    return replace(event, labels=tuple(sorted({**dict(known), **dict(event.labels)}.items())))
