"""What the relay counts of its polls. Plain numbers for each target: the library's own take 4 KB and five locks for one."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

BOUNDS = (0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0)
_WORDS = (*map(floatToGoString, BOUNDS), "+Inf")


@dataclass(slots=True)
class _Polls:
    outcomes: Counter[str] = field(default_factory=Counter)
    within: list[int] = field(default_factory=lambda: [0] * len(_WORDS))
    seconds: float = 0.0


class PollMeter(Collector):
    """Counts reads of targets by outcome, and how long they took; used by one thread."""

    def __init__(self) -> None:
        self._targets: dict[str, _Polls] = {}

    def count(self, target: str, outcome: str, seconds: float) -> None:
        """Count one read."""
        polls = self._targets.get(target)
        if polls is None:
            polls = self._targets[target] = _Polls()
        polls.outcomes[outcome] += 1
        polls.within[bisect_left(BOUNDS, seconds)] += 1
        polls.seconds += seconds

    def collect(self) -> Iterator[Metric]:
        """Yield both families."""
        reads = CounterMetricFamily("relay_polls", "Reads of targets", labels=["target", "outcome"])
        took = HistogramMetricFamily(
            "relay_poll_seconds", "How long a read of a target took", labels=["target"]
        )
        for target, polls in self._targets.items():
            for outcome, number in polls.outcomes.items():
                reads.add_metric([target, outcome], number)
            counts = accumulate(polls.within)
            took.add_metric([target], [*zip(_WORDS, counts, strict=True)], polls.seconds)
        yield reads
        yield took
