"""Targets: what is polled, how often, and which metrics are taken from what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from relay.core.detectors.absent import Absent
from relay.core.measures import Metric
from relay.core.model import Labels
from relay.core.provenance import Origin


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that is polled.

    ``memory_limit`` is in bytes; ``request_counter`` names the reading that counts requests, ``route_label`` its label that
    names a route, whose counts are kept ``routes_every`` so often; ``application`` is what deployments call it. All serve
    leak detection. ``lag`` is how old a value rightly is when it can be read. ``names`` are the readings that its metrics
    need; a source may leave out all others.
    """

    name: str
    source: str
    every: timedelta
    metrics: tuple[Metric, ...]
    absent: Absent = field(default_factory=Absent)
    deadline: timedelta = timedelta(seconds=10)
    labels: Labels = ()
    memory_limit: float | None = None
    request_counter: str | None = None
    route_label: str = "route"
    routes_every: timedelta = timedelta(minutes=1)
    application: str | None = None
    origin: Origin | None = field(default=None, compare=False)
    lag: timedelta = timedelta(0)
    names: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        counter = {self.request_counter} if self.request_counter else set()
        names = frozenset(counter.union(*(metric.measure.names for metric in self.metrics)))
        # Asked for in every read.
        object.__setattr__(self, "names", names)
