"""Our own network is away: reads are unknown, what is to be told waits, and it is told once afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from relay.channels.lookout import Lookout, origin
from relay.core.model import NoData, Reading, Readings, Severity
from relay.core.targets import Target
from relay.core.text import Language, Text, say, text
from relay.exchange import Answer, ExchangeError, Obstacle, Request, Trouble
from relay.pipeline import Relay, Setup
from relay.pipeline.setup import Polled
from relay.store.deliveries import Claim
from relay.store.ledger import Wanted
from tests.pipeline.world import World, event, refusal, target, world

AWAY = text("nodata.unreachable", why=text("nodata.why.route"))
REFUSED = text("nodata.unreachable", why=text("nodata.why.refused"))


@dataclass
class Net:
    """The network as the test has it: what each target says, and whether a destination answers."""

    targets: dict[str, Text | None]
    sees_any: bool = True
    looked: int = 0

    async def read(self, target: Target, at: datetime) -> Readings | NoData:
        said = self.targets[target.name]
        return NoData(at, said) if said else Readings(at, (Reading("memory", 10.0),))

    async def sees(self) -> bool:
        self.looked += 1
        return self.sees_any


def linked(made: World, net: Net) -> Setup:
    """Two targets and two channels, all over one network."""
    targets = {name: Polled(replace(target(), name=name), net) for name in net.targets}
    return replace(made.setup, targets=targets, lookout=net)


async def beat(made: World, times: int = 1, relay: Relay | None = None) -> None:
    """Read every target, deliver what is due, and let a minute pass."""
    for _ in range(times):
        for lease in await (relay or made.relay).claim_targets():
            await (relay or made.relay).poll(lease)
        while await (relay or made.relay).deliver_due():
            pass
        made.after(seconds=60)


def titles(made: World) -> list[str]:
    """What the store holds, as titles."""
    return sorted(say(one.title, Language.ENGLISH) for one in made.incidents())


def scenario(
    play: Callable[[World, Net], Awaitable[None]],
) -> Callable[[Path], None]:
    """Play on a linked world in which everything was well for two beats."""

    def test(tmp_path: Path) -> None:
        async def go() -> None:
            async with world(tmp_path) as made:
                net = Net({"api": None, "shop": None})
                await made.relay.swap(linked(made, net))
                await beat(made, 2)
                await play(made, net)

        asyncio.run(go())

    test.__doc__, test.__name__ = play.__doc__, play.__name__
    return test


def pull(made: World, net: Net) -> None:
    """Pull the cable."""
    net.targets, net.sees_any = dict.fromkeys(net.targets, AWAY), False
    made.slack.always = made.discord.always = refusal("refused")


def plug(made: World, net: Net) -> None:
    """Put it back."""
    net.targets, net.sees_any = dict.fromkeys(net.targets, None), True
    made.slack.always = made.discord.always = None


@scenario
async def test_nothing_is_known_nothing_is_told_and_it_is_told_once_when_it_is_over(
    made: World, net: Net
) -> None:
    pull(made, net)
    await beat(made, 5)
    assert made.incidents() == []  # not "no data" of each target
    assert await made.post(event(Severity.WARNING, made.at)) == ["opened"]  # taken all the same
    await beat(made, 5)
    with made.reader.read() as tx:
        letters = tx.letters(Wanted())
        assert [letter.attempts for letter in letters] == [0, 0]  # no try is used up
    # One miss of the target that was read first, before the other was known to be lost too.
    assert await made.writer.run(lambda tx: [tx.last_poll(name).silent.misses for name in net.targets]) == [
        1,
        0,
    ]
    plug(made, net)
    await beat(made, 3)
    told = sorted(say(one.incident.title, Language.ENGLISH) for one in made.slack.sent)
    assert told == ["Disk is filling", "The relay was cut off from the network"]
    [own] = made.incidents(source="relay")
    assert "for 10 min" in say(own.summary, Language.ENGLISH)
    assert "coupé du réseau" in say(own.title, Language.FRENCH)


@scenario
async def test_where_a_destination_answers_it_is_the_targets_trouble(made: World, net: Net) -> None:
    pull(made, net)
    net.sees_any = True
    made.slack.always = made.discord.always = None
    await beat(made, 4)
    assert titles(made) == ["No data from api", "No data from shop"]


@scenario
async def test_where_a_target_answers_nobody_looks_further(made: World, net: Net) -> None:
    pull(made, net)
    net.targets["shop"] = None
    await beat(made, 4)
    assert titles(made) == ["No data from api"]
    assert net.looked <= 1  # by the read that came before the other's


@scenario
async def test_a_connection_that_is_refused_is_an_answer(made: World, net: Net) -> None:
    pull(made, net)
    net.targets = dict.fromkeys(net.targets, REFUSED)
    await beat(made, 4)
    assert titles(made) == ["No data from api", "No data from shop"]
    assert net.looked == 0


@scenario
async def test_a_restart_in_the_midst_tells_it_all_the_same(made: World, net: Net) -> None:
    pull(made, net)
    await beat(made, 5)
    plug(made, net)
    again = Relay(made.writer, linked(made, net), now=lambda: made.at, owner="again")
    await beat(made, 3, again)
    assert titles(made) == ["The relay was cut off from the network"]


@scenario
async def test_what_waits_is_told_even_where_no_target_is_read_any_more(made: World, net: Net) -> None:
    """As after a reload without targets."""
    pull(made, net)
    await beat(made, 2)
    plug(made, net)
    await made.post(event(Severity.WARNING, made.at))
    await made.relay.swap(replace(made.setup, targets={}, lookout=net))
    await beat(made, 3)
    assert made.slack.told() == ["opened"]


@dataclass
class Wire:
    """An exchange that fails in one way, or answers."""

    fault: ExchangeError | None

    async def send(self, request: Request) -> Answer:
        assert request.url == "https://chat.example/"
        if self.fault is not None:
            raise self.fault
        return Answer(404, {}, b"", timedelta(0))


@pytest.mark.parametrize(
    ("fault", "sees"),
    [
        (None, True),  # whatever it answers
        (ExchangeError(Trouble.UNREACHABLE, sent=False, obstacle=Obstacle.REFUSED), True),
        (ExchangeError(Trouble.UNREACHABLE, sent=False, obstacle=Obstacle.TLS), True),
        (ExchangeError(Trouble.UNREADABLE, sent=True), True),
        (ExchangeError(Trouble.UNREACHABLE, sent=False, obstacle=Obstacle.NAME), False),
        (ExchangeError(Trouble.UNREACHABLE, sent=False, obstacle=Obstacle.ROUTE), False),
        (ExchangeError(Trouble.TIMEOUT, sent=False), False),
    ],
)
def test_who_refuses_is_there(fault: ExchangeError | None, sees: bool) -> None:
    lookout = Lookout(Wire(fault), [origin("https://chat.example/services/secret")])  # type: ignore[arg-type]
    assert asyncio.run(lookout.sees()) is sees


@scenario
async def test_nothing_is_claimed_with_its_own_step_while_the_network_is_away(made: World, net: Net) -> None:
    """What comes in then is kept, and waits unclaimed: no lease, no try is used up."""
    claims: list[Claim] = []
    made.relay.deliver_at_once = claims.append
    net.targets, net.sees_any = {"api": AWAY, "shop": AWAY}, False
    await beat(made)
    await made.post(event(Severity.CRITICAL, made.at, id="while-away"))
    assert (claims, made.states()) == ([], {"pending": 2})
