"""What the API answers, as pydantic models: its OpenAPI document is made from them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

SeverityWord = Literal["ok", "info", "warning", "critical"]


def _whole(words: object) -> object:
    """Replace what is no character: half of a surrogate pair can't be written."""
    return words.encode("utf-8", "replace").decode() if isinstance(words, str) else words


Word = Annotated[str, BeforeValidator(_whole)]


class Record(BaseModel):
    """One object of an answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class IncidentRecord(Record):
    """An incident. `severity` is the present one, `peak` the worst so far; `changes` counts them."""

    id: str
    state: Literal["open", "over"]
    severity: SeverityWord
    peak: SeverityWord
    source: Word
    kind: Word
    target: Word
    title: Word
    summary: Word
    opened_at: datetime
    updated_at: datetime
    resolved_at: datetime | None
    value: float | None
    threshold: float | None
    unit: Word
    labels: dict[Word, Word]
    facts: dict[Word, Word]
    changes: int
    late: bool
    follows: str | None
    deployment: Word | None


class IncidentPage(Record):
    """A page of incidents, newest first. `after` asks for the next one; null at the end."""

    incidents: list[IncidentRecord]
    after: str | None


class ChangeRecord(Record):
    """One change of an incident."""

    sequence: int
    at: datetime
    kind: Literal["opened", "reopened", "escalated", "eased", "updated", "resolved", "noticed"]
    severity: SeverityWord
    before: SeverityWord
    summary: Word
    value: float | None


class EventRecord(Record):
    """One event that came in, and what became of it."""

    id: str
    receipt: str | None
    incident: str | None
    outcome: Word
    severity: SeverityWord
    source: Word
    kind: Word
    target: Word
    title: Word
    summary: Word
    occurred_at: datetime
    received_at: datetime


class AttemptRecord(Record):
    """One attempt to deliver."""

    number: int
    at: datetime
    outcome: Word
    status: int | None
    milliseconds: int
    retry_after_seconds: float | None
    reason: Word


class DeliveryRecord(Record):
    """One change to be told on one channel. `held` says what delays it, `instead_of` for which channel it stands in,
    `told_with` which delivery's message told it; each is empty for none."""

    id: str
    sequence: int
    channel: Word
    state: Literal["pending", "delivered", "folded", "dropped", "parked", "given up"]
    created_at: datetime
    due_at: datetime
    failures: int
    held: Word
    reason: Word
    instead_of: Word
    told_with: Word
    attempts: list[AttemptRecord]


class RuleRecord(Record):
    """The exact rule that raised an incident: `settings` as config.yaml writes them, `file` and `line` where they stood,
    `config` the file's SHA-256. `line` is null for a rule that holds without being written."""

    name: Word
    kind: Word
    metric: Word
    settings: dict[Word, Word]
    file: Word | None
    line: int | None
    config: Word | None


class IncidentDetail(IncidentRecord):
    """An incident with its newest changes. `before` asks for those before them; null at the beginning. `rule` is null for
    what came in from outside."""

    followed_by: str | None
    timeline: list[ChangeRecord]
    events: list[EventRecord]
    deliveries: list[DeliveryRecord]
    before: int | None
    rule: RuleRecord | None


class LevelRecord(Record):
    """One threshold: entered beyond `enter`, left once back at `leave`."""

    severity: SeverityWord
    enter: float
    leave: float


class MetricRecord(Record):
    """The newest value of one series."""

    metric: Word
    labels: dict[Word, Word]
    unit: Word
    value: float
    at: datetime
    severity: SeverityWord
    incident: str | None
    thresholds: list[LevelRecord]


class TargetRecord(Record):
    """A polled target. `since` is since when there is no data, where `state` says so."""

    name: Word
    source: Word
    every_seconds: float
    state: Literal["ok", "firing", "no data", "never read"]
    severity: SeverityWord
    read_at: datetime | None
    since: datetime | None
    misses: int
    reason: Word | None
    metrics: list[MetricRecord]


class TargetList(Record):
    """Every configured target."""

    targets: list[TargetRecord]


class SampleRecord(Record):
    """One value."""

    at: datetime
    value: float


class SampleList(Record):
    """The values of a series, oldest first; of too many the newest."""

    samples: list[SampleRecord]
    unit: Word


class ReceiptRecord(Record):
    """A request that came in, and what became of it."""

    id: str
    intake: Word
    received_at: datetime
    content_type: Word
    bytes: int
    note: Word
    events: list[EventRecord]
    incidents: list[str]
    deliveries: list[DeliveryRecord]


class Trouble(Record):
    """What is wrong with a request and how to mend it; `where` names the parameter."""

    error: str
    where: str | None = None
