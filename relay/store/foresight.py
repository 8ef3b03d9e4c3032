"""What is looked up for many events at once, before their steps, and kept true by what those steps then change.

The rules: it holds what the store would answer within this transaction, or nothing; where a change makes that hard to tell, it
is forgotten and the store is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from relay.core.incidents import Past
from relay.core.model import Event, Incident, Severity

# Events of one look; more would keep the writer from its first step for long.
MOST = 512


@dataclass(slots=True)
class Foresight:
    """Which ids were asked for and which of them are stored; troubles by fingerprint; names that no deployment has."""

    asked: set[str] = field(default_factory=set)
    stored: set[str] = field(default_factory=set)
    troubles: dict[str, Past] = field(default_factory=dict)
    undeployed: set[str] = field(default_factory=set)

    def seen(self, ids: Sequence[str]) -> bool | None:
        """Whether an event is stored under any of ``ids``; None where that is not known."""
        if any(id in self.stored for id in ids):
            return True
        return False if all(id in self.asked for id in ids) else None

    def kept(self, event: Event) -> None:
        """An event was stored."""
        self.asked.add(event.id)
        self.stored.add(event.id)
        past = self.troubles.get(event.fingerprint)
        if past is not None and event.severity is not Severity.INFO:
            newest = event.known_at if past.newest_at is None else max(past.newest_at, event.known_at)
            self.troubles[event.fingerprint] = Past(past.incident, newest)

    def changed(self, incident: Incident) -> None:
        """An incident was stored as it is now."""
        past = self.troubles.get(incident.fingerprint)
        if past is None:
            return
        # Which of several that are over is the last one, the store knows.
        if incident.is_open and (
            past.incident is None or not past.incident.is_open or past.incident.id == incident.id
        ):
            self.troubles[incident.fingerprint] = Past(incident, past.newest_at)
        else:
            del self.troubles[incident.fingerprint]

    def forget(self) -> None:
        """Something was dropped from the store."""
        self.asked.clear()
        self.stored.clear()
        self.troubles.clear()
        self.undeployed.clear()


def plain(names: Iterable[str]) -> list[str]:
    """Return each name once, without those that the stores keep in other letters: they are not foreseen."""
    return [name for name in dict.fromkeys(names) if name.isascii() and "\0" not in name]


def named(event: Event) -> tuple[str, str]:
    """Return the names by which a deployment may be an event's: its target's, its application's."""
    return event.target, next((value for name, value in event.labels if name == "resource"), "")
