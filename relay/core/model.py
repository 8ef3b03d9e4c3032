"""The nouns of alerting: what comes in, what is known, what is told.

The rule: frozen values, changed by ``dataclasses.replace``; every time is aware UTC; labels are sorted pairs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

from relay.core.text import Text, text

Labels = tuple[tuple[str, str], ...]


def labels(pairs: Mapping[str, str]) -> Labels:
    """Return labels in their one order, so that equal labels are equal values."""
    return tuple(sorted(pairs.items()))


class Severity(IntEnum):
    """How bad it is; the order is the order of badness. ``OK`` resolves, ``INFO`` is noted."""

    OK = 0
    INFO = 1
    WARNING = 2
    CRITICAL = 3

    @property
    def word(self) -> str:
        """The name as config files, pages and APIs write it."""
        return self.name.lower()

    @property
    def text(self) -> Text:
        """The name as a reader sees it."""
        return text(f"severity.{self.word}")


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of one series. ``value`` is finite."""

    at: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Series:
    """What a sample belongs to: a target, a metric's name and its labels."""

    target: str
    metric: str
    labels: Labels = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """One raw number of a source's answer, before it is turned into a metric: name, labels, value (may be NaN).

    ``at`` is when it was so, where the source says that; None: when it was read.
    """

    name: str
    value: float
    labels: Labels = ()
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Readings:
    """What one read of a target brought. ``excused`` names readings that are absent for a known reason, not missing.

    ``vouched`` names what several targets share and this read shows to work; ``troubled`` what it shows to fail.
    ``events`` are what a read found to have happened, each told once by its id; ``states`` are what it found to hold now,
    told where that differs from what is known.
    """

    at: datetime
    values: tuple[Reading, ...]
    excused: frozenset[str] = frozenset()
    vouched: tuple[str, ...] = ()
    troubled: tuple[Shared, ...] = ()
    events: tuple[Event, ...] = ()
    states: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Shared:
    """Something that several targets share and that fails, such as a region's metrics, and why."""

    name: str
    reason: Text


@dataclass(frozen=True, slots=True)
class NoData:
    """One read of a target that brought nothing, and why: never zero, never fine.

    ``shared`` names what is at fault where several targets share it: then that has no data, once, not each of them.
    ``own``: our own network is away, so nothing is known of the target.
    ``at_once``: the next reads will bring nothing either, so it counts now.
    """

    at: datetime
    reason: Text
    shared: str = ""
    own: bool = False
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """Something that was reported or found.

    ``id`` says "seen before", ``fingerprint`` names the trouble. ``occurred_at`` is the sender's time, never later than
    ``received_at``. ``ends_at`` is when the trouble ends by itself unless it is reported again; ``momentary`` trouble has
    no end to wait for. ``repeats`` are ids under which the same undated body may already be stored. ``as_of`` is when a
    sender that repeats present states knew it to be so; None means ``occurred_at``. ``rule`` is the exact rule that found it,
    for what the relay finds itself.
    """

    id: str
    fingerprint: str
    severity: Severity
    kind: str
    source: str
    target: str
    title: Text
    summary: Text
    occurred_at: datetime
    received_at: datetime
    labels: Labels = ()
    facts: Labels = ()
    value: float | None = None
    threshold: float | None = None
    unit: str = ""
    ends_at: datetime | None = None
    momentary: bool = False
    repeats: tuple[str, ...] = ()
    as_of: datetime | None = None
    rule: Labels = ()

    @property
    def known_at(self) -> datetime:
        """What orders the events of one trouble."""
        return self.as_of or self.occurred_at


@dataclass(frozen=True, slots=True)
class Receipt:
    """One accepted request: its raw body and what was noted of it. ``id`` is derived from what it says."""

    id: str
    intake: str
    received_at: datetime
    body: bytes
    content_type: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Incident:
    """A trouble from its first event to its end.

    ``severity`` is the present one (``OK`` once over), ``peak`` the worst so far, ``sequence`` the number of its last
    change, ``follows`` an earlier incident of the same trouble, ``deployment`` the deployment that it came after.
    """

    id: str
    fingerprint: str
    severity: Severity
    peak: Severity
    source: str
    kind: str
    target: str
    title: Text
    summary: Text
    opened_at: datetime
    updated_at: datetime
    sequence: int
    labels: Labels = ()
    facts: Labels = ()
    value: float | None = None
    threshold: float | None = None
    unit: str = ""
    resolved_at: datetime | None = None
    ends_at: datetime | None = None
    follows: str | None = None
    late: bool = False
    deployment: Text | None = None

    @property
    def is_open(self) -> bool:
        """Whether the trouble goes on."""
        return self.resolved_at is None


class ChangeKind(StrEnum):
    """What happened to an incident. ``NOTICED`` opens and closes at once; ``UPDATED`` is told to nobody."""

    OPENED = "opened"
    REOPENED = "reopened"
    ESCALATED = "escalated"
    EASED = "eased"
    UPDATED = "updated"
    RESOLVED = "resolved"
    NOTICED = "noticed"


@dataclass(frozen=True, slots=True)
class Change:
    """One step in the life of an incident: the incident after it, and the event that caused it.

    ``names``: it says who is to blame, and nobody was named before, or somebody else.
    """

    incident: Incident
    kind: ChangeKind
    event: Event
    before: Severity
    names: bool = False

    @property
    def sequence(self) -> int:
        """Its number within the incident, from 1."""
        return self.incident.sequence

    @property
    def moment(self) -> Moment:
        """Its line in the incident's story."""
        event = self.event
        severity = self.incident.severity
        return Moment(
            self.sequence, event.received_at, self.kind, severity, self.before, event.summary, event.value
        )


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of an incident's story, as a message or a page tells it."""

    sequence: int
    at: datetime
    kind: ChangeKind
    severity: Severity
    before: Severity
    summary: Text
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart that goes with a message: ``said`` is the same in words, for who does not see it.

    It is either there as a ``png``, or anybody who has its ``link`` may fetch it.
    """

    said: str
    png: bytes = field(default=b"", repr=False)
    link: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Notification:
    """All that a channel needs to tell one thing.

    ``moments`` are the changes that this message tells, oldest first; ``past`` are those before, which a living message
    shows again; ``at`` is now. ``late`` says why it comes late,
    where it does; ``repeated`` marks a message that may have been sent before; ``told`` is of how many incidents it tells:
    of more than one, ``incident`` stands for them all. ``picture`` shows the incident's metric, where it has one.
    """

    id: str
    incident: Incident
    moments: tuple[Moment, ...]
    at: datetime
    link: str = ""
    late: Text | None = None
    repeated: bool = False
    past: tuple[Moment, ...] = ()
    told: int = 1
    picture: Picture | None = None

    @property
    def kind(self) -> ChangeKind:
        """What happened last."""
        return self.moments[-1].kind
