"""Detectors: one module a kind, each a pure fold ``(state, sample) -> (state, verdict)``.

To add one: write a module with a frozen settings class that is a ``Detector``, and let ``relay.config.kinds`` make it of a row.
A state is derived from samples: it is never stored, and replaying the samples gives it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Protocol, runtime_checkable

from relay.core.model import Labels, Sample, Severity
from relay.core.text import Text

# What else was measured at the moment of a sample, on the same target: by metric, then by labels.
Beside = Mapping[str, Mapping[Labels, float]]
NOTHING: Beside = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Level:
    """One threshold: entered beyond ``enter``, left once back at ``leave``."""

    severity: Severity
    enter: float
    leave: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a detector says of a series now: how bad, since when, against which threshold, and why.

    ``title`` is a key of the catalogue that takes ``metric`` and ``target``; ``summary`` stands in for "value against
    threshold". ``is_news``: what stands has changed enough to be kept, though its severity is the same. ``flaps``: how often it
    came and went of late, 0 where that is nothing special.
    """

    severity: Severity
    since: datetime
    threshold: float | None
    reason: str
    title: str = "rule.above"
    summary: Text | None = None
    facts: Labels = ()
    is_news: bool = False
    flaps: int = 0


class Detector(Protocol):
    """A kind of judgement. States are the detector's own; a caller only hands them back.

    A state has ``last_at``, the time of the newest sample that it has seen, None before the first. A state may be changed in
    place; a sample that is not newer than ``last_at`` then changes nothing and gives the last verdict again.
    """

    @property
    def memory(self) -> timedelta:
        """How far back samples must be replayed to rebuild a state."""
        ...

    @property
    def gap(self) -> timedelta:
        """The longest pause between samples that does not break a curve."""
        ...

    @property
    def levels(self) -> tuple[Level, ...]:
        """The thresholds that are drawn, from mild to severe."""
        ...

    @property
    def beside(self) -> tuple[str, ...]:
        """The other metrics of the same target that it wants with each sample."""
        ...

    def start(self, severity: Severity) -> Any:
        """Return the state of a series whose incident now has ``severity`` and of which no sample is known."""
        ...

    def step(self, state: Any, sample: Sample, beside: Beside = NOTHING) -> tuple[Any, Verdict]:
        """Take one more sample, newer than the last."""
        ...


@runtime_checkable
class Detailed(Protocol):
    """A detector that has figures to show behind its verdict, asked for only by who looks back."""

    def detail(self, state: Any) -> Text:
        """Return them as they stand after the newest sample."""
        ...
