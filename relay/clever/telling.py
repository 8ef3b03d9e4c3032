"""What a deployment or a state becomes as events: the same that a webhook's body becomes, with the same ids.

The rule: what holds now is told as known now; what is over and long ago is noted, and pages nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from relay.clever.deployments import Deployment, decided
from relay.clever.status import Status
from relay.core.identity import digest
from relay.core.model import Event, Severity
from relay.core.text import text
from relay.intake.clever_cloud.body import Body
from relay.intake.clever_cloud.events import SOURCE, events, fingerprint
from relay.intake.clever_cloud.meaning import STOPPED, judge

# What began longer ago, and is over when it is first seen, is history.
PAST = timedelta(minutes=15)
STATUS = "status"
_REFUSED = {
    "MODERATED": ("clever.moderated", "clever.moderated.summary"),
    "DEFAULT_OF_PAYMENT": ("clever.unpaid", "clever.unpaid.summary"),
}


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells of one application. ``severities`` are those of the intake, by the keys of its meanings."""

    application: str
    target: str
    owner: str
    at: datetime
    severities: Mapping[str, Severity] = field(default_factory=dict)

    def deployments(self, known: Sequence[Deployment]) -> Iterator[Event]:
        """Yield the events of deployments, newest first."""
        newest = decided(known)
        is_past = False
        for one in known:
            for event in self._of(one):
                yield self._placed(event, is_now=one is newest, is_past=is_past)
            is_past = is_past or one is newest

    def stop(self, wanted: str, known: Sequence[Deployment]) -> Iterator[Event]:
        """Yield whether it is stopped though nobody is named who asked for that."""
        if wanted == "SHOULD_BE_UP":
            yield self._state(STOPPED, Severity.OK, "clever.stopped", "clever.up_again")
        elif wanted == "SHOULD_BE_DOWN" and known and known[0].action == "UNDEPLOY" and not known[0].author:
            yield self._state(STOPPED, Severity.WARNING, "clever.stopped", "clever.stopped.summary")

    def status(self, wanted: str, found: Status, *, is_down: bool) -> Iterator[Event]:
        """Yield whether it is down; ``is_down``: no instance was up, more than once in a row."""
        if wanted in _REFUSED:
            yield self._state(STATUS, Severity.CRITICAL, *_REFUSED[wanted])
        elif is_down:
            yield self._state(STATUS, Severity.CRITICAL, "clever.down", "clever.down.summary")
        elif found is not Status.UNKNOWN:
            yield self._state(STATUS, Severity.OK, "clever.down", "clever.up_again")

    def _of(self, one: Deployment) -> Iterator[Event]:
        began = replace(one, state="WIP")
        yield from self._read("DEPLOYMENT_ACTION_BEGIN", began)
        if not one.is_under_way:
            yield from self._read("DEPLOYMENT_ACTION_END", one)

    def _read(self, event: str, one: Deployment) -> Iterator[Event]:
        data = {
            "appId": self.application,
            "ownerId": self.owner,
            "uuid": one.id,
            "state": one.state,
            "action": one.action,
            "commit": one.commit,
            "cause": one.cause,
        }
        said = Body.model_validate({"event": event, "authorId": one.author, "data": data})
        meaning = judge(said, self.severities)
        yield from events(said, meaning, target=self.target, date=one.began_at, body=b"", received_at=self.at)

    def _placed(self, event: Event, *, is_now: bool, is_past: bool) -> Event:
        ends = event.kind == "DEPLOYMENT_ACTION_END"
        if is_now and ends:
            # The list has no time of the end; that it is the newest is known now.
            return replace(event, as_of=self.at)
        long_ago = self.at - event.occurred_at > PAST
        if event.severity > Severity.INFO and long_ago and (is_past or is_now):
            return replace(event, severity=Severity.INFO, momentary=False)
        return event

    def _state(self, about: str, severity: Severity, title: str, summary: str) -> Event:
        print_ = fingerprint(self.application, about)
        return Event(
            id=digest(print_, severity.word, self.at.isoformat()),
            fingerprint=print_,
            severity=severity,
            kind=f"application-{about}",
            source=SOURCE,
            target=self.target,
            title=text(title, target=self.target),
            summary=text(summary),
            occurred_at=self.at,
            received_at=self.at,
            labels=(
                ("owner", self.owner),
                ("resource", self.application),
                ("resource_kind", "application"),
            ),
        )
