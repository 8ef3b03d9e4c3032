"""Deployments: what an incident followed, and whether it got worse after each.

The rule: a figure got worse only where it did so against the time before and against the last deployments, by a fifth of what it
was and by a tenth of what its threshold allows; less is the weather. What nobody measured is unknown, never healthy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import reduce
from statistics import median

from relay.core.identity import digest
from relay.core.model import Event, Severity
from relay.core.text import Quantity, Text, text, verbatim

KIND = "deployment-verdict"
SOURCE = "deployments"
UNDER_WAY = frozenset({"WIP", "TASK_RUNNING"})
# A list of deployments tells when each began; one that is found over at first sight took no longer than this.
LONGEST = timedelta(hours=1)
# Whose end is heard of so long after it is history, as in a backlog: nobody waits for its verdict.
LATE = timedelta(minutes=15)
# Of more figures than a line holds the first are told.
MOST_FIGURES = 4

# With or without "Monitoring/" before it.
_BY_PLATFORM = frozenset({"unreachable", "timeout", "diskfull", "scaling", "maintenance"})
_BY = 0.2
_OF_THRESHOLD = 0.1


@dataclass(frozen=True, slots=True)
class Following:
    """How long a deployment is named with what came after it, and after what time its verdict is told (zero: never)."""

    within: timedelta = timedelta(hours=24)
    verdict_after: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment of an application, which is told of under the name ``target``; ``ended_at`` is None while it goes on."""

    id: str
    application: str
    target: str
    began_at: datetime
    ended_at: datetime | None
    state: str
    action: str = ""
    commit: str = ""
    cause: str = ""
    author: str = ""

    @property
    def is_asked_for(self) -> bool:
        """Whether somebody asked for it, perhaps with a new version; a restart or a scaling by the platform is not."""
        cause = self.cause.casefold().removeprefix("monitoring/")
        return self.action in ("", "DEPLOY") and cause not in _BY_PLATFORM

    @property
    def text(self) -> Text:
        """Name it: its commit, who made it, and why."""
        return text(
            "deployment.named", what=verbatim((self.commit or self.id.partition("_")[2] or self.id)[:8]),
            by=text("deployment.by", author=self.author) if self.author else verbatim(""),
            why=text("deployment.why", cause=self.cause) if self.cause else verbatim(""),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric around a deployment: its mean before and after, and after each of the last deployments.

    ``threshold`` is where its rule begins to warn; ``below``: less is worse.
    """

    key: str
    metric: Text
    unit: str
    threshold: float
    before: float | None
    after: float | None
    earlier: tuple[float, ...] = ()
    below: bool = False

    @property
    def text(self) -> Text:
        """Say it in a few words."""
        if self.after is None:
            return text("deployment.figure.none", metric=self.metric)
        after = Quantity(self.after, self.unit)
        if self.before is None:
            return text("deployment.figure.after", metric=self.metric, after=after)
        before = Quantity(self.before, self.unit)
        return text("deployment.figure", metric=self.metric, before=before, after=after)

    @property
    def is_worse(self) -> bool:
        """Whether it got worse."""
        after = self.after
        known = [
            *([] if self.before is None else [self.before]),
            *([median(self.earlier)] if self.earlier else []),
        ]
        if after is None or not known:
            return False
        sign = -1 if self.below else 1
        least = _OF_THRESHOLD * abs(self.threshold)
        return all(sign * (after - usual) > max(_BY * abs(usual), least) for usual in known)


class Verdict(StrEnum):
    """What a deployment came to."""

    HEALTHY = "healthy"
    WORSE = "worse"
    UNKNOWN = "unknown"


def of(event: Event) -> Deployment | None:
    """Return the deployment that an event tells of, None where it names none."""
    facts, known = dict(event.facts), dict(event.labels)
    id, application = facts.get("deployment", ""), known.get("resource", "")
    if not id or not application or not event.kind.startswith("DEPLOYMENT"):
        return None
    state = known.get("state") or ("OK" if event.severity is Severity.OK else "WIP")
    ended_at = min(event.known_at, event.occurred_at + LONGEST)
    return Deployment(
        id=id,
        application=application,
        target=event.target,
        began_at=event.occurred_at,
        ended_at=None if state in UNDER_WAY else ended_at,
        state=state,
        action=facts.get("action", ""),
        commit=facts.get("commit", ""),
        cause=facts.get("cause", ""),
        author=facts.get("author", ""),
    )


def preceded(deployment: Deployment, at: datetime, figure: Figure | None) -> Text:
    """Say which deployment something at ``at`` followed, how soon, and with what change of its metric."""
    said = text("deployment.preceded", span=at - deployment.began_at, deployment=deployment.text)
    if figure is None or figure.before is None or figure.after is None:
        return said
    return text(
        "deployment.preceded.figure",
        preceded=said,
        before=Quantity(figure.before, figure.unit),
        after=Quantity(figure.after, figure.unit),
    )


def judge(figures: Sequence[Figure], incidents: int) -> Verdict:
    """Return what a deployment came to, after which ``incidents`` opened."""
    if incidents or any(figure.is_worse for figure in figures):
        return Verdict.WORSE
    if not any(figure.after is not None for figure in figures):
        return Verdict.UNKNOWN
    return Verdict.HEALTHY


def verdict(
    deployment: Deployment, figures: Sequence[Figure], incidents: int, after: timedelta, at: datetime
) -> Event:
    """Return the one line that is told of a deployment some time after it."""
    came_to = judge(figures, incidents)
    return Event(
        id=digest(KIND, deployment.application, deployment.id),
        fingerprint=f"{SOURCE}/{deployment.application}/verdict/{deployment.id}",
        severity=Severity.WARNING if came_to is Verdict.WORSE else Severity.INFO,
        kind=KIND,
        source=SOURCE,
        target=deployment.target,
        title=text(
            f"deployment.verdict.{came_to.value}",
            target=deployment.target,
            deployment=deployment.text,
            span=after,
        ),
        summary=_summary(came_to, figures, incidents),
        occurred_at=at,
        received_at=at,
        labels=(("resource", deployment.application), ("verdict", came_to.value)),
        facts=tuple(
            (name, value)
            for name, value in (
                ("author", deployment.author),
                ("cause", deployment.cause),
                ("commit", deployment.commit),
                ("deployment", deployment.id),
            )
            if value
        ),
        momentary=True,
    )


def _summary(came_to: Verdict, figures: Sequence[Figure], incidents: int) -> Text:
    if came_to is Verdict.UNKNOWN:
        return text("deployment.unmeasured")
    told = [figure for figure in figures if figure.is_worse] if came_to is Verdict.WORSE else [*figures]
    said = [figure.text for figure in told[:MOST_FIGURES]]
    if incidents:
        said.append(text("deployment.incidents", count=incidents))
    return reduce(lambda first, rest: text("storm.and", first=first, rest=rest), said)
