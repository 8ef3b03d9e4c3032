"""When an event is sent, and how often: in order and once, unless a test or a scenario chooses otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mirror.world.identifiers import chance
from mirror.world.nouns import Event


@dataclass(frozen=True, slots=True)
class Hold:
    """Events of a time are kept back and leave together, hours late, between ``release`` and ``released``."""

    since: datetime
    until: datetime
    release: datetime
    released: datetime


@dataclass(frozen=True, slots=True)
class Disorder:
    """What happens to events on their way; shares are between 0 and 1.

    ``late`` is the longest delay, drawn for each sending, so events also overtake one another.
    """

    late: timedelta = timedelta(0)
    lost: float = 0
    duplicated: float = 0
    duplicate_after: timedelta = timedelta(milliseconds=300)
    holds: Sequence[Hold] = ()


def sendings(event: Event, serial: int, disorder: Disorder) -> list[datetime]:
    """Return the times at which an event is sent: none when it is lost, two when it is duplicated."""
    key = (event.name, event.resource_id, serial)
    if chance("lost", *key) < disorder.lost:
        return []
    first = _leaves(event, serial, disorder) + disorder.late * chance("late", *key)
    if chance("duplicated", *key) >= disorder.duplicated:
        return [first]
    return [first, first + disorder.duplicate_after + disorder.late * chance("late again", *key)]


def _leaves(event: Event, serial: int, disorder: Disorder) -> datetime:
    for hold in disorder.holds:
        if hold.since <= event.at < hold.until:
            return hold.release + (hold.released - hold.release) * chance("released", serial)
    return event.at
