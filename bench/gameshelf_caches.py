"""The bounded cache against cachetools' and against the document's list, full, at three sizes.

``python -m bench.gameshelf_caches`` prints microseconds an operation, the best of several rounds.
"""

import random
import threading
import time
from collections.abc import Callable
from typing import Protocol

from cachetools import LRUCache

from gameshelf_api.caches.bounded import BoundedCache

SIZES = (1_000, 10_000, 100_000)
ROUNDS = 5
# The document's list takes up to a millisecond an operation: few are enough to know.
OPERATIONS = 20_000
OPERATIONS_OF_LIST = 300


class Bounded(Protocol):
    """What is compared."""

    def get(self, key: str) -> object | None:
        """Read."""

    def set(self, key: str, value: object) -> None:
        """Write."""


class DocumentsCache:
    """The document's fix as it stands there: a list keeps the order, so each use searches it."""

    def __init__(self, max_entries: int) -> None:
        self._cache: dict[str, object] = {}
        self._max_entries = max_entries
        self._access_order: list[str] = []

    def get(self, key: str) -> object | None:
        """Read, and move the key to the end."""
        if key in self._cache:
            self._access_order.remove(key)
            self._access_order.append(key)
            return self._cache[key]
        return None

    def set(self, key: str, value: object) -> None:
        """Write, forgetting the oldest."""
        if key not in self._cache:
            if len(self._cache) >= self._max_entries:
                del self._cache[self._access_order.pop(0)]
            self._access_order.append(key)
        self._cache[key] = value


class CachetoolsCache:
    """cachetools' LRU behind a lock, as it is not safe under threads by itself."""

    def __init__(self, max_entries: int) -> None:
        self._cache: LRUCache[str, object] = LRUCache(max_entries)
        self._lock = threading.Lock()

    def get(self, key: str) -> object | None:
        """Read."""
        with self._lock:
            return self._cache.get(key)

    def set(self, key: str, value: object) -> None:
        """Write."""
        with self._lock:
            self._cache[key] = value


def microseconds(operation: Callable[[str], object], keys: list[str]) -> float:
    """Return the time of one operation over ``keys``."""
    started = time.perf_counter()
    for key in keys:
        operation(key)
    return (time.perf_counter() - started) / len(keys) * 1e6


def measure(build: Callable[[int], Bounded], size: int, operations: int) -> tuple[float, float]:
    """Return the best time of a read that finds, and of a write that forgets another."""
    cache, dice = build(size), random.Random(size)
    for number in range(size):
        cache.set(f"key_{number}", number)
    reads, writes = [], []
    for round_number in range(ROUNDS):
        hits = [f"key_{dice.randrange(size)}" for _ in range(operations)]
        reads.append(microseconds(cache.get, hits))
        news = [f"new_{round_number}_{number}" for number in range(operations)]
        writes.append(microseconds(lambda key: cache.set(key, 1), news))
        for number in range(size):  # Back to where every read finds.
            if round_number < ROUNDS - 1 and cache.get(f"key_{number}") is None:
                cache.set(f"key_{number}", number)
    return min(reads), min(writes)


def main() -> None:
    """Print the table."""
    kinds: list[tuple[str, Callable[[int], Bounded], int]] = [
        ("BoundedCache", BoundedCache, OPERATIONS),
        ("cachetools.LRUCache + lock", CachetoolsCache, OPERATIONS),
        ("the document's list", DocumentsCache, OPERATIONS_OF_LIST),
    ]
    print(f"{'entries':>8}  {'cache':<28} {'read µs':>9} {'write µs':>9}")
    for size in SIZES:
        for name, build, operations in kinds:
            if build is DocumentsCache and size == max(SIZES):
                read, write = _list_at_its_largest(size)
            else:
                read, write = measure(build, size, operations)
            print(f"{size:>8}  {name:<28} {read:>9.2f} {write:>9.2f}")


def _list_at_its_largest(size: int) -> tuple[float, float]:
    """Measure once: refilling a list of that size would take minutes."""
    cache, dice = DocumentsCache(size), random.Random(size)
    for number in range(size):
        cache.set(f"key_{number}", number)
    read = microseconds(cache.get, [f"key_{dice.randrange(size)}" for _ in range(OPERATIONS_OF_LIST)])
    write = microseconds(lambda key: cache.set(key, 1), [f"new_{n}" for n in range(OPERATIONS_OF_LIST)])
    return read, write


if __name__ == "__main__":
    main()
