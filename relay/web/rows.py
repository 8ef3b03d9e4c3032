"""Rows of the list of incidents, drawn once: what a row shows changes with its incident, and of an open one each minute.

Drawing them was most of the work of the page, which refreshes itself in every open browser.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta

from markupsafe import Markup

from relay.core.model import Incident
from relay.core.text import Language

# About a megabyte: the first pages that most visitors look at.
MOST = 1_000


class Rows:
    """The rows that were drawn last."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._drawn: OrderedDict[Hashable, Markup] = OrderedDict()
        self._lock = threading.Lock()

    def drawn(
        self, incident: Incident, at: datetime, language: Language, draw: Callable[[], Markup]
    ) -> Markup:
        """Return an incident's row, drawn with ``draw`` where it is not known as it is at ``at``."""
        minutes = (at - incident.opened_at) // timedelta(minutes=1) if incident.is_open else None
        key = (incident.id, incident.sequence, incident.updated_at, language, minutes)
        with self._lock:
            known = self._drawn.get(key)
            if known is not None:
                self._drawn.move_to_end(key)
                return known
        known = draw()
        with self._lock:
            self._drawn[key] = known
            while len(self._drawn) > self._most:
                self._drawn.popitem(last=False)
        return known
