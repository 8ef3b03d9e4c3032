"""What was measured: one sample a minute of each instance that was up and outside every hole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mirror.world.load import Load, measured
from mirror.world.nouns import Addon
from mirror.world.platform import Platform

MINUTE = timedelta(minutes=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is measured on its own: an instance of an application, or an add-on."""

    resource_id: str
    owner_id: str
    key: str
    up_at: datetime
    down_at: datetime | None
    deployment_id: str | None
    load: Load
    memory: int

    def was_up(self, at: datetime) -> bool:
        """Whether it was there to be measured."""
        return self.up_at <= at and (self.down_at is None or at < self.down_at)


def subjects(platform: Platform, resource_id: str) -> list[Subject]:
    """Return what is measured under an id: an application's, or an add-on's real one; empty when unknown."""
    application = platform.applications.get(resource_id)
    if application is not None:
        return [
            Subject(
                resource_id,
                one.owner_id,
                one.id,
                one.up_at,
                one.deleted_at,
                one.deployment_id,
                application.load,
                one.flavor.mem,
            )
            for one in platform.instances(resource_id, with_deleted=True)
            if one.up_at is not None
        ]
    addon = platform.addon_by_real_id(resource_id)
    return [] if addon is None else [_of_addon(addon)]


def _of_addon(addon: Addon) -> Subject:
    return Subject(addon.real_id, addon.owner_id, addon.id, addon.created_at, None, None, addon.load, 1024)


def is_known(platform: Platform, resource_id: str) -> bool:
    """Whether metrics know a resource by this id."""
    return resource_id in platform.applications or platform.addon_by_real_id(resource_id) is not None


def ticks(since: datetime, until: datetime, step: timedelta = MINUTE) -> Iterator[datetime]:
    """Yield the times after ``since`` and up to ``until`` on the step's grid."""
    at = EPOCH + ((since - EPOCH) // step + 1) * step
    while at <= until:
        yield at
        at += step


def is_lost(platform: Platform, resource_id: str, at: datetime) -> bool:
    """Whether a hole has swallowed the sample."""
    return any(hole.swallows(resource_id, at) for hole in platform.holes)


def value(platform: Platform, subject: Subject, measure: str, at: datetime) -> float:
    """Return what was measured: the last effect that holds, else the ordinary load."""
    for effect in reversed(platform.effects.get(subject.resource_id, ())):
        if effect.measure == measure and effect.holds(at):
            return effect.value
    return measured(subject.load, measure, at, subject.up_at, subject.key)


def mean(platform: Platform, up: list[Subject], measure: str, at: datetime) -> float:
    """Return the average over the subjects that were up."""
    return sum(value(platform, one, measure, at) for one in up) / len(up)
