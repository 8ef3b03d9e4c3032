"""A soak: a million events, half of which open an incident that the others end, in the memory of the smallest instance.

``python -m bench.soak [events]``. The relay may have 256 MB of data and no more (an rlimit, so that more would end it); every
message is refused by its channel, so that the outbox fills as well. Memory is looked at twenty times: it must end where it
was after the first twentieth. MB are 10^6 bytes; anonymous is what counts and can't be given back.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

import httpx

from bench._servers import Server, relay
from bench.memory import BATCH, LIMITED, events, sizes

LOOKS = 20
SENDERS = 4


async def soaked(server: Server, total: int) -> list[tuple[int, float, float]]:
    """Let troubles come and go, and look at the memory from time to time."""
    rows = []
    per_look = total // LOOKS
    for look in range(LOOKS):
        firsts = range(look * per_look, (look + 1) * per_look, 2 * BATCH)
        await asyncio.gather(*(_sent(server, firsts[number::SENDERS]) for number in range(SENDERS)))
        rows.append(((look + 1) * per_look, *sizes(server)))
        print(f"{rows[-1][0]:>12,} {rows[-1][1]:9.1f} {rows[-1][2]:10.1f}", flush=True)
    return rows


async def _sent(server: Server, firsts: range) -> None:
    """Post batches that open incidents and batches that end them, coming back where the relay asks for it."""
    url = f"http://127.0.0.1:{server.port}{server.path}"
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        for first in firsts:
            for severity in ("critical", "ok"):
                body = events(server, first, BATCH, severity)
                while (await client.post(url, json=body)).status_code == 503:
                    await asyncio.sleep(0.2)


async def main(total: int) -> None:
    """Print the curve, and whether it is flat."""
    print(f"{'events':>12} {'resident':>9} {'anonymous':>10}")
    with TemporaryDirectory() as name:
        async with relay(Path(name), launcher=LIMITED) as server:
            began = monotonic()
            rows = await soaked(server, total)
            took = monotonic() - began
        stored = (Path(name) / "relay.db").stat().st_size / 1e9
    first, last = rows[0][2], rows[-1][2]
    print(
        f"{total / took:.0f} events/s; the store has {stored:.1f} GB; anonymous memory {last - first:+.1f} MB since",
        end="",
    )
    print(f" the first twentieth ({100 * (last / first - 1):+.0f} %)")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else 1_000_000))
