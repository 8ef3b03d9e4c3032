"""The caches to choose from by GAMESHELF_CACHE.

A new one is a module with the three methods of Cache, and one line in ``web.service``.
"""

from typing import Protocol

Stats = dict[str, int | float]


class Cache(Protocol):
    """A place to keep answers; safe to use from several threads."""

    def get(self, key: str) -> object | None:
        """Return what is kept under ``key``, or None."""

    def set(self, key: str, value: object) -> None:
        """Keep ``value`` under ``key``."""

    def stats(self) -> Stats:
        """Return the figures that /cache-stats shows."""

    def sizes(self) -> tuple[int, int]:
        """Return the number of entries and of history entries."""
