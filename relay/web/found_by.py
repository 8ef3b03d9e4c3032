"""The exact rule that raised an incident, as it was then: kept with its first event, whatever the table says now."""

from __future__ import annotations

from dataclasses import dataclass

from relay.core.model import Incident, Labels
from relay.core.provenance import Origin
from relay.store.transactions import ReadTransaction

# Shown apart from the settings.
_NAMES = frozenset({"rule", "kind", "metric", "file", "line", "config"})


@dataclass(frozen=True, slots=True)
class FoundBy:
    """A rule's name, kind and metric, its settings as config.yaml writes them, and where it was written."""

    name: str
    kind: str
    metric: str
    settings: Labels
    origin: Origin | None


def found_by(tx: ReadTransaction, incident: Incident) -> FoundBy | None:
    """Return the rule that raised an incident; None for what came in from outside, or before rules were kept."""
    event = tx.event_of(incident.id, 1)
    return None if event is None else read(event.rule)


def read(kept: Labels) -> FoundBy | None:
    """Return the rule that ``kept`` describes, None where there is none."""
    said = dict(kept)
    if not said.get("rule"):
        return None
    line = said.get("line", "")
    origin = Origin(said.get("file", ""), int(line) if line.isdecimal() else None, said.get("config", ""))
    return FoundBy(
        name=said["rule"],
        kind=said.get("kind", ""),
        metric=said.get("metric", ""),
        settings=tuple((name, value) for name, value in kept if name not in _NAMES),
        origin=origin if said.get("file") else None,
    )
