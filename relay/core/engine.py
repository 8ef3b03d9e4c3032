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
from relay.core.detectors import Verdict
from relay.core.detectors.absent import Silent
from relay.core.model import Event, Labels, Sample, Series, Severity
from relay.core.rules import Rule


@dataclass(frozen=True, slots=True)
class Judged:
    """What one sample came to: the detector's state after it, the verdict, and the event where it is news."""

    state: Any
    verdict: Verdict
    event: Event | None


def rebuild(rule: Rule, present: Severity, samples: Iterable[Sample]) -> Any:
    """Return the state that ``samples``, oldest first, lead to; ``present`` is the severity of the open incident."""
    state: Any = rule.detector.start(present)
    for sample in samples:
        state, _ = rule.detector.step(state, sample)
    return state


def judge(rule: Rule, series: Series, state: Any, sample: Sample, present: Severity) -> Judged:
    """Judge one more sample; it is news where its severity is not that of the open incident."""
    state, verdict = rule.detector.step(state, sample)
    if verdict.severity is present:
        return Judged(state, verdict, None)
    return Judged(state, verdict, rule.event(series, sample, verdict, sample.at))


def judge_silence(
    target: str, silent: Silent, severity: Severity, at: datetime, present: Severity
) -> Event | None:
    """Return the news of a read that brought data or none; None where there is none.

    Only data ends a silence: a miss that does not count yet says nothing.
    """
    if severity is present or (severity is Severity.OK and silent.reason is not None):
        return None
    return rules.silent(target, silent, severity, at)


def labelled(event: Event, known: Labels) -> Event:
    """Give an event its target's labels, which routes and silences match; the event's own come first."""
    return replace(event, labels=tuple(sorted({**dict(known), **dict(event.labels)}.items())))
