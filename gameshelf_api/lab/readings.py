"""Reading an API's state: its cache from /cache-stats, its process from /metrics or from a relay."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from gameshelf_api.lab.client import Client, Json

MEMORY = "process_resident_memory_bytes"
CPU = "process_cpu_seconds_total"
SENT = "gameshelf_http_response_bytes_total"


class ReadingError(Exception):
    """What was asked did not answer as expected; the text tells a person what."""


@dataclass(frozen=True, slots=True)
class CacheReading:
    """The cache's figures; the estimate is None where the cache makes none."""

    entries: int
    estimated_kb: int | None
    is_leaky: bool


class MemorySource(Protocol):
    """Where the real memory is read; a reading tells the state at the call or later."""

    def memory_bytes(self) -> float:
        """Return the resident memory, raising ReadingError where it cannot be told."""


def cache(client: Client) -> CacheReading:
    """Read /cache-stats, whichever cache answers."""
    stats = json_of(client, "/cache-stats").get("cache")
    if not isinstance(stats, dict):
        raise ReadingError("/cache-stats: no figures of a cache")
    leaky = "history_entries" in stats
    entries = stats.get("history_entries" if leaky else "entries")
    estimate = stats.get("estimated_memory_kb")
    if not isinstance(entries, int):
        raise ReadingError("/cache-stats: no number of entries")
    return CacheReading(entries, estimate if isinstance(estimate, int) else None, leaky)


def json_of(client: Client, path: str, query: dict[str, str] | None = None) -> Json:
    """Return the JSON object that ``path`` answers."""
    answer = client.get(path, query)
    if answer.status != 200:
        raise ReadingError(f"{path}: {answer.trouble or answer.status}")
    try:
        told = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise ReadingError(f"{path}: not JSON") from error
    if not isinstance(told, dict):
        raise ReadingError(f"{path}: not an object")
    return told


def metrics(client: Client) -> dict[str, float]:
    """Return every series of /metrics, by its name with its labels."""
    answer = client.get("/metrics")
    if answer.status != 200:
        raise ReadingError(f"/metrics: {answer.trouble or answer.status}")
    return series(answer.body.decode("utf-8", "replace"))


def series(text: str) -> dict[str, float]:
    """Return the samples of a text in Prometheus' format.

    >>> series('# HELP a b' + chr(10) + 'a{route="/"} 2.0' + chr(10) + 'b NaN')["a{route=\\"/\\"}"]
    2.0
    """
    line = re.compile(r"^([a-zA-Z_:][\w:]*(?:\{.*\})?) (\S+)", re.MULTILINE)
    told = {}
    for name, value in line.findall(text):
        try:
            told[name] = float(value)
        except ValueError:
            raise ReadingError("/metrics: a value that is no number") from None
    return told


class ProcessMemory:
    """The process's own figure, from /metrics."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def memory_bytes(self) -> float:
        """Return the resident memory now."""
        try:
            return metrics(self._client)[MEMORY]
        except KeyError:
            raise ReadingError(f"/metrics: no {MEMORY}") from None


class RelayMemory:
    """The relay's samples of a target: waits for the first that is newer than the call."""

    def __init__(
        self, relay: Client, target: str, limit_bytes: float, patience_seconds: float = 120.0
    ) -> None:
        self._relay, self._target, self._limit = relay, target, limit_bytes
        self._patience = patience_seconds
        self._wait: Callable[[float], None] = time.sleep

    def memory_bytes(self) -> float:
        """Return the memory of the first sample after now, waiting for it."""
        asked_at, give_up_at = datetime.now(UTC), time.monotonic() + self._patience
        while True:
            at, value = self._newest()
            if at >= asked_at:
                return value
            if time.monotonic() > give_up_at:
                raise ReadingError("the relay has no new memory sample: does it watch this target?")
            self._wait(0.5)

    def _newest(self) -> tuple[datetime, float]:
        told = json_of(self._relay, "/api/v1/samples", {"target": self._target, "metric": "memory"})
        try:
            samples = [(datetime.fromisoformat(one["at"]), float(one["value"])) for one in told["samples"]]
            at, value = max(samples, default=(datetime.min.replace(tzinfo=UTC), 0.0))
        except (KeyError, TypeError, ValueError) as error:
            raise ReadingError("/api/v1/samples: not the samples that were expected") from error
        return at, value * self._limit / 100 if told.get("unit") == "%" else value
