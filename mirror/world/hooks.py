"""Notification hooks: who wants to hear of what, and what happened to the deliveries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mirror.world.nouns import Event

FORMATS = ("raw", "slack", "flowdock", "gitter")
META_EVENTS: dict[str, tuple[str, ...]] = {
    "META_SERVICE_LIFECYCLE": (
        "APPLICATION_STOP",
        "DEPLOYMENT_ACTION_BEGIN",
        "DEPLOYMENT_FAIL",
        "DEPLOYMENT_SUCCESS",
    ),
    "META_DEPLOYMENT_RESULT": ("DEPLOYMENT_FAIL", "DEPLOYMENT_SUCCESS"),
    "META_SERVICE_MANAGEMENT": (
        "ADDON_CREATION",
        "ADDON_DELETION",
        "APPLICATION_CREATION",
        "APPLICATION_EDITION",
        "APPLICATION_DELETION",
    ),
    "META_CREDITS": ("CREDITS_ADDED",),
}
EVENTS = (
    "ACCOUNT_CREATION",
    "ACCOUNT_DELETION",
    "ACCOUNT_EDITION",
    "ADDON_CREATION",
    "ADDON_DELETION",
    "APPLICATION_CREATION",
    "APPLICATION_DELETION",
    "APPLICATION_EDITION",
    "APPLICATION_REDEPLOY",
    "APPLICATION_STOP",
    "CLEVER_TOOLS_REQUEST",
    "CREDITS_ADDED",
    "DEPLOYMENT_ACTION_BEGIN",
    "DEPLOYMENT_ACTION_END",
    "DEPLOYMENT_FAIL",
    "DEPLOYMENT_SUCCESS",
    "GIT_PUSH",
    "ORGANISATION_CREATION",
    "ORGANISATION_DELETION",
    "ORGANISATION_EDITION",
    "ORGANISATION_USER_ADDITION",
    *META_EVENTS,
)
# The list of failures would grow for ever; the platform's own bound is unknown.
MOST_FAILURES = 50


@dataclass(frozen=True, slots=True)
class Failure:
    """A delivery that did not arrive: an HTTP status with a part of the answer, or a network failure."""

    url: str
    at: datetime
    status: int | None = None
    partial_body: str | None = None
    network_failure: str | None = None


@dataclass(frozen=True, slots=True)
class HookUrl:
    """An address of a hook and the format that it gets."""

    format: str
    url: str


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook; no ``events`` means every event, no ``scope`` everything of the owner."""

    id: str
    owner_id: str
    name: str | None
    urls: tuple[HookUrl, ...]
    created_at: datetime
    events: tuple[str, ...] | None = None
    scope: tuple[str, ...] | None = None
    failures: tuple[Failure, ...] = ()
    failed_in_a_row: int = 0
    enabled: bool = True

    def wants(self, event: Event) -> bool:
        """Whether the event is for this hook."""
        return (
            self.enabled
            and event.owner_id == self.owner_id
            and (not self.scope or event.resource_id in self.scope)
            and (self.events is None or event.name in _concrete(self.events))
        )


@dataclass(frozen=True, slots=True)
class EmailHook:
    """The e-mail twin; the mirror keeps it and sends nothing."""

    id: str
    owner_id: str
    name: str | None
    notified: tuple[dict[str, str], ...]
    created_at: datetime
    events: tuple[str, ...] | None = None
    scope: tuple[str, ...] | None = None


def _concrete(events: tuple[str, ...]) -> set[str]:
    return {name for event in events for name in META_EVENTS.get(event, (event,))}
