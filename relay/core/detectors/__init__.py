"""Detectors: one module a kind, each a pure fold ``(state, sample) -> (state, verdict)``.

To add one: write a module with a frozen settings class that has ``start()`` and ``step(state, sample)``, and name it in
``relay.core.rules.DETECTORS``. A state is derived from samples: it is never stored, and replaying the samples gives it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from relay.core.model import Sample, Severity


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a detector says of a series now: how bad, since when, against which threshold, and why."""

    severity: Severity
    since: datetime
    threshold: float | None
    reason: str


class Detector(Protocol):
    """A kind of judgement. States are the detector's own; a caller only hands them back."""

    @property
    def memory(self) -> timedelta:
        """How far back samples must be replayed to rebuild a state."""
        ...

    def start(self, severity: Severity) -> Any:
        """Return the state of a series whose incident now has ``severity`` and of which no sample is known."""
        ...

    def step(self, state: Any, sample: Sample) -> tuple[Any, Verdict]:
        """Take one more sample, newer than the last."""
        ...
