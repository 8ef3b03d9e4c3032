"""The events that one understood delivery makes: its own, and the end of each other trouble that it ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from relay.core.identity import dated, derived, digest
from relay.core.model import Event, Labels, Severity
from relay.core.text import Text, text
from relay.intake.bounds import line, pairs
from relay.intake.clever_cloud.body import Body
from relay.intake.clever_cloud.meaning import Meaning
from relay.intake.undated import undated

SOURCE = "clever-cloud"
# Events that tell of one deployment, and the state that each means where it names none.
_OF_DEPLOYMENTS = {
    "DEPLOYMENT_ACTION_BEGIN": "WIP",
    "DEPLOYMENT_ACTION_END": "",
    "DEPLOYMENT_SUCCESS": "OK",
    "DEPLOYMENT_FAIL": "FAIL",
}
_KINDS = {"app": "application", "addon": "add-on", "orga": "organisation", "user": "user"}


def events(
    said: Body, meaning: Meaning, *, target: str, date: datetime | None, body: bytes, received_at: datetime
) -> tuple[Event, ...]:
    """Return the delivery's events, its own first; ``date`` is None where it names none."""
    id, repeats = _identity(said, date, body, received_at)
    shown = line(target) or SOURCE
    first = Event(
        id=id,
        fingerprint=_fingerprint(said, meaning.about),
        severity=meaning.severity,
        kind=said.event,
        source=SOURCE,
        target=shown,
        title=_text(meaning.title, said, shown),
        summary=_text(meaning.summary, said, shown),
        occurred_at=min(date or received_at, received_at),
        received_at=received_at,
        labels=_labels(said),
        facts=_facts(said),
        momentary=meaning.severity > Severity.INFO and not meaning.lasting,
        repeats=repeats,
    )
    return (first, *(_end(first, said, trouble) for trouble in meaning.ends))


def _end(first: Event, said: Body, trouble: str) -> Event:
    return replace(
        first,
        id=derived(first.id, trouble),
        fingerprint=_fingerprint(said, trouble),
        severity=Severity.OK,
        momentary=False,
        repeats=tuple(derived(repeat, trouble) for repeat in first.repeats),
    )


def _identity(
    said: Body, date: datetime | None, body: bytes, received_at: datetime
) -> tuple[str, tuple[str, ...]]:
    """Clever Cloud sends no id. The state is part of what is said: a failure never counts as a repeated cancellation."""
    if said.deployment_id and said.resource and said.event in _OF_DEPLOYMENTS:
        # The platform's list of deployments knows these too: the same one, told either way, is one event.
        state = said.state or _OF_DEPLOYMENTS[said.event]
        return deployment_event(said.resource, said.deployment_id, state), ()
    if date is None:
        return undated(SOURCE, body, received_at=received_at)
    who = said.subject or said.owner or body
    said_at = date.isoformat()
    return dated(date, SOURCE, said.event, who, said.deployment_id, said.state, said_at), ()


def deployment_event(application: str, deployment: str, state: str) -> str:
    """Return the id of the event that a deployment came to ``state``."""
    return digest(SOURCE, "deployment", application, deployment, state)


def fingerprint(subject: str, trouble: str) -> str:
    """Name a trouble of a resource."""
    return f"{SOURCE}/{subject}/{trouble}"


def _fingerprint(said: Body, trouble: str) -> str:
    return fingerprint(said.subject or said.owner or "account", trouble)


def _text(key: str, said: Body, target: str) -> Text:
    return text(key, target=target, event=said.event)


def _labels(said: Body) -> Labels:
    prefix, _, rest = said.resource.partition("_")
    named = {
        "event": said.event,
        "resource": said.resource,
        "resource_kind": _KINDS.get(prefix, prefix) if rest else "",
        "owner": said.owner,
        "state": said.state,
        "cause": said.data.cause,
    }
    return pairs(named.items())


def _facts(said: Body) -> Labels:
    named = {
        "deployment": said.deployment_id,
        "commit": said.data.commit,
        "action": said.data.action,
        "cause": said.data.cause,
        "author": said.author_id,
        "owner": said.owner,
    }
    return pairs(named.items())
