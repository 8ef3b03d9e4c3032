"""The outbox at work: retries, order, parking, lateness, silences, crashes."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from relay.channels.wording import message
from relay.core.delivery import RemoteRef, Sent
from relay.core.model import Notification, Severity
from relay.core.routing import QuietHours, Route, Silence
from relay.core.text import Language, say, text, verbatim
from relay.store.documents import write_reason
from tests.pipeline.world import NOON, FarEnd, World, event, refusal, world

WARNING, CRITICAL, OK = Severity.WARNING, Severity.CRITICAL, Severity.OK


async def _retried(path: Path, failure: Exception, wait: timedelta) -> World:
    async with world(path) as here:
        here.slack.failures = [failure]
        await here.post(event(CRITICAL, here.at))
        await here.drain()
        assert here.slack.told() == []
        here.at += wait - timedelta(seconds=1)
        await here.drain()
        assert here.slack.told() == []
        # What nobody asked for is spread by a fifth either way.
        here.after(seconds=4)
        await here.drain()
        assert here.slack.told() == ["opened"]
        assert here.discord.told() == ["opened"]
        return here


@pytest.mark.parametrize(
    ("failure", "wait"),
    [
        (refusal("throttled", 429, retry_after=40), timedelta(seconds=40)),
        (refusal("throttled", 429), timedelta(seconds=5)),
        (refusal("refused", 503, retry_after=90), timedelta(seconds=90)),  # a floor
        (TypeError("a bug in the channel"), timedelta(seconds=4)),
        (TimeoutError(), timedelta(seconds=4)),
    ],
)
def test_a_failed_delivery_is_tried_again_no_sooner_than_asked(
    tmp_path: Path, failure: Exception, wait: timedelta
) -> None:
    asyncio.run(_retried(tmp_path, failure, wait))


async def _late(path: Path) -> None:
    async with world(path) as here:
        here.slack.failures = [TimeoutError()]
        await here.post(event(CRITICAL, here.at))
        await here.drain()
        with closing(sqlite3.connect(path / "relay.db")) as store:
            kept = store.execute(
                "select outcome, reason from attempts where outcome <> 'delivered'"
            ).fetchall()
        assert kept == [("uncertain", write_reason(text("failure.no_answer")))]
        here.after(seconds=10)
        await here.drain()
        assert [n.repeated for n in here.slack.sent] == [True]


async def _named(path: Path) -> None:
    async with world(path) as here:
        for suspect in ("", "", "/popular", "/popular"):
            facts = (("suspect", suspect),) if suspect else ()
            await here.post(event(WARNING, here.at, facts=facts, summary=verbatim(f"grows {suspect}")))
            await here.drain()
            here.after(minutes=1)
        assert here.slack.told() == here.discord.told() == ["opened", "updated"]
        quiet = here.slack.sent[-1]
        assert say(quiet.incident.summary, Language.ENGLISH) == "grows /popular"
        assert not message(quiet, Language.ENGLISH).heard


def test_who_is_to_blame_is_told_once_when_it_is_found_out(tmp_path: Path) -> None:
    """Where the first message could not say it: quietly, as an edit where a channel edits."""
    asyncio.run(_named(tmp_path))


def test_what_a_channel_did_not_end_in_time_may_have_arrived(tmp_path: Path) -> None:
    """A channel bounds itself; where it has a bug, the repeat says that it may be one."""
    asyncio.run(_late(tmp_path))


@dataclass
class Locking(FarEnd):
    """While it is sent to, another process takes the store for longer than a writer waits."""

    store: sqlite3.Connection | None = None

    async def send(self, notification: Notification, previous: RemoteRef | None, deadline: timedelta) -> Sent:
        assert self.store is not None
        self.store.execute("begin immediate")
        asyncio.get_running_loop().call_later(0.8, self.store.rollback)
        return await super().send(notification, previous, deadline)


async def _away(path: Path) -> None:
    async with world(path) as here:
        with closing(sqlite3.connect(path / "relay.db", isolation_level=None)) as store:
            here.setup = replace(here.setup, channels={"slack": Locking("slack", store=store)})
            await here.relay.swap(here.setup)
            await here.post(event(CRITICAL, here.at))
            await here.relay.deliver_due()
        assert here.states()["delivered"] == 1


def test_what_was_sent_is_recorded_once_the_store_is_back(tmp_path: Path) -> None:
    """Forgotten, it would be sent again when its lease ends."""
    asyncio.run(_away(tmp_path))


async def _unknown_hold(path: Path) -> None:
    async with world(path) as here:
        await here.post(event(CRITICAL, here.at, "one"))
        with closing(sqlite3.connect(path / "relay.db")) as store, store:
            store.execute("update deliveries set held = 'what a newer version wrote'")
        here.after(minutes=2)
        await here.post(event(CRITICAL, here.at, "two"))
        await here.drain()
        assert here.slack.told() == here.discord.told() == ["opened"]
        assert here.states() == {"delivered": 2, "pending": 2}


def test_a_delivery_that_can_not_be_worded_stops_no_other(tmp_path: Path) -> None:
    """It waits and is tried again, like one that a bug in its channel stopped."""
    asyncio.run(_unknown_hold(tmp_path))


async def _bug(path: Path) -> None:
    async with world(path) as here:
        here.slack.always = TypeError("a bug in the channel")
        await here.post(event(CRITICAL, here.at, "one"))
        await here.post(event(CRITICAL, here.at, "two"))
        await here.drain()
        assert here.discord.told() == ["opened", "opened"]
        assert here.states() == {"delivered": 2, "pending": 2}


def test_a_bug_in_one_channel_blocks_no_other(tmp_path: Path) -> None:
    asyncio.run(_bug(tmp_path))


async def _gone(path: Path) -> None:
    async with world(path) as here:
        here.slack.always = refusal("gone", 404)
        await here.post(event(CRITICAL, here.at))
        await here.drain()
        assert [n.incident.kind for n in here.discord.sent] == ["disk", "channel-parked"]
        assert here.states()["parked"] == 1
        here.after(days=2)
        await here.drain()
        assert here.slack.sent == []  # a gone destination is left alone
        # Mended: its settings changed, so what waited is told, and told as late.
        here.slack.always, here.slack.identity = None, "elsewhere"
        await here.relay.swap(here.setup)
        await here.drain()
        late = [n.late for n in here.slack.sent if n.incident.kind == "disk"]
        assert [said.key for said in late if said] == ["late.tried"]
        assert here.discord.told()[-1] == "resolved"
        assert "parked" not in here.states()


def test_a_destination_that_is_gone_is_parked_told_elsewhere_and_taken_up_when_mended(tmp_path: Path) -> None:
    asyncio.run(_gone(tmp_path))


async def _all_gone(path: Path) -> None:
    async with world(path) as here:
        here.slack.always = here.discord.always = refusal("gone", 404)
        await here.post(event(CRITICAL, here.at))
        for _ in range(20):
            await here.drain()
            here.after(hours=1)
        # The trouble itself and one incident a channel: no loop of alarms about alarms.
        assert len(here.incidents()) == 3


def test_when_every_destination_is_gone_there_is_no_loop(tmp_path: Path) -> None:
    asyncio.run(_all_gone(tmp_path))


async def _exhausted(path: Path) -> None:
    async with world(path) as here:
        here.slack.always = refusal("refused", 500)
        await here.post(event(CRITICAL, here.at))
        for _ in range(60):
            await here.drain()
            here.after(hours=1)
        kinds = [n.incident.kind for n in here.discord.sent]
        assert kinds == ["disk", "delivery-given-up"]
        assert here.states()["given up"] == 1


def test_a_delivery_that_is_given_up_is_told_on_the_other_channel_once(tmp_path: Path) -> None:
    asyncio.run(_exhausted(tmp_path))


async def _overtaken(path: Path) -> None:
    async with world(path) as here:
        here.slack.failures = [refusal("refused", 500), refusal("refused", 500)]
        await here.post(event(CRITICAL, here.at))
        await here.drain()
        here.after(seconds=3)
        await here.post(event(OK, here.at))
        await here.drain()
        assert here.slack.sent == []  # "resolved" waits behind "opened"
        here.after(minutes=9)
        await here.drain()
        here.after(minutes=9)
        await here.drain()
        [message] = here.slack.sent
        assert [moment.kind for moment in message.moments] == ["opened", "resolved"]
        assert message.late is not None
        assert message.late.key == "late.refused"
        assert here.states() == {"delivered": 3, "folded": 1}


def test_a_trouble_that_is_over_before_it_could_be_told_is_told_once_truthfully(tmp_path: Path) -> None:
    asyncio.run(_overtaken(tmp_path))


async def _silenced(path: Path, over_after: timedelta) -> World:
    async with world(path) as here:
        silence = Silence((("target", "db"),), NOON, NOON + timedelta(hours=1))
        await here.relay.swap(replace(here.setup, silences=(silence,)))
        await here.post(event(WARNING, here.at))
        await here.drain()
        assert here.slack.sent == []
        here.at += over_after
        await here.post(event(OK, here.at))
        await here.drain()
        here.at = max(here.at, NOON + timedelta(hours=1, seconds=1))
        await here.drain()
        return here


def test_a_trouble_within_a_silence_is_told_to_nobody(tmp_path: Path) -> None:
    here = asyncio.run(_silenced(tmp_path, timedelta(minutes=10)))
    assert here.slack.sent == []


def test_a_trouble_that_outlives_its_silence_is_told(tmp_path: Path) -> None:
    here = asyncio.run(_silenced(tmp_path, timedelta(minutes=90)))
    assert here.slack.told() == ["resolved"]
    assert [moment.kind for moment in here.slack.sent[0].moments] == ["opened", "resolved"]


async def _still_there(path: Path) -> None:
    async with world(path) as here:
        silence = Silence((("target", "db"),), NOON, NOON + timedelta(hours=1))
        await here.relay.swap(replace(here.setup, silences=(silence,)))
        await here.post(event(WARNING, here.at))
        here.after(minutes=59)
        await here.drain()
        assert here.slack.sent == []
        here.after(minutes=2)
        await here.drain()
        [message] = here.slack.sent
        assert message.kind.value == "opened"
        assert message.late is not None


def test_a_trouble_that_is_still_there_when_its_silence_ends_is_told_then(tmp_path: Path) -> None:
    asyncio.run(_still_there(tmp_path))


async def _quiet(path: Path) -> None:
    async with world(path) as here:
        quiet = QuietHours(time(10), time(16), ZoneInfo("UTC"))
        await here.relay.swap(replace(here.setup, routes=(Route("r", ("slack",), quiet=quiet),)))
        await here.post(event(WARNING, here.at))
        await here.drain()
        assert here.slack.sent == []
        here.after(minutes=5)
        await here.post(event(CRITICAL, here.at))
        await here.drain()
        # What is worse than quiet hours allow goes out at once, with what was held before it.
        assert [moment.kind for moment in here.slack.sent[0].moments] == ["opened", "escalated"]


def test_quiet_hours_hold_back_a_warning_until_it_gets_critical(tmp_path: Path) -> None:
    asyncio.run(_quiet(tmp_path))


async def _crashed(path: Path) -> None:
    async with world(path) as here:
        await here.post(event(CRITICAL, here.at))
        await here.relay.claim_deliveries()  # and the process dies before it could record anything
        here.relay = here.another()
        here.after(seconds=29)
        await here.drain()
        assert here.slack.sent == []  # the lease still holds
        here.after(seconds=2)
        await here.drain()
        assert here.slack.told() == ["opened"]
        assert here.slack.sent[0].repeated  # it may have been sent before


def test_a_claim_that_died_is_taken_over_and_marked_as_a_possible_repeat(tmp_path: Path) -> None:
    asyncio.run(_crashed(tmp_path))


async def _fenced(path: Path) -> None:
    async with world(path) as here:
        await here.post(event(CRITICAL, here.at))
        [claim] = [c for c in await here.relay.claim_deliveries() if c.turn.delivery.channel == "slack"]
        here.after(seconds=31)
        other = here.another()
        await other.deliver_due()
        assert here.slack.told() == ["opened"]
        await here.relay.deliver(claim)  # the paused one wakes
        assert here.slack.told() == ["opened"]
        assert here.states()["delivered"] == 2


def test_a_paused_sender_that_wakes_after_its_lease_sends_nothing(tmp_path: Path) -> None:
    asyncio.run(_fenced(tmp_path))


async def _backlog(path: Path) -> None:
    async with world(path) as here:
        for minute, severity in enumerate((WARNING, CRITICAL, WARNING, OK)):
            await here.post(event(severity, NOON + timedelta(minutes=minute), received_at=here.at))
        here.after(hours=1)  # the relay was down for an hour, then starts
        here.relay = here.another()
        await here.relay.start()
        await here.drain()
        assert len(here.slack.sent) == 1
        assert here.slack.sent[0].late is not None


def test_what_became_due_while_down_is_one_message_an_incident(tmp_path: Path) -> None:
    asyncio.run(_backlog(tmp_path))


async def _removed(path: Path) -> None:
    async with world(path) as here:
        here.slack.always = refusal("refused", 500)
        await here.post(event(CRITICAL, here.at))
        await here.drain()
        await here.relay.swap(replace(here.setup, channels={"discord": here.discord}))
        here.after(hours=1)
        with here.reader.read() as tx:
            [parked] = [state for state in tx.channels() if state.parked_at is not None]
            assert (parked.name, parked.reason) == ("slack", text("failure.unconfigured"))
            assert tx.depth(here.at).oldest_due_at is None  # it is seen to wait, and ages nothing
        here.slack.always = None
        await here.relay.swap(here.setup)
        await here.drain()
        assert "opened" in here.slack.told()


def test_what_waits_for_a_removed_channel_is_parked_until_it_is_back(tmp_path: Path) -> None:
    asyncio.run(_removed(tmp_path))
