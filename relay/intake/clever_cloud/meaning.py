"""What each Clever Cloud event means: how bad it is, which trouble it is about, and which troubles it ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from relay.core.model import Severity
from relay.intake.clever_cloud.body import Body

# The platform's own delays are of seconds; the watch reads the present state every minute.
LATE = timedelta(minutes=15)
DEPLOYMENT = "deployment"
STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Meaning:
    """One event, understood.

    ``about`` names the trouble within its resource; ``lasting`` says whether a later event can end it; ``ends`` are the
    other troubles that this one ends. ``title`` and ``summary`` are keys of the catalogue.
    """

    severity: Severity
    about: str
    title: str
    summary: str = "clever.reported"
    lasting: bool = False
    ends: tuple[str, ...] = ()
    note: str = ""


# A restart by the platform's monitoring is the only signal of an outage that Clever Cloud sends.
_OUTAGES = frozenset({"unreachable", "timeout", "diskfull"})
_CAUSES = _OUTAGES | {"scaling", "maintenance"}
# Ending one of these well says nothing of the application's health: it is what stops it, or stops stopping.
_UNDOING = frozenset({"UNDEPLOY", "CANCEL"})


def judge(body: Body, overrides: Mapping[str, Severity]) -> Meaning:
    """Return what ``body`` means, with the severity of ``overrides`` where one of its keys is in it."""
    natural = _natural(body)
    chosen = next((overrides[key] for key in _keys(body) if key in overrides), None)
    if chosen is None or chosen is natural.severity:
        return natural
    own = _own(body)
    if natural.severity is Severity.OK:
        # What ends a trouble still ends it, whatever else is to be told of it.
        return replace(natural, severity=chosen, about=own, ends=(natural.about, *natural.ends))
    momentary = chosen > Severity.INFO and not natural.lasting
    return replace(natural, severity=chosen, about=own if momentary else natural.about)


def key(word: str) -> str:
    """Return the form in which events and causes are compared; ``Monitoring/`` is not always written.

    >>> key("Monitoring/Unreachable") == key("Unreachable")
    True
    """
    return word.strip().casefold().removeprefix("monitoring/")


def told_late(meaning: Meaning, age: timedelta) -> Meaning:
    """Return what a report means that comes ``age`` after the fact, where the present state is known otherwise.

    A platform that was out for hours sends its backlog afterwards: lasting trouble in it is history, and what still holds
    is read from the platform itself. An end ends all the same, and what no state shows (a deletion) is told.
    """
    if age <= LATE or not meaning.lasting or meaning.severity <= Severity.INFO:
        return meaning
    return replace(meaning, severity=Severity.INFO, note="late: noted; what holds now is polled")


def _own(body: Body) -> str:
    """Name a trouble that is this event alone, apart from those that last."""
    return f"event/{body.event.lower()}"


def _keys(body: Body) -> list[str]:
    """Name what an override may say of this event, the most telling first."""
    event = body.event
    words = [f"{event}/{body.state}", event]
    if event == "DEPLOYMENT_ACTION_BEGIN" and body.data.cause:
        words.insert(0, body.data.cause)
    if event == "DEPLOYMENT_ACTION_END":
        # The same outcome is told twice, by two events: one override is enough for both.
        twin = {"FAIL": "DEPLOYMENT_FAIL", "OK": "DEPLOYMENT_SUCCESS"}.get(body.state)
        words += [twin] if twin else []
    return [key(word) for word in words]


def _natural(body: Body) -> Meaning:
    match body.event:
        case "DEPLOYMENT_ACTION_BEGIN":
            return _begun(body)
        case "DEPLOYMENT_ACTION_END":
            return _ended(body)
        case "APPLICATION_STOP" if body.author_id:
            return replace(_STOPPED, severity=Severity.INFO, summary="clever.stopped.by_hand")
        case "APPLICATION_STOP":
            return _STOPPED
    note = f"unknown event {body.event}: kept"
    unknown = Meaning(Severity.INFO, _own(body), "clever.unknown", note=note)
    return _PLAIN.get(body.event, unknown)


def _begun(body: Body) -> Meaning:
    cause = key(body.data.cause)
    summary = f"clever.cause.{cause}" if cause in _CAUSES else "clever.reported"
    if cause in _OUTAGES:
        return Meaning(Severity.WARNING, DEPLOYMENT, "clever.restarted", summary, lasting=True)
    return Meaning(Severity.INFO, DEPLOYMENT, "clever.deployment.begun", summary, lasting=True)


def _ended(body: Body) -> Meaning:
    if body.state == "FAIL":
        return _FAILED
    if body.state == "OK" and body.data.action.upper() not in _UNDOING:
        return _SUCCEEDED
    ended = Meaning(Severity.INFO, DEPLOYMENT, "clever.deployment.ended")
    if body.state != "CANCELLED":
        return ended
    if key(body.data.cause) == "git" and not body.deployment_id:
        # Every git push is followed by such an end, also where nothing was running.
        return replace(
            ended,
            title="clever.deployment.cancelled",
            note="cancelled without a deployment: noise of git push",
        )
    return replace(ended, title="clever.deployment.cancelled")


_FAILED = Meaning(
    Severity.CRITICAL,
    DEPLOYMENT,
    "clever.deployment.failed",
    "clever.deployment.failed.summary",
    lasting=True,
)
_SUCCEEDED = Meaning(
    Severity.OK,
    DEPLOYMENT,
    "clever.deployment.succeeded",
    "clever.deployment.succeeded.summary",
    ends=(STOPPED,),
)
_STOPPED = Meaning(Severity.WARNING, STOPPED, "clever.stopped", "clever.stopped.summary", lasting=True)

_PLAIN: Mapping[str, Meaning] = {
    "DEPLOYMENT_FAIL": _FAILED,
    "DEPLOYMENT_SUCCESS": _SUCCEEDED,
    "GIT_PUSH": Meaning(Severity.INFO, "git_push", "clever.git_push"),
    "APPLICATION_REDEPLOY": Meaning(Severity.INFO, DEPLOYMENT, "clever.redeployed", ends=(STOPPED,)),
    "APPLICATION_CREATION": Meaning(Severity.INFO, "lifecycle", "clever.created"),
    "APPLICATION_EDITION": Meaning(Severity.INFO, "lifecycle", "clever.edited"),
    # What no longer exists has no trouble left.
    "APPLICATION_DELETION": Meaning(
        Severity.WARNING, "deletion", "clever.application.deleted", ends=(DEPLOYMENT, STOPPED)
    ),
    "ADDON_CREATION": Meaning(Severity.INFO, "lifecycle", "clever.created"),
    "ADDON_DELETION": Meaning(Severity.WARNING, "deletion", "clever.addon.deleted"),
    "ORGANISATION_CREATION": Meaning(Severity.INFO, "lifecycle", "clever.created"),
    "ORGANISATION_EDITION": Meaning(Severity.INFO, "lifecycle", "clever.edited"),
    "ORGANISATION_DELETION": Meaning(Severity.WARNING, "deletion", "clever.organisation.deleted"),
    "ORGANISATION_USER_ADDITION": Meaning(Severity.INFO, "members", "clever.user_added"),
    "ACCOUNT_CREATION": Meaning(Severity.INFO, "lifecycle", "clever.created"),
    "ACCOUNT_EDITION": Meaning(Severity.INFO, "lifecycle", "clever.edited"),
    "ACCOUNT_DELETION": Meaning(Severity.WARNING, "deletion", "clever.account.deleted"),
    "CREDITS_ADDED": Meaning(Severity.INFO, "credits", "clever.credits"),
    "CLEVER_TOOLS_REQUEST": Meaning(Severity.INFO, "clever_tools", "clever.tools"),
}
