"""What a message says, whatever the client: the one place that decides its sentences and fields.

The rule: times stay times and outside text stays unescaped here; each client's module only draws. Nothing is told by
colour alone: every severity has a word and a mark of its own shape.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite

from relay.channels.trimming import clean, one_line
from relay.core.identity import short
from relay.core.model import ChangeKind, Incident, Moment, Notification, Severity
from relay.core.rules import POLLED
from relay.core.telling import story
from relay.core.text import Language, Text, duration, quantity, say, text

MARKS: Mapping[Severity, str] = {
    Severity.OK: "✅",
    Severity.INFO: "ℹ️",
    Severity.WARNING: "⚠️",
    Severity.CRITICAL: "🛑",
}
COLOURS: Mapping[Severity, int] = {
    Severity.OK: 0x2E9E5B,
    Severity.INFO: 0x3B82C4,
    Severity.WARNING: 0xE0A100,
    Severity.CRITICAL: 0xC62F2F,
}
# What changes so little that an edited message tells it well enough; all else makes itself heard.
QUIET = frozenset({ChangeKind.EASED, ChangeKind.UPDATED})
MOST_MOMENTS = 8
MOST_FACTS = 4
LONGEST_LINK = 500
# Printable ASCII without what ends a link in either client's markup.
_LINK = re.compile(r"https?://(?:(?![<>|\"`\\()\[\]])[!-~])+")


@dataclass(frozen=True, slots=True)
class Field:
    """A name and what it is; a time is drawn in the reader's own zone. ``outside`` marks words that a sender chose."""

    label: str
    value: str | datetime
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One line of what happened."""

    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Link:
    """Where the incident's page is; ``label`` says so."""

    url: str
    label: str


@dataclass(frozen=True, slots=True)
class Message:
    """All that a message says. Everything but ``summary`` is one line; texts may be empty, and are of any length.

    ``latest`` is the last change in a few words; ``marker`` tells messages of one incident apart; ``heard`` asks for a
    message of its own, since editing is silent.
    """

    severity: Severity
    word: str
    title: str
    target: str
    summary: str
    fields: tuple[Field, ...]
    happened: str
    earlier: str
    steps: tuple[Step, ...]
    latest: str
    late: str
    marker: str
    link: Link | None
    at: datetime
    heard: bool

    @property
    def mark(self) -> str:
        """The severity's shape."""
        return MARKS[self.severity]

    @property
    def colour(self) -> int:
        """The severity's colour as 0xRRGGBB."""
        return COLOURS[self.severity]


def message(notification: Notification, language: Language) -> Message:
    """Return what ``notification`` says in ``language``."""
    incident = notification.incident
    moments = tuple(story((*notification.past, *notification.moments))) or notification.moments[-1:]
    steps = tuple(_steps(moments[-MOST_MOMENTS:], incident.unit, language))
    earlier = len(moments) - len(steps)
    return Message(
        severity=incident.severity,
        word=say(incident.severity.text, language),
        title=one_line(say(incident.title, language)) or one_line(incident.kind) or short(incident.id),
        target=one_line(incident.target),
        summary=clean(say(incident.summary, language)),
        fields=tuple(_fields(notification, language)),
        happened=say(text("message.story"), language),
        earlier=say(text("message.earlier", count=earlier), language) if earlier else "",
        steps=steps,
        latest=say(_change(notification.moments[-1]), language),
        late=one_line(say(notification.late, language)) if notification.late else "",
        marker=_marker(notification, language),
        link=_link(notification, language),
        at=notification.moments[-1].at,
        heard=any(moment.kind not in QUIET for moment in notification.moments),
    )


def _fields(notification: Notification, language: Language) -> Iterator[Field]:
    incident = notification.incident

    def named(key: str, value: str | datetime, *, outside: bool = False) -> Field:
        return Field(say(text(f"message.{key}"), language), value, outside)

    if target := one_line(incident.target):
        yield named("target", target, outside=True)
    for key, value in (("value", incident.value), ("threshold", incident.threshold)):
        if value is not None and isfinite(value):
            # Cleaned before: French puts a no-break space between, which must stay.
            yield named(key, quantity(value, one_line(incident.unit), language))
    yield named("since", incident.opened_at)
    if incident.resolved_at is not None and notification.kind is not ChangeKind.NOTICED:
        yield named("duration", duration(incident.resolved_at - incident.opened_at, language))
    if incident.deployment is not None:
        yield named("deployment", one_line(say(incident.deployment, language)), outside=True)
    yield from _facts(incident)


def _facts(incident: Incident) -> Iterator[Field]:
    """Yield what the sender told beside the trouble itself, as far as there is something to see.

    The relay's own figures are in its sentences already: its facts are for programs.
    """
    if incident.source == POLLED:
        return
    cleaned = ((one_line(name), one_line(value)) for name, value in incident.facts)
    told = [Field(name, value, outside=True) for name, value in cleaned if name and value]
    yield from told[:MOST_FACTS]


def _steps(moments: Sequence[Moment], unit: str, language: Language) -> Iterator[Step]:
    for moment in moments:
        words = say(_change(moment), language)
        if moment.value is not None and isfinite(moment.value):
            words += f" ({quantity(moment.value, one_line(unit), language)})"
        yield Step(moment.at, words)


def _change(moment: Moment) -> Text:
    return text(f"change.{moment.kind}", before=moment.before.text, severity=moment.severity.text)


def _marker(notification: Notification, language: Language) -> str:
    parts = (
        [text("message.digest", id=short(notification.incident.id))]
        if notification.told > 1
        else [
            text("message.incident", id=short(notification.incident.id)),
            text("message.update", number=notification.moments[-1].sequence),
        ]
    )
    if notification.repeated:
        parts.append(text("message.repeated"))
    return " · ".join(say(part, language) for part in parts)


def _link(notification: Notification, language: Language) -> Link | None:
    """Return the link, or None where the address could break out of its markup or is no address."""
    url = notification.link
    if len(url) > LONGEST_LINK or not _LINK.fullmatch(url):
        return None
    label = "message.open_list" if notification.told > 1 else "message.open_page"
    return Link(url, say(text(label), language))
