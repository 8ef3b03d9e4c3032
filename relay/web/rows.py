"""Rows of the list of incidents, drawn once: what a row shows changes with its incident, and of an open one each minute.

Drawing them was most of the work of the page, which refreshes itself in every open browser.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import datetime, timedelta

from relay.core.model import Incident
from relay.core.text import Language

# About a megabyte: the first pages that most visitors look at.
MOST = 1_000
_MINUTE = timedelta(minutes=1)


class Rows:
    """The rows that were drawn last."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._drawn: OrderedDict[Hashable, str] = OrderedDict()
        self._lock = threading.Lock()

    def drawn(
        self, incidents: Sequence[Incident], at: datetime, language: Language, draw: Callable[[Incident], str]
    ) -> list[str]:
        """Return the incidents' rows, drawn with ``draw`` where they are not known as they are at ``at``."""
        asked = keys(incidents, at, language)
        with self._lock:
            known = [self._known(key) for key in asked]
        rows = [
            row if row is not None else draw(incident) for row, incident in zip(known, incidents, strict=True)
        ]
        if None in known:
            self._keep(zip(asked, rows, strict=True))
        return rows

    def _known(self, key: Hashable) -> str | None:
        row = self._drawn.get(key)
        if row is not None:
            self._drawn.move_to_end(key)
        return row

    def _keep(self, rows: Iterable[tuple[Hashable, str]]) -> None:
        with self._lock:
            self._drawn.update(rows)
            while len(self._drawn) > self._most:
                self._drawn.popitem(last=False)


def keys(incidents: Iterable[Incident], at: datetime, language: Language) -> list[Hashable]:
    """Return what tells each incident's row, drawn at a time in a language, from another."""
    return [
        (
            incident.id,
            incident.sequence,
            incident.updated_at,
            language,
            (at - incident.opened_at) // _MINUTE if incident.resolved_at is None else None,
        )
        for incident in incidents
    ]
