"""Resources as they stand when scraped: connections, cache, threads; memory and CPU come from the process."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, ProcessCollector, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from waitress.task import ThreadedTaskDispatcher

from gameshelf_api.caches import Cache
from gameshelf_api.database import Database


class DatabaseGauges(Collector):
    """The pool of connections."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterator[Metric]:
        """Return the series as they stand."""
        now = self._database.connections()
        states = GaugeMetricFamily("gameshelf_db_connections", "Open connections.", labels=("state",))
        states.add_metric(("in_use",), now.in_use)
        states.add_metric(("free",), now.free)
        yield states
        yield GaugeMetricFamily("gameshelf_db_connections_max", "Most connections opened.", value=now.maximum)
        yield GaugeMetricFamily(
            "gameshelf_db_requests_waiting", "Requests without one yet.", value=now.waiting
        )


class CacheGauges(Collector):
    """The cache, and the history that the leaky one keeps."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    def collect(self) -> Iterator[Metric]:
        """Return the series as they stand."""
        entries, history = self._cache.sizes()
        yield GaugeMetricFamily("gameshelf_cache_entries", "Entries in the cache.", value=entries)
        yield GaugeMetricFamily("gameshelf_cache_history_entries", "Accesses kept for ever.", value=history)


class ThreadGauges(Collector):
    """The server's threads and the requests that wait for one."""

    def __init__(self, dispatcher: ThreadedTaskDispatcher) -> None:
        self._dispatcher = dispatcher

    def collect(self) -> Iterator[Metric]:
        """Return the series as they stand."""
        busy, threads = self._dispatcher.active_count, len(self._dispatcher.threads)
        states = GaugeMetricFamily("gameshelf_http_threads", "Threads that answer.", labels=("state",))
        states.add_metric(("busy",), busy)
        states.add_metric(("idle",), max(threads - busy, 0))
        yield states
        waiting = len(self._dispatcher.queue)
        yield GaugeMetricFamily(
            "gameshelf_http_requests_waiting", "Requests without a thread.", value=waiting
        )


def registry(database: Database, cache: Cache) -> CollectorRegistry:
    """Return a registry that tells the process, the database's pool and the cache."""
    # A series of birth times beside each counter would double what is stored and tell nobody anything.
    disable_created_metrics()  # type: ignore[no-untyped-call]
    told = CollectorRegistry()
    ProcessCollector(registry=told)
    told.register(DatabaseGauges(database))
    told.register(CacheGauges(cache))
    return told
