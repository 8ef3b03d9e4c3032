"""Which routes leak, learned as samples come in: memory's floor of each minute beside the routes' counters.

The rule: routes come as they are first asked for, so columns are kept free for them; a route that is unknown yet has had no
request. More routes than there is room for are one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import inf

from relay.core.detectors.suspect import MOST_ROUTES, Ledger, Suspects, suspects
from relay.core.model import Labels

OTHERS = "…"


@dataclass(slots=True)
class Culprits:
    """What is known of one process's routes."""

    ledger: Ledger = field(default_factory=lambda: Ledger(tuple(map(str, range(MOST_ROUTES + 1)))))
    routes: list[str] = field(default_factory=list)
    counts: dict[str, float] = field(default_factory=dict)
    low: float = inf

    def add(self, at: float, memory: float, requests: Mapping[Labels, float]) -> None:
        """Take one sample with the counters that were read beside it, by labels; those of routes come once a minute."""
        self.low = min(self.low, memory)
        named = {dict(labels)["route"]: count for labels, count in requests.items() if labels}
        if not named:
            return
        if sum(named.values()) < 0.95 * sum(self.counts.get(route, 0.0) for route in named):
            self.counts.clear()
        self.counts.update(named)
        columns: dict[str, float] = {}
        for route, count in self.counts.items():
            column = self._column(route)
            columns[column] = columns.get(column, 0.0) + count
        self.ledger.add(at, self.low, columns)
        self.low = inf

    def restarted(self) -> None:
        """Begin a new life of the process."""
        self.ledger.restarted()
        self.counts.clear()
        self.low = inf

    def found(self) -> Suspects:
        """Return who leaks, as far as the traffic tells."""
        found = suspects(self.ledger)
        shares = tuple(replace(share, route=self._route(share.route)) for share in found.shares)
        return Suspects(shares, None if found.guilty is None else self._route(found.guilty))

    def _column(self, route: str) -> str:
        if route not in self.routes and len(self.routes) < MOST_ROUTES:
            self.routes.append(route)
        return str(self.routes.index(route) if route in self.routes else MOST_ROUTES)

    def _route(self, column: str) -> str:
        place = int(column)
        return self.routes[place] if place < len(self.routes) else OTHERS
