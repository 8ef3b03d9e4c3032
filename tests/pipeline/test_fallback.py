"""The second way out: told on the fallback with the reason, told late where it belongs, and nothing doubled."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from relay.core.delivery import DeliveryError, Failure
from relay.core.fallback import Fallback
from relay.core.model import Severity
from relay.core.routing import Route, Silence
from relay.core.text import Language, say, text
from tests.pipeline.world import FarEnd, World, event, refusal, world

WARNING, CRITICAL, OK = Severity.WARNING, Severity.CRITICAL, Severity.OK
TO_SLACK = (Route("all", ("slack",)),)
TEN = timedelta(minutes=10)


async def falls_back(here: World, **changes: object) -> None:
    """Route everything to Slack alone, with Discord as its fallback."""
    made = replace(here.setup, routes=TO_SLACK, fallbacks={"slack": Fallback("discord", TEN)})
    here.setup = replace(made, **changes)
    await here.relay.swap(here.setup)


async def go_on(here: World, minutes: float) -> None:
    """Let time pass as it does: sweep and deliver every ten seconds."""
    for _ in range(int(minutes * 6)):
        await here.relay.sweep()
        await here.drain()
        here.after(seconds=10)


def titles(far_end: FarEnd) -> list[str]:
    return [notification.incident.fingerprint for notification in far_end.sent]


def why(far_end: FarEnd, place: int = -1) -> str:
    late = far_end.sent[place].late
    return say(late, Language.ENGLISH) if late else ""


async def _told(path: Path) -> None:
    async with world(path) as here:
        await falls_back(here)
        here.slack.always = refusal("refused", 503)
        await here.post(event(CRITICAL, here.at))
        await go_on(here, 9.9)
        assert here.discord.sent == []
        await go_on(here, 2)
        assert titles(here.discord) == ["disk"]
        assert why(here.discord).startswith("told here because slack has taken nothing for 10 min")
        await here.post(event(WARNING, here.at, "other"))
        await go_on(here, 3)
        assert titles(here.discord) == ["disk", "other"]  # at once: it refuses for long enough already
        here.slack.always = None
        await go_on(here, 15)
        assert sorted(titles(here.slack)) == ["disk", "other"]
        assert "told late" in why(here.slack, 0)
        await here.post(event(WARNING, here.at, "after"))
        await go_on(here, 15)
        assert titles(here.slack)[-1] == "after"
        assert titles(here.discord) == ["disk", "other"]  # and back
        assert here.states() == {"delivered": 5}


def test_a_channel_that_refuses_is_told_elsewhere_with_the_reason_and_catches_up_once_it_is_well(
    tmp_path: Path,
) -> None:
    asyncio.run(_told(tmp_path))


def test_the_reason_is_told_in_the_readers_language(tmp_path: Path) -> None:
    """Also after it was kept in the store."""

    async def refused() -> None:
        async with world(tmp_path) as here:
            await falls_back(here)
            here.slack.always = DeliveryError(Failure.REFUSED, text("failure.no_answer"))
            await here.post(event(CRITICAL, here.at))
            await go_on(here, 11)
            late = here.discord.sent[0].late
            assert late is not None
            assert "no answer within" in say(late, Language.ENGLISH)
            assert "pas de réponse" in say(late, Language.FRENCH)

    asyncio.run(refused())


@pytest.mark.parametrize(
    "failure",
    [
        refusal("refused", 500),
        refusal("uncertain"),
        refusal("throttled", 429, retry_after=6 * 3600),  # never tried again meanwhile
        refusal("gone", 404),  # parked for good
    ],
)
def test_every_kind_of_refusal_is_one(tmp_path: Path, failure: Exception) -> None:
    async def refused() -> None:
        async with world(tmp_path) as here:
            await falls_back(here)
            here.slack.always = failure
            await here.post(event(WARNING, here.at))
            await go_on(here, 5)
            await here.post(event(CRITICAL, here.at))
            await go_on(here, 7)
            told = [n for n in here.discord.sent if n.incident.fingerprint == "disk"]
            assert [moment.kind for n in told for moment in n.moments] == ["opened", "escalated"]

    asyncio.run(refused())


async def _hears_the_end(path: Path) -> None:
    async with world(path) as here:
        await falls_back(here)
        here.slack.always = refusal("refused", 503)
        await here.post(event(CRITICAL, here.at))
        await go_on(here, 12)
        here.slack.always = None
        await go_on(here, 30)
        assert here.slack.told() == here.discord.told() == ["opened"]
        await here.post(event(WARNING, here.at))
        await go_on(here, 1)
        await here.post(event(OK, here.at))
        await go_on(here, 1)
        assert here.slack.told() == ["opened", "eased", "resolved"]
        assert here.discord.told() == ["opened", "resolved"]
        assert why(here.discord) == "told here because slack took nothing at the time"


def test_the_fallback_that_heard_of_a_trouble_hears_of_its_end_alone(tmp_path: Path) -> None:
    asyncio.run(_hears_the_end(tmp_path))


async def _round_and_round(path: Path) -> None:
    async with world(path) as here:
        both = {"slack": Fallback("discord", TEN), "discord": Fallback("slack", TEN)}
        await falls_back(here, fallbacks=both)
        here.slack.always = here.discord.always = refusal("refused", 503)
        for _ in range(6):
            await here.post(event(CRITICAL, here.at))
            await go_on(here, 10)
            await here.post(event(OK, here.at))
            await go_on(here, 10)
        [incident] = here.incidents()[:1]
        with here.reader.read() as tx:
            found = tx.deliveries(incident.id)
        assert len(found) == len({(one.sequence, one.channel) for one in found})
        here.slack.always = here.discord.always = None
        await go_on(here, 60 * 4)
        assert set(here.states()) <= {"delivered", "folded"}
        assert len(here.slack.sent) <= 12
        assert len(here.discord.sent) <= 12


def test_fallbacks_that_name_each_other_double_nothing(tmp_path: Path) -> None:
    asyncio.run(_round_and_round(tmp_path))


async def _own_trouble(path: Path) -> None:
    async with world(path) as here:
        await falls_back(
            here, fallbacks={"discord": Fallback("slack", TEN), "slack": Fallback("discord", TEN)}
        )
        here.slack.always = here.discord.always = refusal("gone", 404)
        await here.post(event(CRITICAL, here.at))
        await go_on(here, 30)
        own = here.incidents(source="relay")
        assert own
        with here.reader.read() as tx:
            for incident in own:
                failing = dict(incident.labels)["failing_channel"]
                assert failing not in {one.channel for one in tx.deliveries(incident.id)}


def test_the_trouble_of_a_channel_never_goes_through_that_channel(tmp_path: Path) -> None:
    asyncio.run(_own_trouble(tmp_path))


async def _held(path: Path) -> None:
    async with world(path) as here:
        silence = Silence((("target", "quiet"),), here.at, here.at + timedelta(hours=1))
        await falls_back(here, silences=(silence,))
        here.slack.always = refusal("refused", 503)
        await here.post(event(CRITICAL, here.at, "one"), event(CRITICAL, here.at, "two", target="quiet"))
        await go_on(here, 30)
        assert titles(here.discord) == ["one"]


def test_what_a_silence_holds_is_held_on_the_fallback_too(tmp_path: Path) -> None:
    asyncio.run(_held(tmp_path))


async def _untried(path: Path) -> None:
    async with world(path) as here:
        await falls_back(here)
        here.slack.failures = [refusal("permanent", 400)]
        await here.post(event(CRITICAL, here.at, "one"))
        await here.drain()  # given up, and nothing else to send for hours
        here.after(hours=5)
        await here.post(event(CRITICAL, here.at, "two"))
        await go_on(here, 1)
        assert titles(here.slack) == ["two"]
        # The relay's own word, that a message was given up, has no other way.
        assert [n.incident.source for n in here.discord.sent] == ["relay"]


def test_a_channel_is_tried_first_whatever_it_said_hours_ago(tmp_path: Path) -> None:
    asyncio.run(_untried(tmp_path))
