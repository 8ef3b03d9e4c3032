"""An application as the platform describes it. Its ``state`` is what is wanted, not what was measured."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from relay.intake.bounds import NAME, line


@dataclass(frozen=True, slots=True)
class Application:
    """``homogeneous``: its instances are replaced all at once, so that a deployment is a time without service."""

    id: str
    name: str
    state: str
    zone: str
    homogeneous: bool
    read_at: datetime

    @property
    def is_stopped(self) -> bool:
        """Whether it is meant to be down."""
        return self.state == "SHOULD_BE_DOWN"


def application(found: object, read_at: datetime) -> Application | None:
    """Return what a document says, None for one that names no application."""
    if not isinstance(found, dict):
        return None
    id = found.get("id")
    if not isinstance(id, str) or not id.startswith("app_"):
        return None
    return Application(
        id=id[:NAME],
        name=_word(found.get("name")) or id[:NAME],
        state=_word(found.get("state")),
        zone=_word(found.get("zone")),
        homogeneous=found.get("homogeneous") is True,
        read_at=read_at,
    )


def _word(value: object) -> str:
    return line(value, NAME) if isinstance(value, str) else ""
