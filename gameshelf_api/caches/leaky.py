"""The lab's intentional bug: a cache that never forgets who asked it what. It must stay a real leak."""

import time

from gameshelf_api.caches import Stats

READ_PADDING = 1_000
WRITE_PADDING = 2_000


class LeakyCache:
    """A dictionary with a history that nothing ever trims; appending is atomic, so threads are safe."""

    def __init__(self) -> None:
        self._kept: dict[str, object] = {}
        self._history: list[dict[str, object]] = []

    def get(self, key: str) -> object | None:
        """Return what is kept under ``key``, and leak about 1.3 KB."""
        self._history.append({"key": key, "timestamp": time.time(), "data": _padding("x", READ_PADDING)})
        return self._kept.get(key)

    def set(self, key: str, value: object) -> None:
        """Keep ``value`` for ever, and leak about 2.4 KB."""
        self._kept[key] = value
        entry: dict[str, object] = {
            "key": key,
            "timestamp": time.time(),
            "action": "set",
            "data": _padding("y", WRITE_PADDING),
        }
        self._history.append(entry)

    def stats(self) -> Stats:
        """Return the document's figures; its 2 KB an entry is an estimate (see docs/gameshelf-metrics.md)."""
        entries, history = self.sizes()
        return {"cache_entries": entries, "history_entries": history, "estimated_memory_kb": history * 2}

    def sizes(self) -> tuple[int, int]:
        """Return the number of entries and of history entries."""
        return len(self._kept), len(self._history)


def _padding(letter: str, length: int) -> str:
    # The length is a variable on purpose: the compiler folds "x" * 1000 into one constant that
    # every entry would share, and the leak would be a quarter of what it claims.
    return letter * length
