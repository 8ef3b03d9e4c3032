"""A relay with a real store, a clock that the test turns, and far ends of a few lines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from relay.core.delivery import DeliveryError, RemoteRef, Sent
from relay.core.detectors.absent import Absent
from relay.core.detectors.threshold import Level, Threshold
from relay.core.identity import digest
from relay.core.measures import Gauge, Metric, Selector
from relay.core.model import Event, NoData, Notification, Reading, Readings, Receipt, Severity
from relay.core.routing import Route
from relay.core.rules import Rule
from relay.core.targets import Target
from relay.core.text import verbatim
from relay.pipeline import Relay, Setup
from relay.pipeline.setup import Polled
from relay.store.incidents import Filter
from relay.store.reader import Reader
from relay.store.sqlite import SqliteBackend
from relay.store.writer import Writer

NOON = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)


@dataclass
class FarEnd:
    """A channel that keeps what it is sent, or fails as it is told."""

    name: str
    sent: list[Notification] = field(default_factory=list)
    previous: list[RemoteRef | None] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    always: Exception | None = None
    pace: timedelta = timedelta(0)
    identity: str = "there"

    async def send(self, notification: Notification, previous: RemoteRef | None, deadline: timedelta) -> Sent:
        if self.always is not None:
            raise self.always
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(notification)
        self.previous.append(previous)
        return Sent(200, RemoteRef((("id", notification.incident.id),)))

    def told(self) -> list[str]:
        """What was told, as one word a message."""
        return [notification.kind.value for notification in self.sent]


@dataclass
class Memory:
    """A source that reads the numbers it is given, one a read; a text stands for no data, an exception is raised."""

    values: list[float | str | Exception]

    async def read(self, target: Target, at: datetime) -> Readings | NoData:
        value = self.values.pop(0)
        if isinstance(value, Exception):
            raise value
        if isinstance(value, str):
            return NoData(at, verbatim(value))
        return Readings(at, (Reading("memory", value),))


class World:
    """Everything that a test turns."""

    def __init__(self, path: Path) -> None:
        self.at = NOON
        self.slack = FarEnd("slack")
        self.discord = FarEnd("discord")
        self.memory = Memory([])
        self.backend = SqliteBackend(path / "relay.db", patience=0.5)
        self.backend.migrate()
        self.writer = Writer(self.backend)
        self.reader = Reader(self.backend)
        self.setup = Setup(
            rules=(memory_rule(),),
            targets={"api": Polled(target(), self.memory)},
            channels={"slack": self.slack, "discord": self.discord},
            routes=(Route("all", ("slack", "discord")),),
            public_url="http://relay.example",
        )
        self.relay = self.another()

    def another(self) -> Relay:
        """A second instance, or the first after a restart."""
        return Relay(self.writer, self.setup, now=lambda: self.at, owner="test")

    def after(self, **span: float) -> None:
        """Let time pass."""
        self.at += timedelta(**span)

    async def post(self, *events: Event) -> list[str]:
        """Post events and return what became of each."""
        receipt = Receipt(digest(*(event.id for event in events)), "test", self.at, b"{}")
        taken = await self.relay.receive(receipt, events)
        return [outcome for _, outcome in taken.outcomes]

    async def drain(self) -> None:
        """Deliver until nothing is due now."""
        while await self.relay.deliver_due():
            pass

    async def poll(self, *values: float | str | Exception, every: float = 60) -> None:
        """Poll once for each value, ``every`` seconds apart."""
        for value in values:
            self.memory.values.append(value)
            for lease in await self.relay.claim_targets():
                await self.relay.poll(lease)
            self.after(seconds=every)

    def incidents(self, **conditions: object) -> Sequence:
        """What the store holds."""
        with self.reader.read() as tx:
            return tx.incidents(Filter(**conditions))

    def states(self) -> dict[str, int]:
        """How many deliveries stand in each state."""
        with self.reader.read() as tx:
            return tx.delivery_counts()


@asynccontextmanager
async def world(path: Path) -> AsyncIterator[World]:
    """A world, ended cleanly."""
    made = World(path)
    made.writer.start()
    try:
        await made.relay.start()
        yield made
    finally:
        made.reader.close()
        await asyncio.to_thread(made.writer.stop)


def target() -> Target:
    metric = Metric("memory", Gauge(Selector("memory")), "%")
    return Target("api", "test", timedelta(seconds=60), (metric,), Absent(after=3))


def memory_rule() -> Rule:
    levels = (Level(Severity.WARNING, 70, 65), Level(Severity.CRITICAL, 85, 80))
    return Rule("memory", "memory", Threshold(levels, hold=timedelta(seconds=60)), "%")


def event(severity: Severity, at: datetime, fingerprint: str = "disk", **more: object) -> Event:
    """Something that a sender reports at ``at``."""
    made = Event(
        id=digest(fingerprint, severity.word, at.isoformat()),
        fingerprint=fingerprint,
        severity=severity,
        kind="disk",
        source="test",
        target="db",
        title=verbatim("Disk is filling"),
        summary=verbatim("90 %"),
        occurred_at=at,
        received_at=at,
    )
    return replace(made, **more)


def refusal(failure: str, status: int | None = None, retry_after: float | None = None) -> DeliveryError:
    from relay.core.delivery import Failure

    span = None if retry_after is None else timedelta(seconds=retry_after)
    return DeliveryError(Failure(failure), f"HTTP {status}", status=status, retry_after=span)
