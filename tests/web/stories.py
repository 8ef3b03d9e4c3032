"""A store with a past to look at, made by the product's own steps through its one writer, and told by a few verbs."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import sin
from pathlib import Path
from typing import Any, TypeVar

from relay.core.delivery import DeliveryError, Failure, RemoteRef, Sent
from relay.core.detectors.threshold import Level, Threshold
from relay.core.identity import digest
from relay.core.measures import Gauge, Metric, Selector
from relay.core.model import Event, NoData, Notification, Reading, Readings, Receipt, Severity
from relay.core.provenance import Origin
from relay.core.routing import Route, Silence
from relay.core.rules import Rule
from relay.core.targets import Target
from relay.core.text import Text, text, verbatim
from relay.pipeline.delivering import claim_due, record, told
from relay.pipeline.polling import keep_poll
from relay.pipeline.setup import Setup
from relay.pipeline.taking import take_all, take_request
from relay.store.reader import Reader
from relay.store.sqlite import SqliteBackend
from relay.store.transactions import Transaction
from relay.store.writer import Writer

T = TypeVar("T")

NOW = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

RULES = (
    Rule(
        "memory",
        "memory",
        Threshold((Level(Severity.WARNING, 70, 65), Level(Severity.CRITICAL, 85, 80)), times=2),
        "%",
        origin=Origin("config.yaml", 72, "5e1f" * 16),
    ),
    Rule(
        "response-time",
        "response_time",
        Threshold((Level(Severity.WARNING, 1, 0.8), Level(Severity.CRITICAL, 5, 4))),
        "s",
    ),
)


def _target(name: str) -> Target:
    gauges = (("memory", "%"), ("response_time", "s"), ("heap", "bytes"))
    return Target(
        name, "prometheus", MINUTE, tuple(Metric(of, Gauge(Selector(of)), unit) for of, unit in gauges)
    )


TARGETS = tuple(map(_target, ("gameshelf-api", "gameshelf-shop", "gameshelf-worker")))
NEW_TARGET = _target("gameshelf-new")


@dataclass(frozen=True)
class Channel:
    """A channel by name and pace alone: the stories say themselves what it answers."""

    name: str
    pace: timedelta = timedelta(0)
    identity: str = "there"

    async def send(self, notification: Notification, previous: RemoteRef | None, deadline: timedelta) -> Sent:
        raise NotImplementedError


class Story:
    """Writes a past into a store of its own."""

    def __init__(self, path: Path, channels: Sequence[str] = ("slack", "discord")) -> None:
        backend = SqliteBackend(path)
        backend.migrate()
        self.reader = Reader(backend)
        self.channels = {name: Channel(name) for name in channels}
        self.setup = Setup(rules=RULES, routes=(Route("all", tuple(channels)),), channels=self.channels)
        self._writer = Writer(backend)
        self._writer.start()
        # A loop of its own, so that a story can also go on within somebody else's loop.
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._states: dict[Any, Any] = {}
        self.step(lambda tx: [tx.know_channel(name, "there", NOW) for name in self.channels])

    def step(self, step: Callable[[Transaction], T]) -> T:
        """Run one step of the one writer."""
        return asyncio.run_coroutine_threadsafe(self._writer.run(step), self._loop).result(30)

    def redeliver(self, ids: Collection[str]) -> int:
        """Have deliveries tried again, as the pages ask for it."""
        return self.step(lambda tx: tx.redeliver(ids, NOW + 20 * SECOND))

    def close(self) -> None:
        """Stop writing and reading."""
        self._writer.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self.reader.close()

    def silence(self, *silences: Silence) -> None:
        """Plan silences for what comes."""
        self.setup = replace(self.setup, silences=silences)

    def know(self, *targets: Target) -> None:
        """Take note of targets, so that they are polled from the beginning of the story on."""
        self.step(lambda tx: tx.know_targets([target.name for target in targets], NOW - 10 * HOUR))

    def poll(self, at: datetime, results: Mapping[str, Mapping[str, float] | Text]) -> None:
        """Read each named target: its values, or why there are none."""
        targets = {target.name: target for target in (*TARGETS, NEW_TARGET) if target.name in results}
        self.step(lambda tx: self._poll(tx, at, targets, results))

    def receive(
        self, event: Event, body: bytes = b"{}", *, note: str = "", intake: str = "clever-cloud"
    ) -> str:
        """Take one webhook; return the id of its receipt."""
        receipt = Receipt(digest(event.id, body), intake, event.received_at, body, "application/json", note)
        self.step(lambda tx: take_request(tx, receipt, [event], self.setup, event.received_at))
        return receipt.id

    def take(self, tx: Transaction, event: Event) -> None:
        """Take an event without a request, within a step."""
        take_all(tx, [event], self.setup, event.received_at)

    def deliver(
        self, at: datetime, answer: Sent | DeliveryError, *, on: str, took: timedelta = 0.18 * SECOND
    ) -> bool:
        """Make one attempt on a channel, which answers so; return whether something was due."""

        def attempt(tx: Transaction) -> bool:
            claims = claim_due(tx, replace(self.setup, channels={on: self.channels[on]}), (), "test", at)
            for claim in claims:
                record(tx, claim, told(claim, answer, at, at + took), self.setup, at + took)
            return bool(claims)

        return self.step(attempt)

    def deliver_all(self, at: datetime, status: int = 200) -> None:
        """Deliver what is due on every channel."""
        for name in self.channels:
            while self.deliver(at, Sent(status), on=name):
                at += 2 * SECOND

    def _poll(
        self,
        tx: Transaction,
        at: datetime,
        targets: Mapping[str, Target],
        results: Mapping[str, Mapping[str, float] | Text],
    ) -> None:
        every = {name: target.every for name, target in targets.items()}
        for lease in tx.claim_targets(every, "test", at, 10 * SECOND, 100):
            result = results[lease.target]
            read = (
                NoData(at, result)
                if isinstance(result, Text)
                else Readings(at, tuple(Reading(name, value) for name, value in result.items()))
            )
            polling = keep_poll(tx, lease, targets[lease.target], read, self.setup, self._states)
            self._states.update(polling.states)


def webhook(
    at: datetime,
    severity: Severity = Severity.CRITICAL,
    *,
    name: str = "deployment",
    target: str = "gameshelf-api",
    title: str = "Deployment of gameshelf-api failed",
    summary: str = "Commit 4f2a1c9 could not be started: exit code 1",
    **changes: Any,
) -> Event:
    """Return an event as a webhook brings it."""
    plain = Event(
        id=digest(name, target, severity.word, at.isoformat()),
        fingerprint=f"clever-cloud/{target}/{name}",
        severity=severity,
        kind="DEPLOYMENT_FAIL" if severity else "DEPLOYMENT_SUCCESS",
        source="clever-cloud",
        target=target,
        title=verbatim(title),
        summary=verbatim(summary),
        occurred_at=at,
        received_at=at,
    )
    return replace(plain, **changes)


def values(minute: int, *, peak: float = 42) -> dict[str, float]:
    """Return what a calm target answers in a minute."""
    return {
        "memory": round(peak + 3 * sin(minute / 7), 1),
        "response_time": round(0.24 + 0.05 * sin(minute / 3), 3),
        "heap": 268e6 + 9e6 * sin(minute / 9),
    }


def tell_everything(story: Story) -> str:
    """Write two hours with all that a page can show; return the id of the incident of the leak, which is open."""
    story.know(*TARGETS, NEW_TARGET)
    _tell_old_incidents(story)
    for minute in range(-120, 1):
        at = NOW + minute * MINUTE
        leak = 44 + max(0, minute + 70) * 0.72
        shop: Mapping[str, float] | Text = values(minute, peak=31)
        if minute > -9:
            shop = text("nodata.timeout", limit=timedelta(seconds=10))
        api = values(minute) | {"memory": round(leak, 1), "heap": 120e6 + leak * 2.4e6}
        if -58 < minute < -46:
            continue  # the relay was down: nobody read anything
        if minute == -14:
            _tell_a_failed_deployment(story)
        story.poll(at, {"gameshelf-api": api, "gameshelf-shop": shop, "gameshelf-worker": values(minute + 5)})
        _deliver_as_it_comes(story, at)
    with story.reader.read() as tx:
        return next(one.incident_id for one in tx.open_troubles("poll") if one.target == "gameshelf-api")


def _deliver_as_it_comes(story: Story, at: datetime) -> None:
    if -34 * MINUTE < at - NOW < -31 * MINUTE:
        throttled = DeliveryError(Failure.THROTTLED, "rate limited", status=429, retry_after=45 * SECOND)
        story.deliver(at + SECOND, throttled, on="slack", took=0.09 * SECOND)
    elif at - NOW == -14 * MINUTE:
        gone = DeliveryError(Failure.GONE, "the webhook no longer exists", status=404)
        story.deliver(at + SECOND, gone, on="discord", took=0.12 * SECOND)
        unsure = DeliveryError(Failure.UNCERTAIN, "no answer within 10 s")
        story.deliver(at + SECOND, unsure, on="slack", took=10 * SECOND)
    else:
        story.deliver(at + SECOND, Sent(200), on="slack")
        story.deliver(at + SECOND, Sent(204), on="discord", took=0.3 * SECOND)


def _tell_old_incidents(story: Story) -> None:
    for days in range(8, 0, -1):
        begin = NOW - timedelta(days=days, minutes=37 * days)
        name = ("deployment", "scaling", "credits")[days % 3]
        severity = Severity.CRITICAL if days % 3 == 1 else Severity.WARNING
        title = (
            "Deployment of gameshelf-api failed",
            "Scaling of gameshelf-shop did not end",
            "Credits run low",
        )[days % 3]
        story.receive(webhook(begin, severity, name=name, title=title))
        story.deliver_all(begin + SECOND)
        story.receive(
            webhook(begin + days * 9 * MINUTE, Severity.OK, name=name, title=title, summary="Back to normal")
        )
        story.deliver_all(begin + days * 9 * MINUTE + SECOND)


def _tell_a_failed_deployment(story: Story) -> None:
    failed = webhook(
        NOW - 22 * MINUTE,
        received_at=NOW - 14 * MINUTE,
        labels=(("application", "app_3f1c"), ("zone", "par")),
        facts=(
            ("commit", "4f2a1c9e"),
            ("logs", "https://console.example.org/app_3f1c/logs"),
            ("author", "ada@example.org"),
        ),
    )
    body = b'{"event":"DEPLOYMENT_FAIL","date":"2026-11-23T14:08:00Z","data":{"appId":"app_3f1c","cause":"exit code 1","steps":[{"name":"build","ok":true},{"name":"start","ok":false}]}}'
    story.receive(failed, body, note="the field data.cause is not one that is known")
    older = webhook(NOW - 40 * MINUTE, Severity.WARNING, received_at=NOW - 14 * MINUTE + SECOND)
    story.receive(older, b'{"event":"DEPLOYMENT_ACTION_BEGIN"}')
