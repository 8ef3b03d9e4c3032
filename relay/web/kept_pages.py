"""Whole pages that were written last, by all that they show: open browsers ask for the same one again and again.

The rule: a key holds everything that its page is written from, so that a page is found only where writing it anew would give
the same.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from werkzeug.http import generate_etag

# A page of the list has about 110 KB, one with thousands of targets a megabyte and more.
MOST = 12
MOST_BYTES = 2_000_000


@dataclass(frozen=True, slots=True)
class Written:
    """A page, and the mark by which a browser says that it has it."""

    body: bytes
    etag: str


class KeptPages:
    """The pages that were written last."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._pages: OrderedDict[Hashable, Written] = OrderedDict()
        self._lock = threading.Lock()

    def page(self, key: Hashable, write: Callable[[], str]) -> Written:
        """Return the page of a key, written with ``write`` where it is not known."""
        with self._lock:
            known = self._pages.get(key)
            if known is not None:
                self._pages.move_to_end(key)
                return known
        body = write().encode()
        written = Written(body, generate_etag(body))
        with self._lock:
            self._pages[key] = written
            while len(self._pages) > self._most or self._bytes() > MOST_BYTES:
                self._pages.popitem(last=False)
        return written

    def _bytes(self) -> int:
        return sum(len(written.body) for written in self._pages.values())
