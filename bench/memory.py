"""Memory with 0, 10,000 and 100,000 open incidents, beside Alertmanager; ``bench.soak`` looks at it over a million events.

``python -m bench.memory [most]``: ``most`` open incidents (100,000; Alertmanager stops at 10,000, where it holds as much as
the relay never does), within the 256 MB of the smallest instance (``an rlimit on data``). Figures in MB: anonymous is what
counts and can't be given back.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from bench._servers import Server, alertmanager, relay

BATCH = 200
ALERTMANAGER_MOST = 10_000
LIMIT = 256 * 1024 * 1024
LIMITED = ("-m", "tests.load.limited", str(LIMIT), "relay")


def sizes(server: Server) -> tuple[float, float]:
    """Return resident and anonymous memory."""
    (pid,) = server.pids()
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    found = {
        name: int(rest.split()[0]) * 1024 / 1e6
        for name, _, rest in (line.partition(":") for line in lines)
        if name in ("VmRSS", "RssAnon")
    }
    return found["VmRSS"], found["RssAnon"]


def events(server: Server, first: int, number: int, severity: str = "critical") -> list[object]:
    """Return events, each of a trouble of its own."""
    names = [f"open-{place}" for place in range(first, first + number)]
    if server.in_list:
        return [{"labels": {"alertname": name}, "annotations": {"summary": "93 % used"}} for name in names]
    return [
        {"title": f"disk full on {name}", "key": name, "severity": severity, "target": "t1"} for name in names
    ]


async def post(server: Server, bodies: Sequence[object]) -> None:
    """Post a batch, coming back where the server asks for it."""
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        for body in bodies:
            while (
                await client.post(f"http://127.0.0.1:{server.port}{server.path}", json=body)
            ).status_code == 503:
                await asyncio.sleep(1)


async def filled(server: Server, most: int) -> list[tuple[int, float, float]]:
    """Open incidents and look at the memory at each step."""
    rows, opened = [], 0
    for step in (0, 10_000, 100_000, 1_000_000):
        if step > most:
            break
        await post(server, [events(server, first, BATCH) for first in range(opened, step, BATCH)])
        opened = step
        await asyncio.sleep(3)
        rows.append((step, *sizes(server)))
    return rows


def show(name: str, what: str, rows: list[tuple[int, float, float]]) -> None:
    """Print lines of the table."""
    for number, resident, anonymous in rows:
        print(f"{name:14} {number:>10,} {what:16} {resident:9.1f} {anonymous:10.1f}")


async def main(most: int) -> None:
    """Print the table."""
    with TemporaryDirectory() as name:
        print(f"{'':14} {'':>10} {'':16} {'resident':>9} {'anonymous':>10}")
        async with relay(Path(name), launcher=LIMITED) as server:
            show("relay", "open incidents", await filled(server, most))
        async with alertmanager(Path(name)) as peer:
            if peer is None:
                print("Alertmanager   not installed")
            else:
                show("Alertmanager", "active alerts", await filled(peer, min(most, ALERTMANAGER_MOST)))


if __name__ == "__main__":
    words = [int(word.replace("_", "")) for word in sys.argv[1:]]
    asyncio.run(main(words[0] if words else 100_000))
