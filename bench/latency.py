"""From a POST to the message at Slack: latency at a steady rate, beside Alertmanager in the same run.

Each event is an incident of its own. Slack takes one message a second and channel, so the relay spreads them over
channels; Alertmanager has no pacing. Prints p50 and p99 in milliseconds, medians over rounds, and resident memory.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import monotonic

import httpx

from bench._processes import Running, free_port, resident_mb

RATE = 10
SECONDS = 15
ROUNDS = 3
CHANNELS = 20
SECRET = "a-secret-for-the-benchmark"


@dataclass
class Arrivals:
    """A stand-in for Slack's end: answers ``ok`` and notes when each numbered event arrived."""

    at: dict[str, float] = field(default_factory=dict)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    int(line.split(b":")[1])
                    for line in head.lower().split(b"\r\n")
                    if line.startswith(b"content-length")
                )
                body = await reader.readexactly(length)
                arrived = monotonic()
                for word in body.replace(b'"', b" ").replace(b"\\n", b" ").split():
                    if word.startswith(b"event-"):
                        self.at.setdefault(word.decode(), arrived)
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


@dataclass(frozen=True)
class Figures:
    """What one round showed."""

    p50: float
    p99: float
    lost: int
    memory: float


@asynccontextmanager
async def far_end() -> AsyncIterator[tuple[Arrivals, int]]:
    """Run the stand-in."""
    arrivals = Arrivals()
    server = await asyncio.start_server(arrivals.serve, "127.0.0.1", 0)
    async with server:
        yield arrivals, server.sockets[0].getsockname()[1]


async def drive(
    url: str, body: Callable[[str, int], object], arrivals: Arrivals, process: Running, round_: int
) -> Figures:
    """Post events at the rate, open loop, and wait until all have arrived or ten seconds have passed."""
    sent: dict[str, float] = {}
    async with httpx.AsyncClient(trust_env=False) as client:
        began = monotonic()
        posts = []
        for number in range(RATE * SECONDS):
            await asyncio.sleep(max(0.0, began + number / RATE - monotonic()))
            name = f"event-{round_}-{number}"
            sent[name] = monotonic()
            posts.append(asyncio.create_task(client.post(url, json=body(name, number))))
        for answer in await asyncio.gather(*posts):
            answer.raise_for_status()
    deadline = monotonic() + 10
    while monotonic() < deadline and not sent.keys() <= arrivals.at.keys():
        await asyncio.sleep(0.05)
    spans = sorted((arrivals.at[name] - at) * 1000 for name, at in sent.items() if name in arrivals.at)
    lost = len(sent) - len(spans)
    cuts = quantiles(spans, n=100)
    return Figures(cuts[49], cuts[98], lost, resident_mb(process.pid))


async def relay(folder: Path) -> list[Figures]:
    """Measure the relay."""
    async with far_end() as (arrivals, port):
        channels = {
            f"slack{n}": {"kind": "slack", "webhook_url": f"http://127.0.0.1:{port}/services/T/B/{n:020}"}
            for n in range(CHANNELS)
        }
        config = {
            "store": f"sqlite:///{folder / 'relay.db'}",
            "log": {"level": "warning"},
            "intakes": {"bench": {"format": "generic", "secrets": [SECRET]}},
            "channels": channels,
            "routes": [
                {"name": f"r{n}", "channels": [f"slack{n}"], "where": {"target": f"t{n}"}}
                for n in range(CHANNELS)
            ],
        }
        (folder / "config.yaml").write_text(json.dumps(config))
        listen = free_port()
        arguments = [
            sys.executable,
            "-m",
            "relay",
            "serve",
            "-c",
            str(folder / "config.yaml"),
            "--port",
            str(listen),
        ]
        async with Running.started(
            arguments, f"http://127.0.0.1:{listen}/readyz", folder / "relay.log"
        ) as process:
            url = f"http://127.0.0.1:{listen}/webhooks/bench/{SECRET}"

            def body(name: str, number: int) -> object:
                return {"title": name, "key": name, "severity": "critical", "target": f"t{number % CHANNELS}"}

            return [await drive(url, body, arrivals, process, number) for number in range(ROUNDS)]


async def alertmanager(folder: Path) -> list[Figures] | None:
    """Measure Alertmanager, or None where it is not installed."""
    program = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
    if program is None:
        return None
    async with far_end() as (arrivals, port):
        (folder / "am.yml").write_text(
            "route: {receiver: r, group_by: ['...'], group_wait: 0s, group_interval: 1m}\n"
            f"receivers: [{{name: r, webhook_configs: [{{url: 'http://127.0.0.1:{port}/'}}]}}]\n"
        )
        listen = free_port()
        arguments = [program, f"--config.file={folder / 'am.yml'}", f"--storage.path={folder / 'am'}"]
        arguments += [f"--web.listen-address=127.0.0.1:{listen}", "--cluster.listen-address="]
        async with Running.started(
            arguments, f"http://127.0.0.1:{listen}/-/ready", folder / "am.log"
        ) as process:
            url = f"http://127.0.0.1:{listen}/api/v2/alerts"

            def body(name: str, _: int) -> object:
                return [{"labels": {"alertname": name}}]

            return [await drive(url, body, arrivals, process, number) for number in range(ROUNDS)]


def row(name: str, rounds: list[Figures] | None) -> str:
    """Return a line of the table."""
    if rounds is None:
        return f"{name:14} not installed"
    p50, p99 = median(r.p50 for r in rounds), median(r.p99 for r in rounds)
    return f"{name:14} {p50:8.2f} {p99:8.2f} {sum(r.lost for r in rounds):6} {rounds[-1].memory:8.1f}"


async def main() -> None:
    """Print the table."""
    with TemporaryDirectory() as folder:
        ours = await relay(Path(folder))
        theirs = await alertmanager(Path(folder))
    print(f"POST to Slack's end, {RATE}/s over {SECONDS} s, medians of {ROUNDS} rounds")
    print(f"{'':14} {'p50 ms':>8} {'p99 ms':>8} {'lost':>6} {'RSS MB':>8}")
    print(row("relay", ours))
    print(row("Alertmanager", theirs))
    if theirs is not None:
        ratio = median(r.p50 for r in ours) / median(r.p50 for r in theirs)
        print(
            f"ratio of p50, relay to Alertmanager: {ratio:.2f} (the relay commits to disk before it answers)"
        )


if __name__ == "__main__":
    asyncio.run(main())
