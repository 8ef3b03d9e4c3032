"""What the checks share: the settings, the file as written, and where findings go."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field

from relay.config.complaints import at
from relay.config.errors import Findings, Place
from relay.config.model import Settings


@dataclass(frozen=True, slots=True)
class Draft:
    """Settings that are checked one by one, not yet against each other. ``aside`` are the places left out for a fault."""

    settings: Settings
    written: object
    findings: Findings
    aside: Set[Place] = field(default_factory=frozenset)

    def names(self, section: str) -> list[str]:
        """Return the names of a section's entries, also of those with a fault."""
        entries = at(self.written, (section,))
        return [str(name) for name in entries] if isinstance(entries, dict) else []

    def shown(self, place: Place) -> str | None:
        """Return a value as the file writes it, variables unfilled; None where it stands nowhere."""
        found = at(self.written, place)
        return None if found is None else str(found)
