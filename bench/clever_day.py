"""A simulated day on the mirror of Clever Cloud: what is told, what is true, and what it costs.

``python -m bench.clever_day [applications] [from] [to]`` (50, hours 0 to 24): the relay's own road, webhook and poll, with simulated
time; the day has deployments, crashes, an outage like that of 2024-08-02 (from 08:08) and metric holes like those of 2025-10-09
(from 17:40). Prints the true troubles beside the incidents, requests to the platform, and the relay's own CPU time and memory.
"""

from __future__ import annotations

import asyncio
import queue
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from time import thread_time

from mirror.clock import Clock
from mirror.day import day
from mirror.mirroring import Mirror, mirroring
from mirror.world.hooks import Hook, HookUrl
from mirror.world.sample import Sample, sample
from relay.app.wiring import Wiring
from relay.config.build import build
from relay.config.document import parse
from relay.core.identity import digest
from relay.core.model import Receipt, Severity
from relay.pipeline import Relay
from relay.store.incidents import Filter
from relay.store.reader import Reader
from relay.store.sqlite import SqliteBackend
from relay.store.writer import Writer
from tests.pipeline.world import FarEnd

MIDNIGHT = datetime.fromisoformat("2026-06-15T00:00:00+00:00")
MINUTE = timedelta(minutes=1)
Bodies = queue.Queue[bytes]


@contextmanager
def mailbox() -> Iterator[tuple[str, Bodies]]:
    """Take what is posted, as the relay's edge does, and keep it until the day's clock comes to it."""
    bodies: Bodies = queue.Queue()

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.put(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/", bodies
    server.shutdown()


def configuration(far: Sample, mirror: Mirror, path: Path) -> str:
    """Return what an operator writes for all applications."""
    targets = "\n".join(f"  {one.name}: {{source: clever-cloud, id: {one.id}}}" for one in far.applications)
    return f"""
store: sqlite:///{path}/relay.db
clever_cloud:
  main: {{organisation: {far.owner.id}, token: {far.api_token}, api: "{mirror.url}", warp10: "{mirror.url}/api/v0/exec"}}
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
    seconds: float = 0.0
    messages: int = 0
    incidents: Counter[tuple[str, str]] = field(default_factory=Counter)
    late: int = 0
    most_in_five_minutes: int = 0


async def lived(far: Sample, mirror: Mirror, bodies: Bodies, hours: tuple[float, float], path: Path) -> Told:
    """Let the hours pass."""
    config = build(Path("config.yaml"), parse(Path("config.yaml"), configuration(far, mirror, path)), {})
    wiring, told = Wiring(config), Told()
    at = MIDNIGHT + hours[0] * timedelta(hours=1)
    backend = SqliteBackend(path / "relay.db")
    backend.migrate()
    writer, reader, slack = Writer(backend), Reader(backend), FarEnd("slack")
    writer.start()
    for client in wiring.clients.values():
        client.now = lambda: at
    relay = Relay(writer, replace(wiring.setup, channels={"slack": slack}), now=lambda: at, owner="bench")
    await relay.start()
    [gate] = wiring.gates
    recent: list[int] = []
    while at < MIDNIGHT + hours[1] * timedelta(hours=1):
        await asyncio.to_thread(mirror.advance_to, at)
        began, sent = thread_time(), len(slack.sent)
        while not bodies.empty():
            body = bodies.get()
            parsed = gate.intake.parse(body, {}, at)
            await relay.receive(Receipt(digest(body, str(told.posted)), "clever", at, body), parsed.events)
            told.posted += 1
        leases = await relay.claim_targets()
        for start in range(0, len(leases), 16):
            await asyncio.gather(*(relay.poll(lease) for lease in leases[start : start + 16]))
        await relay.sweep()
        while await relay.deliver_due():
            pass
        recent = [*recent[-4:], len(slack.sent) - sent]
        told.most_in_five_minutes = max(told.most_in_five_minutes, sum(recent))
        told.seconds += thread_time() - began
        at += MINUTE
    with reader.read() as tx:
        found = tx.incidents(Filter(since=MIDNIGHT), limit=100_000)
    told.incidents = Counter((one.kind, one.peak.word) for one in found)
    told.late = sum(one.late for one in found if one.peak > Severity.INFO)
    told.messages = len(slack.sent)
    for client in wiring.clients.values():
        told.requests += client.requests
    await wiring.close()
    reader.close()
    await asyncio.to_thread(writer.stop)
    return told


def show(told: Told, far: Sample, mirror: Mirror, hours: tuple[float, float]) -> None:
    """Print the tables."""
    begin, end = (MIDNIGHT + hour * timedelta(hours=1) for hour in hours)
    troubles = [one for one in mirror.scenario.troubles if one.since < end and one.until > begin]
    print(f"{len(far.applications)} applications, hours {hours[0]:g} to {hours[1]:g}\n\ntrue troubles")
    for kind, number in sorted(Counter(one.kind.value for one in troubles).items()):
        print(f"  {number:5} {kind}")
    print("\nincidents")
    for (kind, severity), number in sorted(told.incidents.items()):
        print(f"  {number:5} {kind} ({severity})")
    minutes = (hours[1] - hours[0]) * 60
    each = told.requests.total() / minutes / len(far.applications)
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    print(
        f"\nmessages                          {told.messages} ({told.most_in_five_minutes} at most in 5 minutes)"
        f"\nincidents told late               {told.late}"
        f"\nwebhooks received                 {told.posted}"
        f"\nrequests a minute and application {each:.2f} {dict(told.requests)}"
        f"\nCPU of the relay's loop           {told.seconds:.1f} s, {100 * told.seconds / (minutes * 60):.2f} % of a core"
        f"\nresident, with the mirror         {status['VmHWM'].strip()}"
    )


def main(number: int, hours: tuple[float, float]) -> None:
    """Run one day."""
    clock = Clock(MIDNIGHT)
    far = sample(MIDNIGHT, number)
    with TemporaryDirectory() as path, mailbox() as (url, bodies), mirroring(far.platform, clock) as mirror:
        urls = (HookUrl("raw", url),)
        far.platform.hooks["hook"] = Hook("hook", far.owner.id, "relay", urls, MIDNIGHT)
        day(far.applications, far.user, MIDNIGHT).begin(mirror)
        told = asyncio.run(lived(far, mirror, bodies, hours, Path(path)))
        show(told, far, mirror, hours)


if __name__ == "__main__":
    given = [float(word) for word in sys.argv[1:]]
    applications, first, last = given + [50, 0, 24][len(given) :]
    main(int(applications), (first, last))
