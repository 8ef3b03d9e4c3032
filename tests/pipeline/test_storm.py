"""Storms: what is too much for a reader becomes a digest; everything stays in the ledger, and nothing is lost."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from relay.core.delivery import DeliveryState
from relay.core.model import Severity
from relay.core.routing import Route, Silence
from relay.core.text import Language, say
from tests.pipeline.world import NOON, FarEnd, World, event, refusal, world

WARNING, CRITICAL, OK = Severity.WARNING, Severity.CRITICAL, Severity.OK


async def only_slack(here: World, **changes: object) -> None:
    here.setup = replace(here.setup, routes=(Route("all", ("slack",)),), **changes)
    await here.relay.swap(here.setup)


async def burst(here: World, number: int, severity: Severity = WARNING) -> None:
    await here.post(*(event(severity, here.at, f"trouble {n}", target=f"host {n}") for n in range(number)))


async def go_on(here: World, minutes: float) -> None:
    for _ in range(int(minutes * 12)):
        await here.drain()
        here.after(seconds=5)


def heads(far_end: FarEnd) -> list[str]:
    return [say(n.incident.title, Language.ENGLISH) for n in far_end.sent]


async def _one_message(path: Path) -> None:
    async with world(path) as here:
        await only_slack(here)
        await burst(here, 25)
        await here.post(*(event(CRITICAL, here.at, f"worse {n}") for n in range(12)))
        await go_on(here, 2)
        [message] = here.slack.sent
        assert heads(here.slack) == ["37 incidents opened in 1 s"]
        assert message.incident.severity is CRITICAL
        lines = say(message.incident.summary, Language.ENGLISH).splitlines()
        assert lines[0] == "12 critical, 25 at warning"
        assert lines[1:11] == ["• Critical: Disk is filling"] * 10  # the worst first
        assert lines[11] == "… and 27 more"
        assert here.states() == {"delivered": 1, "folded": 36}
        assert message.link == f"http://relay.example/deliveries?told_with={message.id}"
        every = here.incidents()
        with here.reader.read() as tx:
            told = [d for i in every for d in tx.deliveries(i.id) if d.state is DeliveryState.FOLDED]
        assert {one.told_with for one in told} == {message.id}


def test_a_storm_is_one_message_that_the_ledger_names(tmp_path: Path) -> None:
    asyncio.run(_one_message(tmp_path))


@pytest.mark.parametrize(("number", "messages"), [(1, 1), (20, 20), (21, 1)])
def test_a_storm_begins_beyond_the_limit(tmp_path: Path, number: int, messages: int) -> None:
    async def told() -> None:
        async with world(tmp_path) as here:
            await only_slack(here)
            await burst(here, number)
            await go_on(here, 2)
            assert len(here.slack.sent) == messages

    asyncio.run(told())


async def _steady(path: Path) -> None:
    async with world(path) as here:
        await only_slack(here, digest_above={"slack": 10})
        for n in range(180):  # one a second, each sent as it comes
            await here.post(event(WARNING, here.at, f"trouble {n}"))
            await here.drain()
            here.after(seconds=1)
        single = [n for n in here.slack.sent if n.told == 1]
        assert len(single) <= 12
        assert len(here.slack.sent) <= 12 + 3 * 4 + 1
        await go_on(here, 3)
        assert sum(n.told for n in here.slack.sent) == 180
        before = len(here.slack.sent)
        await here.post(event(WARNING, here.at, "calm again"))
        await here.drain()
        assert here.slack.sent[before].told == 1
        assert set(here.states()) == {"delivered", "folded"}


def test_a_steady_storm_is_a_few_digests_a_minute_and_ends(tmp_path: Path) -> None:
    asyncio.run(_steady(tmp_path))


async def _over(path: Path) -> None:
    async with world(path) as here:
        await only_slack(here)
        await burst(here, 30)
        await go_on(here, 3)
        await burst(here, 30, OK)
        await go_on(here, 3)
        assert heads(here.slack) == ["30 incidents opened in 1 s", "30 incidents resolved in 1 s"]
        assert here.slack.sent[1].incident.severity is OK


def test_the_end_of_a_storm_is_digested_likewise(tmp_path: Path) -> None:
    asyncio.run(_over(tmp_path))


async def _alone_later(path: Path) -> None:
    async with world(path) as here:
        await only_slack(here)
        await burst(here, 30)
        await go_on(here, 3)
        await here.post(event(OK, here.at, "trouble 7", target="host 7"))
        await here.drain()
        assert here.slack.told()[-1] == "resolved"
        assert here.slack.previous[-1] is None  # the digest is nobody's living message


def test_an_incident_of_a_digest_goes_on_by_itself(tmp_path: Path) -> None:
    asyncio.run(_alone_later(tmp_path))


@pytest.mark.parametrize("failure", ["refused", "uncertain", "permanent", "throttled"])
def test_a_digest_that_fails_is_told_later_with_all_that_it_held(tmp_path: Path, failure: str) -> None:
    async def failing() -> None:
        async with world(tmp_path) as here:
            await only_slack(here)
            here.slack.failures = [refusal(failure, 500)]
            await burst(here, 30)
            await go_on(here, 3)
            assert sum(n.told for n in here.slack.sent) == 30
            assert {n.repeated for n in here.slack.sent} == {failure == "uncertain"}
            assert set(here.states()) == {"delivered", "folded"}

    asyncio.run(failing())


def test_a_digest_that_may_repeat_one_of_its_messages_casts_no_doubt_on_the_others(tmp_path: Path) -> None:
    """Refused, it leaves each with its own doubt, but for the one that it went out as, and with the reason."""

    async def refused() -> None:
        async with world(tmp_path) as here:
            await only_slack(here)
            here.slack.failures = [refusal("uncertain"), refusal("refused", 500)]
            await burst(here, 1)
            await here.drain()
            await burst(here, 31)
            here.after(seconds=10)
            await here.drain()
            with closing(sqlite3.connect(tmp_path / "relay.db")) as store:
                kept = store.execute("select uncertain, reason from deliveries where attempts > 0").fetchall()
            assert len(kept) > 30
            assert 1 <= sum(uncertain for uncertain, _ in kept) <= 2
            assert all("HTTP 500" in reason for _, reason in kept)

    asyncio.run(refused())


async def _crashed(path: Path) -> None:
    async with world(path) as here:
        await only_slack(here)
        await burst(here, 30)
        await here.relay.claim_deliveries()  # and the process dies before it could record anything
        here.relay = here.another()
        await go_on(here, 2)
        [message] = here.slack.sent
        assert message.told == 30
        assert message.repeated


def test_a_digest_whose_sender_died_is_marked_as_a_possible_repeat(tmp_path: Path) -> None:
    asyncio.run(_crashed(tmp_path))


async def _silenced(path: Path) -> None:
    async with world(path) as here:
        silence = Silence((("target", "host*"),), NOON, NOON + timedelta(minutes=10))
        await only_slack(here, silences=(silence,))
        await burst(here, 60)
        here.after(minutes=1)
        await here.post(*(event(OK, here.at, f"trouble {n}", target=f"host {n}") for n in range(30)))
        here.at = NOON + timedelta(minutes=10, seconds=1)
        await go_on(here, 5)
        assert [n.told for n in here.slack.sent] == [30]
        assert here.states()["dropped"] == 60


def test_what_a_silence_covered_is_in_no_digest(tmp_path: Path) -> None:
    asyncio.run(_silenced(tmp_path))


async def _caught_up(path: Path) -> None:
    async with world(path) as here:
        await only_slack(here)
        here.slack.always = refusal("refused", 503)
        for n in range(40):
            await here.post(event(WARNING, here.at, f"trouble {n}"))
            await go_on(here, 1)
        here.slack.always = None
        await go_on(here, 60)
        assert sum(n.told for n in here.slack.sent) == 40
        assert len(here.slack.sent) <= 4
        assert here.slack.sent[-1].late is not None


def test_what_piled_up_behind_a_refusal_is_a_digest_told_late(tmp_path: Path) -> None:
    asyncio.run(_caught_up(tmp_path))


async def _thousands(path: Path) -> None:
    async with world(path) as here:
        await only_slack(here)
        await burst(here, 1_200)
        await go_on(here, 3)
        assert [n.told for n in here.slack.sent] == [500, 500, 200]


def test_a_digest_is_bounded_and_the_rest_follows(tmp_path: Path) -> None:
    asyncio.run(_thousands(tmp_path))
