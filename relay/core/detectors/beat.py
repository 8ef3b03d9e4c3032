"""A sign of life: every sample is news, so that each goes the whole road from its reading to its delivery."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from relay.core.detectors import NOTHING, Beside, Level, Verdict
from relay.core.model import Sample, Severity
from relay.core.text import text


@dataclass(frozen=True, slots=True)
class State:
    """The newest sample that it has seen."""

    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Beat:
    """It has no settings: there is nothing to compare."""

    memory: timedelta = timedelta(0)
    gap: timedelta = timedelta(days=1)
    levels: tuple[Level, ...] = ()
    beside: tuple[str, ...] = ()

    def start(self, severity: Severity) -> State:
        """Begin anew."""
        del severity
        return State()

    def step(self, state: State, sample: Sample, _beside: Beside = NOTHING) -> tuple[State, Verdict]:
        """Take one more beat."""
        verdict = Verdict(
            Severity.INFO,
            sample.at,
            None,
            "a beat",
            "canary.title",
            summary=text("canary.beat"),
            is_news=state.last_at is None or sample.at > state.last_at,
        )
        return State(sample.at), verdict
