"""Query times: a database that measures each query and passes it on."""

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

from prometheus_client import CollectorRegistry, Counter, Histogram

from gameshelf_api.database import Connections, Database, DatabaseError, Parameters, Row, Transaction

BOUNDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class MeasuredDatabase:
    """Another database, with a clock beside it."""

    def __init__(self, database: Database, registry: CollectorRegistry) -> None:
        self._database = database
        self._seconds = Histogram(
            "gameshelf_db_query_duration_seconds",
            "Time of a query, with the wait for a connection.",
            buckets=BOUNDS,
            registry=registry,
        )
        self._errors = Counter(
            "gameshelf_db_errors", "Queries the database did not answer.", registry=registry
        )

    def rows(self, sql: str, parameters: Parameters | None = None) -> Sequence[Row]:
        """Run one query, measured."""
        with self._measured():
            return self._database.rows(sql, parameters or {})

    def exclusive(self) -> AbstractContextManager[Transaction]:
        """Open a transaction that no other instance's overlaps; not measured."""
        return self._database.exclusive()

    def connections(self) -> Connections:
        """Return how the pool stands now."""
        return self._database.connections()

    def close(self) -> None:
        """Close every connection."""
        self._database.close()

    @contextmanager
    def _measured(self) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        except DatabaseError:
            self._errors.inc()
            raise
        finally:
            self._seconds.observe(time.perf_counter() - started)
