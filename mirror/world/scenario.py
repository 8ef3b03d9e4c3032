"""What is to happen and when, and what of it a good alerting tells."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from mirror.world.platform import Platform

Act = Callable[[Platform, datetime], None]


class Kind(StrEnum):
    """The kinds of trouble."""

    DEPLOYMENT_FAILED = "deployment failed"
    DOWN = "down"
    CPU = "cpu"
    MEMORY = "memory"
    ERRORS = "errors"
    NO_METRICS = "no metrics"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A true incident; no ``resource_id`` means that it is the whole platform's."""

    kind: Kind
    since: datetime
    until: datetime
    resource_id: str | None = None


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happens at a time."""

    at: datetime
    act: Act


@dataclass(slots=True)
class Scenario:
    """Happenings still to come, and the troubles that they are."""

    happenings: list[Happening] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)

    def add(self, happenings: Iterable[Happening], *troubles: Trouble) -> None:
        """Let more happen."""
        self.happenings.extend(happenings)
        self.happenings.sort(key=lambda one: one.at)
        self.troubles.extend(troubles)

    def next_at(self) -> datetime | None:
        """Return when something happens next."""
        return self.happenings[0].at if self.happenings else None

    def act(self, platform: Platform, at: datetime) -> None:
        """Let everything happen that is due, each at its own time."""
        while self.happenings and self.happenings[0].at <= at:
            happening = self.happenings.pop(0)
            with platform.lock:
                happening.act(platform, happening.at)
