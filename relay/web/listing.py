"""The list of incidents as a page shows it: open first, then history; each part a page at a time, by keyset."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from relay.core.model import Incident
from relay.core.text import Language
from relay.store.incidents import Filter, Place
from relay.store.transactions import ReadTransaction
from relay.web.query import token_after
from relay.web.rows import keys

MOST_OPEN = 100
MOST_OVER = 50


@dataclass(frozen=True, slots=True)
class Part:
    """Some incidents, and the token for those after them, None where there are no more."""

    incidents: Sequence[Incident]
    after: str | None


@dataclass(frozen=True, slots=True)
class Listing:
    """The open incidents and the history; None for a part that was not asked for."""

    open: Part | None
    history: Part | None

    def key(self, at: datetime, language: Language) -> Hashable:
        """Return what tells this list, written at a time in a language, from another."""
        parts = (self.open, self.history)
        return tuple(part and (part.after, tuple(keys(part.incidents, at, language))) for part in parts)


def listing(tx: ReadTransaction, which: Filter, after: Place | None) -> Listing:
    """Return what to list. A place without a wanted state is one in the history, which follows the open ones."""
    wants_open = which.is_open is True or (which.is_open is None and after is None)
    wants_history = which.is_open is not True
    return Listing(
        open=part(tx, replace(which, is_open=True), after, MOST_OPEN) if wants_open else None,
        history=part(tx, replace(which, is_open=False), after, MOST_OVER) if wants_history else None,
    )


def part(tx: ReadTransaction, which: Filter, after: Place | None, most: int) -> Part:
    """Return at most ``most`` incidents, newest first."""
    found = tx.incidents(which, after, most + 1)
    return Part(found[:most], token_after(found[most - 1]) if len(found) > most else None)
