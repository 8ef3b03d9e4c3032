"""What waits for its next try and need not wait any longer: a channel that is well again, and news of the incident."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from relay.core.model import Severity
from relay.core.routing import Silence
from tests.pipeline.world import NOON, event, refusal, world

WARNING, CRITICAL, OK = Severity.WARNING, Severity.CRITICAL, Severity.OK


async def _recovered(path: Path) -> None:
    async with world(path) as here:
        here.slack.always = refusal("refused", 503)
        for name in ("one", "two", "three"):
            await here.post(event(CRITICAL, here.at, name))
        for _ in range(40):  # twenty minutes: each waits a quarter of an hour by now
            await here.drain()
            here.after(seconds=30)
        here.slack.always = None
        await here.post(event(CRITICAL, here.at, "four"))
        await here.drain()
        assert sorted(n.incident.fingerprint for n in here.slack.sent) == ["four", "one", "three", "two"]


def test_the_first_success_after_a_refusal_brings_forward_what_waits_for_that_channel(tmp_path: Path) -> None:
    asyncio.run(_recovered(tmp_path))


async def _hiccup(path: Path) -> None:
    async with world(path) as here:
        here.slack.failures = [refusal("refused", 500)]
        await here.post(event(CRITICAL, here.at, "one"))
        await here.drain()
        here.after(seconds=1)
        await here.post(event(CRITICAL, here.at, "two"))
        await here.drain()
        # One failed attempt says nothing of the channel: its own schedule goes on.
        assert [n.incident.fingerprint for n in here.slack.sent] == ["two"]


def test_a_single_failure_is_no_refusal_to_recover_from(tmp_path: Path) -> None:
    asyncio.run(_hiccup(tmp_path))


async def _news(path: Path) -> None:
    async with world(path) as here:
        here.slack.failures = [refusal("refused", 500)] * 5
        await here.post(event(WARNING, here.at))
        for _ in range(20):
            await here.drain()
            here.after(seconds=30)
        assert here.slack.sent == []  # five failures: the next try is far away
        await here.post(event(CRITICAL, here.at))
        await here.drain()
        [message] = here.slack.sent
        assert [moment.kind for moment in message.moments] == ["opened", "escalated"]


def test_an_escalation_does_not_wait_behind_an_old_retry(tmp_path: Path) -> None:
    asyncio.run(_news(tmp_path))


@pytest.mark.parametrize("failure", ["throttled", "refused"])
def test_news_comes_no_sooner_than_the_far_end_asked_for(tmp_path: Path, failure: str) -> None:
    asyncio.run(_asked(tmp_path, failure))


async def _asked(path: Path, failure: str) -> None:
    async with world(path) as here:
        here.slack.failures = [refusal(failure, 503, retry_after=600)]
        await here.post(event(WARNING, here.at))
        await here.drain()
        here.after(minutes=9)
        await here.post(event(CRITICAL, here.at))
        await here.drain()
        assert here.slack.sent == []
        here.after(minutes=2)
        await here.drain()
        assert len(here.slack.sent) == 1


async def _flapping(path: Path) -> None:
    async with world(path) as here:
        here.slack.always = refusal("refused", 500)
        for _ in range(30):
            await here.post(event(CRITICAL, here.at))
            await here.drain()
            here.after(minutes=1)
            await here.post(event(OK, here.at))
            await here.drain()
            here.after(minutes=1)
        assert "given up" not in here.states()
        here.slack.always = None
        here.after(hours=2)
        await here.drain()
        assert here.slack.sent[0].moments[0].kind == "opened"
        assert "pending" not in here.states()


def test_news_that_hurries_a_delivery_never_makes_it_be_given_up_early(tmp_path: Path) -> None:
    """Sixty tries within an hour, and yet it keeps the day that it has."""
    asyncio.run(_flapping(tmp_path))


async def _nothing_sent(path: Path) -> None:
    async with world(path) as here:
        here.slack.always = refusal("refused", 500)
        silence = Silence((("target", "quiet"),), NOON, NOON.replace(hour=13))
        await here.relay.swap(replace(here.setup, silences=(silence,)))
        await here.post(event(CRITICAL, here.at, "one"))
        await here.post(event(CRITICAL, here.at, "two", target="quiet"))
        await here.post(event(OK, here.at.replace(minute=1), "two", target="quiet", received_at=here.at))
        await here.drain()
        here.at = NOON.replace(hour=13)
        await here.drain()
        assert here.states()["dropped"] >= 1
        with here.reader.read() as tx:
            [slack] = [channel for channel in tx.channels() if channel.name == "slack"]
        assert slack.refusing_since == NOON


def test_what_a_silence_dropped_says_nothing_of_the_channel(tmp_path: Path) -> None:
    asyncio.run(_nothing_sent(tmp_path))
