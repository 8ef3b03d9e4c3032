"""The picture that goes with a message, and the message that goes without."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic

import pytest

from relay.core.delivery import RemoteRef, Sent
from relay.core.model import Notification, Picture, Severity
from relay.core.text import Language
from relay.pipeline import Setup
from relay.pipeline.setup import Showing
from relay.pipeline.showing import DEADLINE, Missed
from tests.pipeline.world import FarEnd, World, event, refusal, world

WARNING, CRITICAL, OK = Severity.WARNING, Severity.CRITICAL, Severity.OK
PICTURE = Picture("memory, in words", b"png")


@dataclass
class Painter:
    """Makes the picture that it is given, raises, or never ends."""

    made: Picture | Exception | float | None
    asked: list[tuple[str, int, Showing]] = field(default_factory=list)

    async def picture(self, notification: Notification, setup: Setup, showing: Showing) -> Picture | None:
        self.asked.append((notification.incident.id, notification.moments[-1].sequence, showing))
        if isinstance(self.made, Exception):
            raise self.made
        if isinstance(self.made, float):
            await asyncio.sleep(self.made)
            return None
        return self.made


def shows(here: World, painter: Painter) -> None:
    """Let both channels show pictures, each in its language."""
    showing = {"slack": Showing(Language.ENGLISH, by_address=True), "discord": Showing(Language.FRENCH)}
    here.setup = here.relay.setup = replace(here.setup, showing=showing)
    here.relay.illustrator = painter


def counted(here: World, channel: str, outcome: str) -> float:
    """Return what /metrics says."""
    labels = {"channel": channel, "outcome": outcome}
    return here.relay.meter.registry.get_sample_value("relay_pictures_total", labels) or 0


async def _told(path: Path, painter: Painter) -> tuple[World, float]:
    async with world(path) as here:
        shows(here, painter)
        await here.post(event(CRITICAL, here.at))
        began = monotonic()
        await here.drain()
        return here, monotonic() - began


def test_a_message_has_its_picture_in_the_channels_language(tmp_path: Path) -> None:
    painter = Painter(PICTURE)
    here, _ = asyncio.run(_told(tmp_path, painter))
    assert [one.picture for one in (*here.slack.sent, *here.discord.sent)] == [PICTURE, PICTURE]
    assert {(showing.language, showing.by_address) for _, _, showing in painter.asked} == {
        (Language.ENGLISH, True),
        (Language.FRENCH, False),
    }
    assert {sequence for _, sequence, _ in painter.asked} == {1}
    assert counted(here, "slack", "made") == counted(here, "discord", "made") == 1


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (60.0, "late"),
        (Missed("busy"), "busy"),
        (Missed("store"), "store"),
        (ZeroDivisionError("a bug"), "failed"),
    ],
)
def test_a_message_never_waits_for_its_picture(tmp_path: Path, made: Exception | float, why: str) -> None:
    """It leaves within the deadline, once, without it; and the miss is counted."""
    here, took = asyncio.run(_told(tmp_path, Painter(made)))
    assert [one.picture for one in (*here.slack.sent, *here.discord.sent)] == [None, None]
    assert here.states() == {"delivered": 2}
    assert counted(here, "slack", why) == counted(here, "discord", why) == 1
    # Both channels are told at once; the rest is this machine's.
    assert took < DEADLINE.total_seconds() + 5


def test_a_trouble_without_a_metric_has_no_picture_and_misses_none(tmp_path: Path) -> None:
    here, _ = asyncio.run(_told(tmp_path, Painter(None)))
    assert here.slack.sent[0].picture is None
    assert here.relay.meter.pictures.collect()[0].samples == []


async def _without(path: Path) -> None:
    async with world(path) as here:
        painter = Painter(PICTURE)
        here.relay.illustrator = painter
        here.setup = here.relay.setup = replace(
            here.setup, showing={"slack": Showing(Language.ENGLISH)}, digest_above={"slack": 2}
        )
        for number in range(6):
            await here.post(event(CRITICAL, here.at, fingerprint=f"disk {number}"))
        for _ in range(20):
            await here.drain()
            here.after(seconds=5)
        digests = [one for one in here.slack.sent if one.told > 1]
        assert digests
        assert all(one.picture is None for one in (*digests, *here.discord.sent))
        assert len(painter.asked) == len(here.slack.sent) - len(digests)


def test_a_digest_has_none_and_a_channel_that_shows_none_is_not_drawn_for(tmp_path: Path) -> None:
    asyncio.run(_without(tmp_path))


async def _repeated(path: Path) -> None:
    async with world(path) as here:
        shows(here, Painter(PICTURE))
        here.slack.failures = [refusal("uncertain")]
        here.discord.failures = [refusal("refused", 503)]
        await here.post(event(CRITICAL, here.at))
        await here.drain()
        here.after(seconds=10)
        await here.drain()
        assert [one.repeated for one in here.slack.sent] == [True]
        assert [one.picture for one in here.slack.sent] == [None]
        assert [one.picture for one in here.discord.sent] == [PICTURE]


def test_what_may_have_been_sent_with_a_picture_is_repeated_without(tmp_path: Path) -> None:
    """The upload may be what failed; a refusal was none of the picture's, which the channel itself leaves out."""
    asyncio.run(_repeated(tmp_path))


@dataclass
class Blind(FarEnd):
    """Takes the words and not the picture."""

    async def send(self, notification, previous: RemoteRef | None, deadline) -> Sent:
        return replace(await super().send(notification, previous, deadline), unseen=True)


async def _refused(path: Path) -> None:
    async with world(path) as here:
        shows(here, Painter(PICTURE))
        blind = Blind("slack")
        here.setup = here.relay.setup = replace(
            here.setup, channels={"slack": blind, "discord": here.discord}
        )
        await here.post(event(CRITICAL, here.at))
        await here.drain()
        assert blind.told() == ["opened"]
        assert here.states() == {"delivered": 2}
        assert (counted(here, "slack", "refused"), counted(here, "discord", "refused")) == (1, 0)


def test_a_picture_that_a_channel_did_not_take_is_counted(tmp_path: Path) -> None:
    """The message is delivered all the same, once."""
    asyncio.run(_refused(tmp_path))
