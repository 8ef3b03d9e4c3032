"""The lease is looked at again right before a message is sent: who wakes late sends nothing and writes nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from relay.core.model import Severity
from relay.pipeline.delivering import DEADLINE, LEASE
from tests.pipeline.world import event, world


async def _late(path: Path, seconds: float, sends: int) -> None:
    async with world(path) as here:
        await here.post(event(Severity.CRITICAL, here.at))
        claims = await here.relay.claim_deliveries()
        here.after(seconds=seconds)
        for claim in claims:
            await here.relay.deliver(claim)
        assert len(here.slack.sent) == sends


@pytest.mark.parametrize(
    ("seconds", "sends"),
    [
        (0, 1),
        ((LEASE - DEADLINE).total_seconds(), 1),
        # What is begun now could end after the lease.
        ((LEASE - DEADLINE).total_seconds() + 0.001, 0),
        (LEASE.total_seconds() * 100, 0),
    ],
)
def test_a_send_that_could_outlast_its_lease_is_not_begun(tmp_path: Path, seconds: float, sends: int) -> None:
    asyncio.run(_late(tmp_path, seconds, sends))


async def _overtaken(path: Path) -> None:
    async with world(path) as here:
        await here.post(event(Severity.CRITICAL, here.at))
        paused = await here.relay.claim_deliveries()
        here.after(seconds=LEASE.total_seconds() + 1)
        successor = here.another()
        for claim in await successor.claim_deliveries():
            await successor.deliver(claim)
        assert [n.repeated for n in here.slack.sent] == [True]
        for claim in paused:
            await here.relay.deliver(claim)
        assert len(here.slack.sent) == 1
        assert here.states() == {"delivered": 2}
        here.after(hours=1)
        await here.drain()
        assert len(here.slack.sent) == len(here.discord.sent) == 1


def test_who_was_paused_longer_than_its_lease_neither_sends_nor_writes(tmp_path: Path) -> None:
    """Its successor marked the message as a possible repeat, and what it recorded stands."""
    asyncio.run(_overtaken(tmp_path))
