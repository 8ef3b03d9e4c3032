"""What may be told at once is claimed with what it tells of; for the rest the dispatcher is woken when, and only when, it can do something."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from relay.core.delivery import DeliveryError, Failure
from relay.core.model import Severity
from relay.core.routing import Route
from relay.pipeline.waking import AT_ONCE
from relay.store.deliveries import Claim
from tests.pipeline.world import NOON, FarEnd, World, event, world

SECOND = timedelta(seconds=1)


def run(path: Path, story: Callable[[World, list[Claim]], Awaitable[None]]) -> None:
    """Play a story in a world whose relay delivers at once."""

    async def go() -> None:
        async with world(path) as here:
            claims: list[Claim] = []
            here.relay.deliver_at_once = claims.append
            here.relay.outbox_changed.clear()
            await story(here, claims)

    asyncio.run(go())


async def deliver(here: World, claims: list[Claim]) -> None:
    while claims:
        await here.relay.deliver(claims.pop(0))


def test_an_event_is_claimed_in_its_own_step_and_nobody_is_woken(tmp_path: Path) -> None:
    async def story(here: World, claims: list[Claim]) -> None:
        await here.post(event(Severity.CRITICAL, NOON))
        assert sorted(claim.turn.delivery.channel for claim in claims) == ["discord", "slack"]
        assert await here.relay.claim_deliveries() == []
        await deliver(here, claims)
        assert here.slack.told() == here.discord.told() == ["opened"]
        assert here.states() == {"delivered": 2}
        assert not here.relay.outbox_changed.is_set()

    run(tmp_path, story)


def test_a_paced_channel_is_left_alone_until_its_pace_allows_more(tmp_path: Path) -> None:
    async def story(here: World, claims: list[Claim]) -> None:
        here.slack.pace = here.discord.pace = timedelta(seconds=0.3)
        await here.post(event(Severity.WARNING, NOON))
        await deliver(here, claims)
        await here.post(event(Severity.CRITICAL, NOON + SECOND))
        assert (claims, here.relay.outbox_changed.is_set()) == ([], False)
        async with asyncio.timeout(10):
            await here.relay.outbox_changed.wait()
        here.after(seconds=0.3)
        assert await here.relay.deliver_due() == 2
        assert here.slack.told() == ["opened", "escalated"]

    run(tmp_path, story)


def test_what_comes_while_a_channel_is_sent_to_wakes_when_that_ends(tmp_path: Path) -> None:
    async def story(here: World, claims: list[Claim]) -> None:
        await here.post(event(Severity.WARNING, NOON))
        await here.post(event(Severity.CRITICAL, NOON + SECOND))
        assert not here.relay.outbox_changed.is_set()
        await deliver(here, claims[:1])
        assert here.relay.outbox_changed.is_set()

    run(tmp_path, story)


def test_after_a_failure_the_dispatcher_looks_when_to_try_again(tmp_path: Path) -> None:
    async def story(here: World, claims: list[Claim]) -> None:
        here.slack.always = DeliveryError(Failure.REFUSED, "down")
        await here.post(event(Severity.WARNING, NOON))
        await deliver(here, claims)
        assert here.relay.outbox_changed.is_set()

    run(tmp_path, story)


def test_a_parked_channel_is_not_asked_for_each_event(tmp_path: Path) -> None:
    async def story(here: World, claims: list[Claim]) -> None:
        here.slack.always = DeliveryError(Failure.GONE, "no such hook")
        await here.post(event(Severity.WARNING, NOON))
        await deliver(here, claims)
        await here.post(event(Severity.CRITICAL, NOON + SECOND))
        assert [claim.turn.delivery.channel for claim in claims] == ["discord"]
        assert here.relay.waking.free(["slack"], here.at) == []
        here.after(seconds=1)
        assert here.relay.waking.free(["slack"], here.at) == ["slack"]

    run(tmp_path, story)


def test_who_is_told_on_many_channels_holds_up_no_intake(tmp_path: Path) -> None:
    """A few are claimed in the step, the dispatcher is woken for the others."""

    async def story(here: World, claims: list[Claim]) -> None:
        ends = {f"end{number}": FarEnd(f"end{number}") for number in range(AT_ONCE + 2)}
        await here.relay.swap(replace(here.setup, channels=ends, routes=(Route("all", tuple(ends)),)))
        here.relay.outbox_changed.clear()
        await here.post(event(Severity.WARNING, NOON))
        assert (len(claims), here.relay.outbox_changed.is_set()) == (AT_ONCE, True)
        assert await here.relay.deliver_due() == 2

    run(tmp_path, story)


def test_what_waits_longer_goes_first(tmp_path: Path) -> None:
    """What begins now does not overtake, on a channel, what is due since before."""

    async def story(here: World, claims: list[Claim]) -> None:
        here.relay.deliver_at_once = None
        await here.post(event(Severity.WARNING, NOON, fingerprint="older"))
        here.relay.deliver_at_once = claims.append
        here.after(seconds=1)
        await here.post(event(Severity.CRITICAL, NOON, fingerprint="newer"))
        assert {claim.turn.incident.fingerprint for claim in claims} == {"older"}
        await deliver(here, claims)
        await here.drain()
        assert [one.incident.fingerprint for one in here.slack.sent] == ["older", "newer"]

    run(tmp_path, story)


def test_what_begins_in_a_storm_is_told_in_a_digest(tmp_path: Path) -> None:
    async def story(here: World, claims: list[Claim]) -> None:
        await here.relay.swap(replace(here.setup, digest_above={"slack": 1, "discord": 1}))
        for number in range(3):
            await here.post(event(Severity.WARNING, NOON, fingerprint=f"trouble {number}"))
            await deliver(here, claims)
        # The second makes it a storm: it is the last for a while, and the third waits for others.
        assert [one.incident.fingerprint for one in here.slack.sent] == ["trouble 0", "trouble 1"]
        await here.post(event(Severity.WARNING, NOON, fingerprint="trouble 3"))
        here.after(seconds=15)
        await here.drain()
        assert [one.told for one in here.slack.sent] == [1, 1, 2]

    run(tmp_path, story)


def test_one_request_with_a_whole_story_is_told_as_it_is_at_its_end(tmp_path: Path) -> None:
    async def story(here: World, claims: list[Claim]) -> None:
        await here.post(event(Severity.WARNING, NOON), event(Severity.CRITICAL, NOON + SECOND))
        await deliver(here, claims)
        assert [(one.kind.value, one.incident.severity) for one in here.slack.sent] == [
            ("escalated", Severity.CRITICAL)
        ]
        here.after(minutes=1)
        first = event(Severity.WARNING, here.at - SECOND, fingerprint="other", value=71.0)
        await here.post(first, event(Severity.WARNING, here.at, fingerprint="other", value=72.0))
        await deliver(here, claims)
        assert (here.slack.sent[-1].kind.value, here.slack.sent[-1].incident.value) == ("opened", 72.0)

    run(tmp_path, story)


def test_a_process_that_does_not_deliver_claims_nothing(tmp_path: Path) -> None:
    async def story(here: World, claims: list[Claim]) -> None:
        here.relay.deliver_at_once = None
        await here.post(event(Severity.WARNING, NOON))
        assert here.relay.outbox_changed.is_set()
        assert await here.relay.deliver_due() == 2

    run(tmp_path, story)
