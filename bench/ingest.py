"""Taking events: the relay (on disk before it answers) against Alertmanager (in memory) and Alerta (PostgreSQL).

``python -m bench.ingest [rounds] [seconds]``. Both sides take turns within each round; medians over the rounds. CPU of
the server for each event is the figure to trust on a machine that does other things too. ``wrk`` is a closed loop.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench._servers import Server, alerta, alertmanager, relay, slow_disk
from bench._wrk import Figures, posted

# Connections and events a request. Alerta takes one alert a request.
CASES = ((1, 1), (8, 1), (64, 1), (8, 64), (64, 64))
# Runs the relay with a commit for each request, as a server without group commit has.
UNGROUPED = ("-c", "import relay.store.writer as w; w.GROUP = 1; from relay.cli import main; main()")

Results = dict[tuple[str, int, int], list[Figures]]


async def side_by_side(folder: Path, rounds: int, seconds: float) -> tuple[list[Server], Results]:
    """Measure every case on every server, taking turns."""
    results: Results = defaultdict(list)
    async with AsyncExitStack() as stack:
        started = [
            await stack.enter_async_context(relay(folder)),
            await stack.enter_async_context(alertmanager(folder)),
            await stack.enter_async_context(alerta(folder)),
        ]
        servers = [server for server in started if server is not None]
        for _ in range(rounds):
            for connections, size in CASES:
                for server in servers:
                    if size == 1 or server.name != "Alerta":
                        figures = await posted(server, connections, seconds, size)
                        results[server.name, connections, size].append(figures)
        return servers, results


async def slow_disks(folder: Path, rounds: int, seconds: float) -> dict[str, list[Figures]] | None:
    """Measure the relay where a sync takes 8 ms longer, with and without group commit, taking turns."""
    environment = slow_disk()
    if environment is None:
        return None
    results: dict[str, list[Figures]] = defaultdict(list)
    for name, launcher in (("grouped", ("-m", "relay")), ("a commit a request", UNGROUPED)):
        (folder / name).mkdir()
        async with relay(folder / name, launcher=launcher, environment=environment) as server:
            for _ in range(rounds):
                results[name].append(await posted(server, 64, seconds))
    return results


def middle(rounds: Sequence[Figures], name: str) -> float:
    """Return the median of one figure."""
    return median(getattr(figures, name) for figures in rounds)


def table(servers: Sequence[Server], results: Results) -> None:
    """Print a line a server and case, with its ratio to the relay."""
    print(
        f"{'conns':>5} {'batch':>5} {'server':14} {'events/s':>9} {'p50 ms':>8} {'p99 ms':>8} {'CPU µs':>8}",
        end="",
    )
    print(f" {'disk B':>8} {'refused':>7}   the relay is")
    for connections, size in CASES:
        ours = middle(results["relay", connections, size], "events_per_s")
        for server in servers:
            rounds = results.get((server.name, connections, size))
            if rounds:
                rate = middle(rounds, "events_per_s")
                columns = f"{rate:9.0f} {middle(rounds, 'p50_ms'):8.1f} {middle(rounds, 'p99_ms'):8.1f}"
                columns += f" {middle(rounds, 'cpu_us'):8.0f} {middle(rounds, 'written'):8.0f}"
                columns += f" {sum(one.refused for one in rounds):7}"
                ratio = (
                    "" if server.name == "relay" else f"   {ours / max(rate, 1e-9):.2f} times {server.name}"
                )
                print(f"{connections:5} {size:5} {server.name:14} {columns}{ratio}")


async def main(rounds: int, seconds: float) -> None:
    """Print the tables."""
    if shutil.which("wrk") is None:
        sys.exit("wrk is missing: run scripts/programs bench")
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "side").mkdir()
        servers, results = await side_by_side(folder / "side", rounds, seconds)
        print(f"medians of {rounds} rounds of {seconds:g} s; the relay on SQLite, synchronous=FULL")
        table(servers, results)
        slow = await slow_disks(folder, rounds, seconds)
    if slow is None:
        print("a disk with slow syncs: left out, as there is no C compiler")
        return
    rates = {name: middle(figures, "events_per_s") for name, figures in slow.items()}
    ratio = rates["grouped"] / rates["a commit a request"]
    print(
        "\nevery sync 8 ms slower, 64 connections:",
        ", ".join(f"{n} {r:.0f}/s" for n, r in rates.items()),
        end="",
    )
    print(f", ratio {ratio:.1f}")


if __name__ == "__main__":
    words = [float(word) for word in sys.argv[1:]]
    asyncio.run(main(int(words[0]) if words else 3, words[1] if len(words) > 1 else 3))
