"""What ``bench.polling`` measures as "reading": sources, connections and parser, in a process that loads nothing else."""

from __future__ import annotations

import asyncio
import gc
import ssl
import sys
from datetime import UTC, datetime, timedelta

import uvloop

from relay.core.measures import Gauge, Metric, Selector
from relay.core.model import Readings
from relay.core.targets import Target
from relay.exchange import Exchange
from relay.sources import Source
from relay.sources.prometheus import Settings


async def read(addresses: list[str], names: list[str], every: float) -> None:
    """Read every address so often, spread evenly, until ended."""
    verify = ssl.create_default_context()
    sources = [
        Settings(source="prometheus", url=address).build(Exchange(verify=verify)) for address in addresses
    ]
    metrics = tuple(Metric(name, Gauge(Selector(name)), "") for name in names)
    # As a serving relay has it (``relay.app.interpreter``, which would load all of it).
    gc.freeze()
    gc.set_threshold(5_000, *gc.get_threshold()[1:])
    target = Target("t", "bench", timedelta(seconds=every), metrics)
    tasks: set[asyncio.Task[None]] = set()
    loop = asyncio.get_running_loop()
    while True:
        began = loop.time()
        for number, source in enumerate(sources):
            await asyncio.sleep(began + number * every / len(sources) - loop.time())
            task = asyncio.create_task(_read(source, target))
            tasks.add(task)
            task.add_done_callback(tasks.discard)


async def _read(source: Source, target: Target) -> None:
    result = await source.read(target, datetime.now(UTC))
    if not isinstance(result, Readings):
        sys.exit(f"a read brought nothing: {result}")


if __name__ == "__main__":
    uvloop.run(read(sys.stdin.read().split(), sys.argv[2:], float(sys.argv[1])))
