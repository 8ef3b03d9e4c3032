"""What several targets share fails once: one incident for an account or a region, never one for each application."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from relay.core.model import NoData, Reading, Readings, Severity, Shared
from relay.core.targets import Target
from relay.core.text import verbatim
from relay.pipeline.setup import Polled
from tests.pipeline.world import World, target, world


@dataclass
class Told:
    """A source that answers as it is told: "" is data, a name is what is to blame, None is a miss of its own."""

    says: str | None = ""
    troubled: list[str] = field(default_factory=list)

    async def read(self, target: Target, at: datetime) -> Readings | NoData:
        if self.says == "":
            failing = tuple(Shared(name, verbatim("HTTP 503")) for name in self.troubled)
            return Readings(at, (Reading("memory", 1),), vouched=("main", "main/stats"), troubled=failing)
        return NoData(at, verbatim("HTTP 503"), shared=self.says or "")


async def _world(here: World, number: int) -> list[Told]:
    """Poll ``number`` targets."""
    sources = [Told() for _ in range(number)]
    targets = {
        f"app{place}": Polled(replace(target(), name=f"app{place}"), source)
        for place, source in enumerate(sources)
    }
    await here.relay.swap(replace(here.setup, targets=targets))
    return sources


async def _minutes(here: World, number: int) -> list[str]:
    """Let minutes pass; return of what there is no data then."""
    for _ in range(number):
        for lease in await here.relay.claim_targets():
            await here.relay.poll(lease)
        here.after(seconds=60)
    return sorted(incident.target for incident in here.incidents(is_open=True))


async def _one(path: Path) -> None:
    async with world(path) as here:
        sources = await _world(here, 20)
        await _minutes(here, 1)
        for source in sources:
            source.says = "main/stats"
        assert await _minutes(here, 2) == []
        assert await _minutes(here, 3) == ["main/stats"]
        await here.drain()
        assert here.slack.told() == ["opened"]
        for source in sources:
            source.says = ""
        assert await _minutes(here, 1) == []
        await here.drain()
        assert here.slack.told() == ["opened", "resolved"]
        [incident] = here.incidents()
        assert (incident.severity, incident.peak, incident.sequence) == (Severity.OK, Severity.WARNING, 2)


def test_twenty_targets_of_a_broken_service_are_one_incident(tmp_path: Path) -> None:
    """Opened by the third miss in a row, as any; ended by the first answer."""
    asyncio.run(_one(tmp_path))


async def _own(path: Path) -> None:
    async with world(path) as here:
        sources = await _world(here, 3)
        for source in sources:
            source.says = "main/stats"
        assert await _minutes(here, 4) == ["main/stats"]
        sources[0].says = sources[2].says = ""
        sources[1].says = None
        # What was shared is over, and a target's own misses are counted from here.
        assert await _minutes(here, 1) == []
        assert await _minutes(here, 2) == ["app1"]


def test_a_target_s_own_misses_are_counted_apart(tmp_path: Path) -> None:
    """When the service is back, who still has no data is not at once an incident."""
    asyncio.run(_own(tmp_path))


async def _part(path: Path) -> None:
    async with world(path) as here:
        sources = await _world(here, 2)
        sources[0].troubled = sources[1].troubled = ["main/warp10"]
        assert await _minutes(here, 3) == ["main/warp10"]


def test_a_part_that_fails_is_told_though_the_rest_comes(tmp_path: Path) -> None:
    """The figures of the others are kept."""
    asyncio.run(_part(tmp_path))
