"""The six questions of the document, measured: observations in, findings out, and no printing."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gameshelf_api.lab import readings, traffic
from gameshelf_api.lab.client import Client
from gameshelf_api.lab.readings import CPU, SENT, MemorySource, ReadingError
from gameshelf_api.lab.shapes import Step
from gameshelf_api.lab.statistics import Trend, correlation, trend

POINTS = 20
REQUESTS_PER_POINT = 10
WARM_UP = 40
# A trend counts when chance would show it once in a hundred times at most, and when it is worth a person's time.
SURE = 0.01
WORTH_BYTES = 1024
# Below this part of the growth given back, memory does not fall.
FALLS = 0.5
ENDPOINTS = (
    "/popular", "/games", "/games/1", "/customers", "/rentals", "/images", "/cache-stats", "/health",
)  # fmt: skip
HISTORY = "gameshelf_cache_history_entries"


@dataclass(frozen=True, slots=True)
class Observation:
    """The process at one moment of the load."""

    requests: int
    seconds: float
    memory: float
    cpu: float
    sent: float


@dataclass(frozen=True, slots=True)
class Usage:
    """What one endpoint leaves behind, a request."""

    path: str
    bytes_kept: float
    history_entries: float


@dataclass(frozen=True, slots=True)
class Rates:
    """How much of the other resources was used, a second."""

    cpu: float
    sent: float


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything the six answers need; memory in bytes, slopes in bytes a request."""

    start: float
    end: float
    rest: float
    rest_seconds: float
    trend: Trend
    correlation: float
    under_load: Rates
    at_rest: Rates
    requests_per_second: float
    endpoints: Sequence[Usage]

    @property
    def grows(self) -> bool:
        """Whether memory grows with the requests, surely and worth speaking of."""
        return self.trend.p_value < SURE and self.trend.low > 0 and self.trend.slope > WORTH_BYTES

    @property
    def given_back(self) -> float:
        """Which part of the growth was given back at rest."""
        grown = self.end - self.start
        return max((self.end - self.rest) / grown, 0.0) if grown > 0 else 0.0

    @property
    def leaks(self) -> bool:
        """Whether memory grows and stays."""
        return self.grows and self.given_back < FALLS

    def requests_until(self, limit_bytes: float) -> float | None:
        """Return how many requests of /popular are left below ``limit_bytes``; None: no end in sight."""
        return (limit_bytes - self.rest) / self.trend.slope if self.grows else None


def diagnose(
    client: Client,
    memory: MemorySource,
    scale: int,
    rest_seconds: float,
    told: Callable[[str, int, int], None] = lambda *_: None,
) -> Findings:
    """Load, rest, and try each endpoint alone; ``told`` hears the stage, the step and the number of steps.

    Raises ReadingError where the API does not answer.
    """
    load = _load(client, memory, scale, told)
    waited = _rest(rest_seconds, told)
    after = _observe(client, memory, load[-1].requests)
    endpoints = []
    for number, path in enumerate(ENDPOINTS):
        endpoints.append(_usage(client, memory, path, scale))
        told("endpoints", number + 1, len(ENDPOINTS))
    counts = [float(one.requests) for one in load]
    held = [one.memory for one in load]
    return Findings(
        start=load[0].memory,
        end=load[-1].memory,
        rest=after.memory,
        rest_seconds=waited,
        trend=trend(counts, held),
        correlation=correlation(counts, held),
        under_load=_rates(load[0], load[-1]),
        at_rest=_rates(load[-1], after),
        requests_per_second=counts[-1] / (load[-1].seconds - load[0].seconds),
        endpoints=endpoints,
    )


def _load(
    client: Client, memory: MemorySource, scale: int, told: Callable[[str, int, int], None]
) -> Sequence[Observation]:
    _ask(client, "/popular", WARM_UP)
    observed = [_observe(client, memory, 0)]
    for point in range(1, POINTS + 1):
        _ask(client, "/popular", REQUESTS_PER_POINT * scale)
        observed.append(_observe(client, memory, point * REQUESTS_PER_POINT * scale))
        told("loading", point, POINTS)
    return observed


def _rest(seconds: float, told: Callable[[str, int, int], None]) -> float:
    started = time.monotonic()
    for second in range(max(round(seconds), 1)):
        time.sleep(min(seconds, 1.0))
        told("idling", second + 1, max(round(seconds), 1))
    return time.monotonic() - started


def _usage(client: Client, memory: MemorySource, path: str, scale: int) -> Usage:
    _ask(client, path, WARM_UP)
    count = POINTS * REQUESTS_PER_POINT * scale
    before, history = memory.memory_bytes(), _history(client)
    _ask(client, path, count)
    kept = memory.memory_bytes() - before
    return Usage(path, max(kept, 0.0) / count, (_history(client) - history) / count)


def _ask(client: Client, path: str, count: int) -> None:
    summary = traffic.run(client, [Step(path, 0.0)] * count)
    if summary.stopped or summary.errors:
        raise ReadingError(f"{path}: {summary.errors} errors {summary.stopped}".strip())


def _observe(client: Client, memory: MemorySource, requests: int) -> Observation:
    told = readings.metrics(client)
    try:
        return Observation(requests, time.monotonic(), memory.memory_bytes(), told[CPU], told[SENT])
    except KeyError as error:
        raise ReadingError(f"/metrics: no {error.args[0]}") from error


def _history(client: Client) -> float:
    return readings.metrics(client).get(HISTORY, 0.0)


def _rates(first: Observation, last: Observation) -> Rates:
    seconds = max(last.seconds - first.seconds, 1e-9)
    return Rates((last.cpu - first.cpu) / seconds, (last.sent - first.sent) / seconds)
