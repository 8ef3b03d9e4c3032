"""Requests, counted cheaply: one lock and a few additions a request; the series are made when scraped."""

import threading
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

# Upper bounds in seconds; 1 and 5 are the document's alert thresholds, so a quantile can be held against them.
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

_HELP = {
    "gameshelf_http_requests": "Requests answered.",
    "gameshelf_http_request_duration_seconds": "Time from the request's arrival in a thread to its answer.",
    "gameshelf_http_request_bytes": "Bytes of request bodies received.",
    "gameshelf_http_response_bytes": "Bytes of response bodies sent.",
}


@dataclass(slots=True)
class _Tally:
    """What one method and route has seen."""

    statuses: dict[int, int] = field(default_factory=dict)
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    seconds: float = 0.0


class RequestMeter(Collector):
    """Counts requests; ``method`` and ``route`` must come from small closed sets."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tallies: dict[tuple[str, str], _Tally] = {}
        self._bytes_in = 0
        self._bytes_out = 0

    def observe(
        self, method: str, route: str, status: int, seconds: float, bytes_in: int, bytes_out: int
    ) -> None:
        """Count one answered request."""
        with self._lock:
            tally = self._tallies.get((method, route))
            if tally is None:
                tally = self._tallies[method, route] = _Tally()
            tally.statuses[status] = tally.statuses.get(status, 0) + 1
            tally.buckets[bisect_left(BOUNDS, seconds)] += 1
            tally.seconds += seconds
            self._bytes_in += bytes_in
            self._bytes_out += bytes_out

    def collect(self) -> Iterator[Metric]:
        """Return the series as they stand."""
        names = iter(_HELP.items())
        requests = CounterMetricFamily(*next(names), labels=("method", "route", "status"))
        durations = HistogramMetricFamily(*next(names), labels=("method", "route"))
        with self._lock:
            for (method, route), tally in self._tallies.items():
                for status, count in tally.statuses.items():
                    requests.add_metric((method, route, str(status)), count)
                durations.add_metric((method, route), _cumulative(tally.buckets), tally.seconds)
            totals = self._bytes_in, self._bytes_out
        yield requests
        yield durations
        for total, (name, text) in zip(totals, names, strict=True):
            yield CounterMetricFamily(name, text, value=total)


def _cumulative(buckets: list[int]) -> list[tuple[str, float]]:
    total, pairs = 0, []
    for bound, count in zip((*map(str, BOUNDS), "+Inf"), buckets, strict=True):
        total += count
        pairs.append((bound, float(total)))
    return pairs
