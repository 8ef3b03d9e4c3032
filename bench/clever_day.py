"""A simulated day on the mirror of Clever Cloud: what is told, what is true, and what it costs.

``python -m bench.clever_day [--applications 50] [--from 0] [--to 24] [--backlog 0] [--access-logs 6]``: the relay's own road,
webhook and poll, with simulated time; the day has deployments, crashes, an outage like that of 2024-08-02 (from 08:08, its
backlog of ``--backlog`` events read from 11:10 on) and metric holes like those of 2025-10-09 (from 17:40). Of every n-th
application the access logs are read instead of the hourly status codes. The mirror runs in a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import structlog

from bench import _day_truths
from bench._day_mirror import Far, Platform, platform
from relay.app.wiring import Wiring
from relay.config.build import build
from relay.config.document import parse
from relay.core.identity import digest
from relay.core.model import Incident, Notification, Receipt, Severity
from relay.pipeline import Relay
from relay.store.incidents import Filter
from relay.store.reader import Reader
from relay.store.sqlite import SqliteBackend
from relay.store.writer import Writer
from tests.pipeline.world import FarEnd

MIDNIGHT = datetime.fromisoformat("2026-06-15T00:00:00+00:00")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
# As many webhooks and polls at once as the edge and the scheduler let in.
AT_ONCE = 32
# More webhooks than this in a minute are the backlog.
BURST = 200
PAST = timedelta(minutes=15)


def configuration(far: Far, path: Path, access_logs: int) -> str:
    """Return what an operator writes for all applications."""
    fast = "figures: [stats, requests, warp10, access-logs]"
    targets = "\n".join(
        f"  {name}: {{source: clever-cloud, id: {id}{', ' + fast if access_logs and place % access_logs == 0 else ''}}}"
        for place, (id, name) in enumerate(far.applications)
    )
    return f"""
store: sqlite:///{path}/relay.db
clever_cloud:
  main: {{organisation: {far.owner}, token: {far.token}, api: "{far.url}", warp10: "{far.url}/api/v0/exec"}}
intakes:
  clever: {{format: clever-cloud, open: true}}
channels:
  slack: {{kind: slack, webhook_url: "http://127.0.0.1:9/x"}}
targets:
{targets}
"""


@dataclass
class Told:
    """What the day came to."""

    requests: Counter[str] = field(default_factory=Counter)
    posted: int = 0
    burst: int = 0
    burst_seconds: float = 0.0
    seconds: float = 0.0
    memory_before: int = 0
    incidents: Sequence[Incident] = ()
    sent: Sequence[Notification] = ()
    most_in_five_minutes: int = 0


class Day:
    """One relay through the hours."""

    def __init__(self, far: Platform, path: Path, access_logs: int, at: datetime) -> None:
        written = configuration(far.far, path, access_logs)
        self.wiring = Wiring(build(Path("config.yaml"), parse(Path("config.yaml"), written), {}))
        self.told, self.at, self._far = Told(), at, far
        backend = SqliteBackend(path / "relay.db")
        backend.migrate()
        self.writer, self.reader, self._slack = Writer(backend), Reader(backend), FarEnd("slack")
        for client in self.wiring.clients.values():
            client.now = lambda: self.at
        setup = replace(self.wiring.setup, channels={"slack": self._slack})
        self.relay = Relay(self.writer, setup, now=lambda: self.at, owner="bench")
        [self._gate] = self.wiring.gates

    async def live(self, until: datetime) -> Told:
        """Let the hours pass."""
        self.writer.start()
        await self.relay.start()
        recent: list[int] = []
        while self.at < until:
            bodies = await asyncio.to_thread(self._far.advance_to, self.at)
            began, sent = process_time(), len(self._slack.sent)
            await self._posted(bodies)
            await self._polled()
            recent = [*recent[-4:], len(self._slack.sent) - sent]
            self.told.most_in_five_minutes = max(self.told.most_in_five_minutes, sum(recent))
            self.told.seconds += process_time() - began
            self.at += MINUTE
        return await self._ended()

    async def _posted(self, bodies: Sequence[bytes]) -> None:
        if len(bodies) > BURST and not self.told.burst:
            self.told.memory_before = resident("VmRSS")
        began = perf_counter()
        for start in range(0, len(bodies), AT_ONCE):
            await asyncio.gather(*map(self._take, bodies[start : start + AT_ONCE]))
        if len(bodies) > BURST:
            self.told.burst += len(bodies)
            self.told.burst_seconds += perf_counter() - began

    async def _take(self, body: bytes) -> None:
        self.told.posted += 1
        parsed = self._gate.intake.parse(body, {}, self.at)
        receipt = Receipt(digest(body, str(self.told.posted)), "clever", self.at, body)
        await self.relay.receive(receipt, parsed.events)

    async def _polled(self) -> None:
        while leases := await self.relay.claim_targets():
            for start in range(0, len(leases), AT_ONCE):
                await asyncio.gather(*map(self.relay.poll, leases[start : start + AT_ONCE]))
        await self.relay.sweep()
        while await self.relay.deliver_due():
            pass

    async def _ended(self) -> Told:
        with self.reader.read() as tx:
            self.told.incidents = tx.incidents(Filter(since=MIDNIGHT), limit=100_000)
        self.told.sent = self._slack.sent
        for client in self.wiring.clients.values():
            self.told.requests += client.requests
        await self.wiring.close()
        self.reader.close()
        await asyncio.to_thread(self.writer.stop)
        return self.told


def resident(what: str) -> int:
    """Return a figure of this process's memory in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(dict(line.split(":", 1) for line in lines)[what].split()[0]) // 1024


def show(told: Told, far: Far, begin: datetime, end: datetime) -> None:
    """Print the tables."""
    print(f"{len(far.applications)} applications, {begin:%H:%M} to {begin + (end - begin):%d. %H:%M}")
    troubles = [one for one in far.troubles if one.since < end and one.until > begin]
    found = list(_day_truths.lines(troubles, dict(far.applications), told.incidents, told.sent))
    _day_truths.show(found, told.incidents)
    minutes = (end - begin) / MINUTE
    total = told.requests.total()
    past = sum(
        one.kind in _day_truths._OPENING
        and one.incident.source == "clever-cloud"
        and one.incident.peak > Severity.INFO
        and one.at - one.incident.opened_at > PAST
        for one in told.sent
    )
    print(
        f"\nmessages                          {len(told.sent)} ({told.most_in_five_minutes} at most in 5 minutes)"
        f"\npages for the past                {past}"
        f"\nwebhooks received                 {told.posted}"
        f"\nrequests to the platform          {total * 60 / minutes:.0f} an hour,"
        f" {total / minutes / len(far.applications):.2f} a minute and application {dict(told.requests)}"
        f"\nCPU of the relay                  {told.seconds:.1f} s, {100 * told.seconds / (minutes * 60):.2f} % of a core"
        f"\nresident at most                  {resident('VmHWM')} MB"
    )
    if told.burst:
        print(
            f"backlog                           {told.burst} webhooks, {told.burst / told.burst_seconds:.0f} a second;"
            f" {told.memory_before} MB resident before"
        )


def main() -> None:
    """Run one day."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--applications", type=int, default=50)
    parser.add_argument("--from", type=float, default=0, dest="begin", metavar="HOUR")
    parser.add_argument("--to", type=float, default=24, dest="end", metavar="HOUR")
    parser.add_argument("--backlog", type=int, default=0, metavar="EVENTS")
    parser.add_argument("--access-logs", type=int, default=6, metavar="EVERY", help="0: of none")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    begin, end = MIDNIGHT + options.begin * HOUR, MIDNIGHT + options.end * HOUR
    with (
        TemporaryDirectory() as path,
        platform(MIDNIGHT, options.applications, options.backlog) as far,
    ):
        told = asyncio.run(Day(far, Path(path), options.access_logs, begin).live(end))
        show(told, far.far, begin, end)


if __name__ == "__main__":
    main()
