"""A long history: the list's page and API, and taking events, with 10 thousand, a million and 5 million incidents.

``python -m bench.history [incidents ...]`` (10,000 and 1,000,000; give 5000000 for the whole: it takes 10 GB and some
minutes to make). The stores are made once, in the temporary directory, and are left there to be used again: delete
``relay-bench-history`` there at the end. Relays over the stores run side by side and take turns; medians over the rounds. Each
address is asked once before: the first pages of a process compile their templates, 40 ms each, where none are kept compiled.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AsyncExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

from bench._history_store import SPAN_S, history_store
from bench._servers import Server, relay
from bench._wrk import Figures, posted
from relay.web.query import token

FOLDER = Path(tempfile.gettempdir()) / "relay-bench-history"
ROUNDS = 3
ASKED = 60
# Under what name a read is shown, and its address; ``{after}`` is a place half-way back, ``{id}`` an incident.
READS = {
    "page: newest": "/incidents",
    "page: not changed (304)": "/incidents",
    "page: middle": "/incidents?after={after}",
    "page: two filters": "/incidents?target=t7&severity=critical",
    "page: one incident": "/incidents/{id}",
    "API: newest": "/api/v1/incidents",
    "API: middle": "/api/v1/incidents?after={after}",
    "API: two filters": "/api/v1/incidents?target=t7&severity=critical",
    "API: text, a common word": "/api/v1/incidents?q=memory",
    "API: text, a rare word": "/api/v1/incidents?q=host-4321",
}


def read(server: Server, path: str, *, again: bool, times: int = ASKED) -> list[float]:
    """Ask for one address so often over one connection and return the milliseconds; ``again``: as a page refreshes itself."""
    spans, tag = [], ""
    with closing(http.client.HTTPConnection("127.0.0.1", server.port)) as connection:
        for _ in range(times):
            began = perf_counter()
            connection.request("GET", path, headers={"if-none-match": tag} if again and tag else {})
            answer = connection.getresponse()
            answer.read()
            spans.append(1000 * (perf_counter() - began))
            tag = answer.headers.get("etag", "")
            if answer.status not in (200, 304):
                raise SystemExit(f"{path} answered {answer.status}")
    return spans


def places(server: Server) -> dict[str, str]:
    """Return the token of a place half-way back, and the id of the incident there."""
    middle = token(datetime.now(UTC) - timedelta(seconds=SPAN_S / 2), "0")
    with closing(http.client.HTTPConnection("127.0.0.1", server.port)) as connection:
        connection.request("GET", f"/api/v1/incidents?limit=1&after={middle}")
        found = json.loads(connection.getresponse().read())["incidents"]
    return {"after": middle, "id": found[0]["id"]}


async def measured(
    sizes: Sequence[int],
) -> tuple[dict[tuple[str, int], list[float]], dict[int, list[Figures]]]:
    """Return the milliseconds of each read and the figures of each run of ingest, by the number of incidents."""
    reads: dict[tuple[str, int], list[float]] = defaultdict(list)
    taken: dict[int, list[Figures]] = defaultdict(list)
    async with AsyncExitStack() as stack:
        servers = {
            size: await stack.enter_async_context(relay(folder_of(size), name=f"relay-{size}"))
            for size in sizes
        }
        at = {size: places(server) for size, server in servers.items()}
        for path in READS.values():
            for size, server in servers.items():
                await asyncio.to_thread(read, server, path.format(**at[size]), again=False, times=1)
        for _ in range(ROUNDS):
            for name, path in READS.items():
                for size, server in servers.items():
                    wanted = path.format(**at[size])
                    reads[name, size] += await asyncio.to_thread(
                        read, server, wanted, again=name.endswith("(304)")
                    )
            for size, server in servers.items():
                taken[size].append(await posted(server, 64, 3))
    return reads, taken


def folder_of(size: int) -> Path:
    """Return where the store of one size lies, and make it where it is missing."""
    folder = FOLDER / str(size)
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "relay.db").exists():
        began = perf_counter()
        history_store(folder / "relay.db", size)
        print(f"made a store of {size:,} incidents in {perf_counter() - began:.0f} s", flush=True)
    return folder


async def main(sizes: Sequence[int]) -> None:
    """Print the tables."""
    reads, taken = await measured(sizes)
    print(f"ms over one connection, p50 / p99 of {ROUNDS * ASKED} requests, at so many incidents")
    print(f"{'':26}" + "".join(f"{size:>18,}" for size in sizes))
    for name in READS:
        print(f"{name:26}" + "".join(f"{_spread(reads[name, size]):>18}" for size in sizes))
    print(f"\ntaking events, 64 connections: medians of {ROUNDS} rounds of 3 s")
    least = median(one.events_per_s for one in taken[sizes[0]])
    for size, runs in taken.items():
        rate, cpu, written = (
            median(of(one) for one in runs)
            for of in (lambda one: one.events_per_s, lambda one: one.cpu_us, lambda one: one.written)
        )
        print(
            f"{size:>12,} incidents {rate:7.0f}/s, CPU {cpu:5.0f} µs, {written:7.0f} B written an event; {rate / least:.2f} of the first"
        )


def _spread(spans: Sequence[float]) -> str:
    return f"{median(spans):.1f} / {quantiles(spans, n=100)[98]:.1f}"


if __name__ == "__main__":
    asyncio.run(main([int(word.replace("_", "")) for word in sys.argv[1:]] or [10_000, 1_000_000]))
