"""Restarts by the platform of several applications: its own bad hour, told once.

The rule: what hits several applications within an hour is one incident that names them; what keeps hitting one of them, or
ends badly, is told of that one all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from relay.core.deployments import Deployment
from relay.core.identity import digest
from relay.core.model import Event, Incident, Severity
from relay.core.text import text

SOURCE = "clever-cloud"
KIND = "platform-restarts"
BEGUN = "DEPLOYMENT_ACTION_BEGIN"
# So many applications within that time are not each in trouble of its own; it ends when for that time there was no more.
APPLICATIONS = 3
WITHIN = timedelta(hours=1)
# An application that is restarted so often within that time has a trouble of its own, whatever goes on around it.
LOOP = 3
# So many are kept by name, and so many of them stand in the summary.
KEPT, NAMED = 100, 10

# A full disk is the application's own doing.
_CAUSES = frozenset({"unreachable", "timeout"})


def is_restart(event: Event) -> bool:
    """Whether the platform restarts an application and nobody asked to be told of each (a severity of one's own)."""
    return (
        event.source == SOURCE
        and event.kind == BEGUN
        and event.severity is Severity.WARNING
        and _is_cause(dict(event.facts).get("cause", ""))
    )


def fingerprint(event: Event) -> str:
    """Name the trouble of all applications of one owner."""
    return f"{SOURCE}/{dict(event.labels).get('owner') or 'account'}/restarts"


def fingerprints(events: Iterable[Event]) -> set[str]:
    """Return all troubles that taking ``events`` may change."""
    known = list(events)
    return {event.fingerprint for event in known} | {fingerprint(one) for one in known if is_restart(one)}


def is_loop(event: Event, deployed: Sequence[Deployment]) -> bool:
    """Whether the application, whose other deployments are ``deployed``, is restarted again and again."""
    own = dict(event.facts).get("deployment", "")
    since = event.occurred_at - WITHIN
    earlier = [one for one in deployed if since <= one.began_at <= event.occurred_at and _is_cause(one.cause)]
    return sum(one.id != own for one in earlier) + 1 >= LOOP


def crowd(event: Event, whole: Incident | None, recent: Sequence[Incident]) -> Event | None:
    """Return the news of all applications: ``whole`` is their open incident, ``recent`` what was opened of late.

    None while a restart is one application's matter.
    """
    if whole is not None:
        return _crowd(event, dict(whole.facts), int(whole.value or 0) + 1)
    owner = dict(event.labels).get("owner")
    alike = [one for one in recent if one.kind == BEGUN and dict(one.labels).get("owner") == owner]
    known = {
        one.target: _clock(one.opened_at) for one in alike if _is_cause(dict(one.facts).get("cause", ""))
    }
    if len({*known, event.target}) < APPLICATIONS:
        return None
    return _crowd(event, known, len({*known, event.target}))


def folded(event: Event) -> Event:
    """Return a restart as a part of the one incident: kept, and not told a second time."""
    return replace(event, severity=Severity.INFO, momentary=False)


def _crowd(event: Event, known: dict[str, str], number: int) -> Event:
    at = max(event.known_at, event.occurred_at)
    if len(known) < KEPT:
        known = {**known, event.target: _clock(event.occurred_at)}
    names = [event.target, *(name for name in sorted(known) if name != event.target)]
    more = f" (+{len(names) - NAMED})" if len(names) > NAMED else ""
    print_ = fingerprint(event)
    return replace(
        event,
        id=digest(print_, event.id),
        fingerprint=print_,
        kind=KIND,
        target=SOURCE,
        title=text("clever.restarts"),
        summary=text("clever.restarts.summary", count=number, names=", ".join(names[:NAMED]) + more),
        labels=tuple(pair for pair in event.labels if pair[0] == "owner"),
        facts=tuple(sorted(known.items())),
        value=float(number),
        ends_at=event.received_at + WITHIN,
        momentary=False,
        repeats=(),
        as_of=max(at, event.received_at),
    )


def _is_cause(cause: str) -> bool:
    return cause.casefold().removeprefix("monitoring/") in _CAUSES


def _clock(at: datetime) -> str:
    return at.strftime("%H:%M UTC")
