"""The fix: a cache with a limit, that forgets what was used longest ago."""

import threading
from collections import OrderedDict

from gameshelf_api.caches import Stats


class BoundedCache:
    """Least recently used, every operation O(1), one lock."""

    def __init__(self, max_entries: int = 1000) -> None:
        if max_entries < 1:
            raise ValueError("a cache holds at least one entry")
        self._kept: OrderedDict[str, object] = OrderedDict()
        self._max_entries = max_entries
        self._lock = threading.Lock()

    def get(self, key: str) -> object | None:
        """Return what is kept under ``key`` and make it the last to be forgotten."""
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key]

    def set(self, key: str, value: object) -> None:
        """Keep ``value``, forgetting the entry that was used longest ago when full."""
        with self._lock:
            self._kept[key] = value
            self._kept.move_to_end(key)
            if len(self._kept) > self._max_entries:
                self._kept.popitem(last=False)

    def stats(self) -> Stats:
        """Return the document's figures."""
        entries = len(self._kept)
        usage = entries / self._max_entries * 100
        return {"entries": entries, "max_entries": self._max_entries, "usage_percent": usage}

    def sizes(self) -> tuple[int, int]:
        """Return the number of entries; there is no history."""
        return len(self._kept), 0
