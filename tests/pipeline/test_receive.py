"""The road of a webhook: what is accepted is durable, told once, and survives what senders do."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from relay.core.model import Severity
from relay.pipeline.taking import Taken
from tests.pipeline.world import NOON, event, world

WARNING, CRITICAL, OK = Severity.WARNING, Severity.CRITICAL, Severity.OK


async def _thousand(path: Path) -> None:
    async with world(path) as here:
        fired = event(CRITICAL, NOON)
        outcomes = await asyncio.gather(*(here.post(fired) for _ in range(1_000)))
        assert sorted(outcome for [outcome] in outcomes).count("opened") == 1
        await here.drain()
        assert len(here.incidents()) == 1
        assert here.slack.told() == here.discord.told() == ["opened"]


def test_a_thousand_duplicates_at_once_are_one_incident_and_one_message(tmp_path: Path) -> None:
    asyncio.run(_thousand(tmp_path))


async def _story(path: Path) -> None:
    async with world(path) as here:
        for minute, severity in enumerate((WARNING, CRITICAL, WARNING, OK)):
            await here.post(event(severity, NOON + timedelta(minutes=minute), received_at=here.at))
            await here.drain()
            here.after(minutes=1)
        assert here.slack.told() == ["opened", "escalated", "eased", "resolved"]
        [incident] = here.incidents()
        assert (incident.peak, incident.is_open, incident.sequence) == (CRITICAL, False, 4)
        assert here.slack.previous[1] is not None  # the living message is handed on
        assert [moment.kind for moment in here.slack.sent[3].past] == ["opened", "escalated", "eased"]


def test_escalating_and_easing_is_one_story(tmp_path: Path) -> None:
    asyncio.run(_story(tmp_path))


async def _late(path: Path) -> None:
    async with world(path) as here:
        await here.post(event(CRITICAL, NOON))
        here.after(minutes=2)
        await here.post(event(OK, here.at))
        here.after(minutes=1)
        # An event of before the end arrives after it.
        outcomes = await here.post(event(CRITICAL, NOON + timedelta(minutes=1), received_at=here.at))
        assert outcomes == ["newer news of this trouble came first"]
        assert not here.incidents(is_open=True)


def test_an_event_from_before_the_end_reopens_nothing(tmp_path: Path) -> None:
    asyncio.run(_late(tmp_path))


async def _hours_late(path: Path) -> None:
    async with world(path) as here:
        await here.post(event(CRITICAL, NOON - timedelta(hours=3), received_at=NOON))
        await here.drain()
        [message] = here.slack.sent
        assert message.incident.late
        assert message.late is not None
        assert message.late.key == "late.arrived"


def test_an_event_that_is_hours_old_is_told_as_late(tmp_path: Path) -> None:
    asyncio.run(_hours_late(tmp_path))


async def _again(path: Path, pause: timedelta) -> tuple[int, list[str]]:
    async with world(path) as here:
        await here.post(event(WARNING, here.at))
        here.after(minutes=1)
        await here.post(event(OK, here.at))
        here.at += pause
        await here.post(event(WARNING, here.at))
        await here.drain()
        return len(here.incidents()), here.slack.told()


def test_a_trouble_that_comes_back_soon_reopens_its_incident(tmp_path: Path) -> None:
    assert asyncio.run(_again(tmp_path, timedelta(minutes=9))) == (1, ["reopened"])


def test_a_trouble_that_comes_back_later_is_a_new_incident_that_links_to_the_old(tmp_path: Path) -> None:
    assert asyncio.run(_again(tmp_path, timedelta(minutes=11))) == (2, ["resolved", "opened"])


async def _by_the_clock(path: Path) -> None:
    """A sender that repeats "it fires until then" falls silent, and comes back."""
    async with world(path) as here:

        def firing() -> object:
            ends_at = here.at + timedelta(minutes=4)
            return event(WARNING, NOON, received_at=here.at, as_of=here.at, ends_at=ends_at)

        here.after(minutes=6)  # past the grace of the start
        await here.post(firing())
        here.after(minutes=3)
        assert await here.post(firing()) == ["seen before"]
        here.after(minutes=3)
        await here.relay.sweep()
        assert len(here.incidents(is_open=True)) == 1  # the repeat put off its end
        here.after(minutes=2)
        await here.relay.sweep()
        assert not here.incidents(is_open=True)
        assert await here.post(firing()) == ["reopened"]  # the same alert, with the same dates
        assert len(here.incidents()) == 1


def test_a_silent_sender_resolves_by_the_clock_and_its_return_is_news(tmp_path: Path) -> None:
    asyncio.run(_by_the_clock(tmp_path))


async def _grace(path: Path) -> None:
    async with world(path) as here:
        await here.post(event(WARNING, NOON, ends_at=NOON + timedelta(minutes=1)))
        here.after(minutes=10)
        here.relay = here.another()  # the relay was down for ten minutes
        await here.relay.sweep()
        assert len(here.incidents(is_open=True)) == 1
        here.after(minutes=6)
        await here.relay.sweep()
        assert not here.incidents(is_open=True)


def test_after_a_start_senders_get_time_before_their_silence_counts(tmp_path: Path) -> None:
    asyncio.run(_grace(tmp_path))


async def _clock_steps_back(path: Path) -> None:
    async with world(path) as here:
        await here.post(event(WARNING, here.at))
        await here.drain()
        here.after(hours=-2)
        outcomes = await here.post(
            event(OK, NOON + timedelta(seconds=1), received_at=NOON + timedelta(seconds=1))
        )
        assert outcomes == ["resolved"]
        await here.drain()
        here.after(hours=2, seconds=2)
        await here.drain()
        assert here.slack.told() == ["opened", "resolved"]
        assert here.states() == {"delivered": 4}


def test_a_clock_that_steps_back_loses_nothing(tmp_path: Path) -> None:
    asyncio.run(_clock_steps_back(tmp_path))


async def _retention(path: Path) -> None:
    async with world(path) as here:
        await here.post(event(CRITICAL, here.at, "over"), event(CRITICAL, here.at, "going on"))
        await here.drain()
        here.after(minutes=1)
        await here.post(event(OK, here.at, "over"))
        await here.drain()
        here.after(days=399)
        await here.relay.forget()
        assert len(here.incidents()) == 2
        here.after(days=2)
        await here.relay.forget()
        await here.relay.forget()
        assert [incident.fingerprint for incident in here.incidents()] == ["going on"]
        with here.reader.read() as tx:
            assert tx.delivery_counts() == {"delivered": 2}
            assert len(tx.newest_events(10)) == 1


def test_retention_drops_what_is_over_and_nothing_else(tmp_path: Path) -> None:
    asyncio.run(_retention(tmp_path))


def test_what_two_of_them_brought_wakes_for_both() -> None:
    """A read's own events and its verdicts: neither hides on which channels the other is told."""
    both = Taken((), frozenset({"slack"})) + Taken((), frozenset({"discord"}))
    assert both.told == {"slack", "discord"}


async def _unqueued(path: Path) -> None:
    async with world(path) as here:
        with closing(sqlite3.connect(path / "relay.db")) as store:
            # The last thing that a change writes fails.
            store.execute(
                "create trigger full before insert on deliveries begin select raise(abort, 'no room'); end"
            )
            with pytest.raises(sqlite3.IntegrityError):
                await here.post(event(CRITICAL, here.at))
            kept = ("receipts", "events", "incidents", "changes", "deliveries")
            counts = [store.execute(f"select count(*) from {table}").fetchone()[0] for table in kept]
            assert counts == [0] * len(kept)
            store.execute("drop trigger full")
        await here.post(event(CRITICAL, here.at))
        await here.drain()
        assert here.slack.told() == ["opened"]


def test_what_can_not_be_queued_is_not_kept_either(tmp_path: Path) -> None:
    """Request, event, incident and what is to be told are one commit: the sender, who was refused, sends it again."""
    asyncio.run(_unqueued(tmp_path))
