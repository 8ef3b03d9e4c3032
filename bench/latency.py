"""From POST to the body at Slack's end, at 1, 100 and 500 events a second, the relay beside Alertmanager.

``python -m bench.latency [rounds] [seconds]``. The load is spread over 200 channels, as each is paced at one message a
second (Slack's own limit); above 200/s they gather in the outbox, so only the acknowledgement is told. Both sides take
turns within a round; medians over the rounds. Alertmanager (``group_wait: 0s``) has no pacing and nothing on disk.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import monotonic

import uvloop

from bench._open_loop import drive, request
from bench._processes import resident_mb
from bench._servers import Server, alertmanager, relay

RATES = (1, 100, 500)
CHANNELS = 200
_RUNS = count()


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
    """What one run showed, in milliseconds: the acknowledgement's median, and from POST to arrival."""

    acknowledged: float
    p50: float
    p99: float
    lost: int


@asynccontextmanager
async def far_end() -> AsyncIterator[tuple[Arrivals, int]]:
    """Run the stand-in."""
    arrivals = Arrivals()
    server = await asyncio.start_server(arrivals.serve, "127.0.0.1", 0)
    async with server:
        yield arrivals, server.sockets[0].getsockname()[1]


async def measured(server: Server, arrivals: Arrivals, rate: int, seconds: float) -> Figures:
    """Post events at the rate, open loop, and wait until all have arrived or five seconds have passed."""
    run = next(_RUNS)
    sent: dict[str, float] = {}

    def wire(number: int) -> bytes:
        name = f"event-{run}-{number}"
        sent[name] = monotonic()
        body: object = {"title": name, "key": name, "severity": "critical", "target": f"t{number % CHANNELS}"}
        if server.in_list:
            body = [{"labels": {"alertname": name}}]
        return request(server.path, json.dumps(body).encode())

    # Enough of them for a percentile, also at one a second.
    answers = await drive(server.port, rate, max(seconds, 8 / rate), wire, connections=min(64, rate * 4))
    deadline = monotonic() + 5
    while monotonic() < deadline and not sent.keys() <= arrivals.at.keys():
        await asyncio.sleep(0.05)
    spans = sorted((arrivals.at[name] - at) * 1000 for name, at in sent.items() if name in arrivals.at)
    cuts = quantiles(spans, n=100) if len(spans) > 1 else [float("nan")] * 99
    return Figures(answers.centile(50), cuts[49], cuts[98], len(sent) - len(spans))


def middle(runs: Sequence[Figures], of: Callable[[Figures], float]) -> float:
    """Return the median of one figure."""
    return median(of(run) for run in runs)


def show(results: dict[tuple[str, int], list[Figures]], rates: Sequence[int]) -> None:
    """Print the table."""
    print(
        f"{'events/s':>8} {'':14} {'answered p50':>12} {'arrived p50':>12} {'p99 ms':>8} {'not yet':>8}   ratio of p50"
    )
    for rate in rates:
        for (name, at), runs in results.items():
            if at == rate:
                ours = middle(results["relay", rate], lambda run: run.p50)
                theirs = middle(runs, lambda run: run.p50)
                ratio = "" if name == "relay" else f"   {ours / theirs:.2f}"
                columns = f"{middle(runs, lambda run: run.acknowledged):12.2f} {theirs:12.2f}"
                columns += f" {middle(runs, lambda run: run.p99):8.2f} {sum(run.lost for run in runs):8}"
                print(f"{rate:8} {name:14} {columns}{ratio}")


async def main(rounds: int, seconds: float) -> None:
    """Measure and print."""
    results: dict[tuple[str, int], list[Figures]] = defaultdict(list)
    with TemporaryDirectory() as name:
        folder = Path(name)
        async with AsyncExitStack() as stack:
            ours, our_port = await stack.enter_async_context(far_end())
            theirs, their_port = await stack.enter_async_context(far_end())
            channels = {
                f"slack{n}": f"http://127.0.0.1:{our_port}/services/T/B/{n:020}" for n in range(CHANNELS)
            }
            first = await stack.enter_async_context(relay(folder, channels))
            second = await stack.enter_async_context(alertmanager(folder, f"http://127.0.0.1:{their_port}/"))
            sides = [(first, ours)] + ([] if second is None else [(second, theirs)])
            for rate in RATES:
                for server, arrivals in sides:
                    await measured(server, arrivals, rate, 1)  # connections and caches are warm afterwards
                for _ in range(rounds if rate > 1 else 1):
                    for server, arrivals in sides:
                        results[server.name, rate].append(await measured(server, arrivals, rate, seconds))
            print(
                f"{CHANNELS} channels, medians of {rounds} rounds of {seconds:g} s; the relay commits before it answers"
            )
            show(results, RATES)
            for server, _ in sides:
                print(f"{server.name}: {resident_mb(server.pids()[0]):.1f} MB resident at the end")


if __name__ == "__main__":
    words = [float(word) for word in sys.argv[1:]]
    uvloop.run(main(int(words[0]) if words else 3, words[1] if len(words) > 1 else 5))
