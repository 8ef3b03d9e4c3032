"""The canary: the heartbeat outside is asked only when a beat went the whole road, and whatever link breaks, it is not."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from relay.app.canarying import Nest, nested
from relay.canary import CanarySettings
from relay.config import Config
from relay.core import canary
from relay.core.model import Readings, Severity
from relay.core.routing import Route, Silence
from relay.exchange import Exchange
from relay.pipeline import Meter
from relay.store import StoreUnavailable
from tests.clever.platform import Platform, platform
from tests.config.loading import loaded, problems
from tests.edge.served import served
from tests.far_end import far_end
from tests.pipeline.world import World

PING, FAIL = "/ping/a-secret-heartbeat", "/ping/a-secret-heartbeat/fail"
EVERY = timedelta(minutes=5)


class Yard:
    """A relay with a canary, and the heartbeat that stands outside."""

    def __init__(
        self, here: World, outside: Platform, url: str, meter: Meter, nest: Nest, exchange: Exchange
    ) -> None:
        self.here, self.outside, self.url, self.meter = here, outside, url, meter
        self.nest, self.exchange = nest, exchange

    async def beat(self, *, delivered: bool = True) -> list[str]:
        """Let one beat begin, and arrive if it can; return what the heartbeat was asked meanwhile."""
        before = len(self.outside.asked)
        self.here.after(seconds=EVERY.total_seconds())
        for lease in await self.here.relay.claim_targets():
            await self.here.relay.poll(lease)
        if delivered:
            await self.here.drain()
        return [asked.path for asked in self.outside.asked[before:]]

    def counted(self, step: str, outcome: str) -> float:
        named = {"step": step, "outcome": outcome}
        return self.meter.registry.get_sample_value("relay_canary_total", named) or 0


def configured(heartbeat: str) -> Config:
    return loaded(f"canary: {{heartbeat: '{heartbeat}', every: 5m, within: 1m}}")


@asynccontextmanager
async def yard(path: Path) -> AsyncIterator[Yard]:
    """The road as it is put together: the real edge, store, writer, rule, outbox and channel."""
    async with platform() as outside:
        outside.always = (200, "OK")
        exchange, meter, gates = Exchange(), Meter(), []
        config = configured(f"{outside.url}{PING}")
        probe = nested(config, exchange, meter)
        gates.append(probe.gate)
        async with served(path, tuple(gates)) as (here, url, port):
            nest = nested(replace(config, web=replace(config.web, port=port)), exchange, meter)
            setup = replace(
                here.setup,
                rules=(canary.rule(),),
                targets={canary.NAME: nest.polled},
                channels={"slack": here.slack, canary.NAME: nest.channel},
                # The most that an operator may want to hear.
                routes=(Route("all", ("slack",), at_least=Severity.INFO), canary.route()),
            )
            await here.relay.swap(setup)
            yield Yard(here, outside, url, meter, nest, exchange)
        await exchange.close()


def run(path: Path, play: Callable[[Yard], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with yard(path) as made:
            await play(made)

    asyncio.run(whole())


def test_each_beat_that_arrives_asks_the_heartbeat_once(tmp_path: Path) -> None:
    """And nobody else hears of it, not even a route that takes everything, and no list shows it unasked."""

    async def play(one: Yard) -> None:
        for _ in range(3):
            assert await one.beat() == [PING]
        assert one.counted("arrival", "well") == one.counted("ping", "well") == 3
        assert one.here.slack.sent == []
        assert one.here.incidents() == []
        assert len(one.here.incidents(source=canary.SOURCE)) == 3

    run(tmp_path, play)


def test_a_silence_of_everything_does_not_silence_it(tmp_path: Path) -> None:
    async def play(one: Yard) -> None:
        at = one.here.at
        await one.here.relay.swap(
            replace(one.here.relay.setup, silences=(Silence((), at, at + timedelta(days=1)),))
        )
        assert await one.beat() == [PING]

    run(tmp_path, play)


def test_a_rule_that_is_off_leaves_silence(tmp_path: Path) -> None:
    async def play(one: Yard) -> None:
        await one.here.relay.swap(replace(one.here.relay.setup, rules=()))
        assert await one.beat() == []
        assert one.counted("intake", "well") == 1

    run(tmp_path, play)


def test_a_route_that_is_missing_leaves_silence(tmp_path: Path) -> None:
    async def play(one: Yard) -> None:
        await one.here.relay.swap(replace(one.here.relay.setup, routes=()))
        assert await one.beat() == []

    run(tmp_path, play)


def test_an_outbox_that_is_stuck_leaves_silence_and_late_beats_count_as_lost(tmp_path: Path) -> None:
    """What piled up does not make it look well afterwards; the next beat does."""

    async def play(one: Yard) -> None:
        assert await one.beat(delivered=False) == []
        assert await one.beat(delivered=False) == []
        one.here.after(minutes=10)
        before = len(one.outside.asked)
        await one.here.drain()
        assert {asked.path for asked in one.outside.asked[before:]} == {FAIL}
        assert await one.beat() == [PING]

    run(tmp_path, play)


def test_a_store_that_takes_nothing_is_told_at_once(tmp_path: Path) -> None:
    """The intake answers 503: no ping, but `/fail`; with the store the pings come back."""

    async def play(one: Yard) -> None:
        assert await one.beat() == [PING]
        one.here.after(seconds=EVERY.total_seconds())
        leases = await one.here.relay.claim_targets()
        locked = sqlite3.connect(tmp_path / "relay.db", isolation_level=None)
        locked.execute("begin immediate")
        before = len(one.outside.asked)
        for lease in leases:
            with pytest.raises(StoreUnavailable):
                await one.here.relay.poll(lease)
        assert [asked.path for asked in one.outside.asked[before:]] == [FAIL]
        locked.close()
        assert await one.beat() == [PING]

    run(tmp_path, play)


def test_an_intake_that_does_not_answer_is_told_to_people_too(tmp_path: Path) -> None:
    """Two reads without it are an incident on every other channel."""

    async def play(one: Yard) -> None:
        away = configured(f"{one.outside.url}{PING}").canary
        assert away is not None
        # What answers there is no relay, though it says 200.
        gone = nested(
            replace(
                configured(f"{one.outside.url}{PING}"),
                canary=away.model_copy(update={"through": one.outside.url}),
            ),
            one.exchange,
            one.meter,
        )
        await one.here.relay.swap(replace(one.here.relay.setup, targets={canary.NAME: gone.polled}))
        for _ in range(2):
            assert [path for path in await one.beat() if path.startswith("/ping")] == [FAIL]
        [told] = one.here.slack.sent
        assert (told.incident.kind, told.incident.severity) == ("no-data", Severity.CRITICAL)

    run(tmp_path, play)


def test_a_beat_waits_for_an_intake_that_is_about_to_listen(tmp_path: Path) -> None:
    """As at a start, when the first beat is there before the socket listens."""

    async def play(one: Yard) -> None:
        with socket.socket() as later:
            later.bind(("127.0.0.1", 0))
            config = configured(f"{one.outside.url}{PING}")
            port = later.getsockname()[1]
            nest = nested(replace(config, web=replace(config.web, port=port)), one.exchange, one.meter)
            reading = asyncio.create_task(nest.polled.source.read(nest.polled.target, one.here.at))
            await asyncio.sleep(0.1)
            assert not reading.done()
            own = Platform(always=(200, {"receipt": "1"}))
            async with far_end(own.answer, bound=later):
                assert isinstance(await reading, Readings)
        assert one.outside.asked == []

    run(tmp_path, play)


def test_a_heartbeat_that_is_away_fails_no_delivery(tmp_path: Path) -> None:
    """It is asked twice and counted."""

    async def play(one: Yard) -> None:
        one.outside.always = (500, "no")
        assert await one.beat() == [PING, PING]
        assert one.counted("ping", "failed") == 1
        assert one.here.states() == {"delivered": 1}

    run(tmp_path, play)


def test_beats_are_dropped_after_a_day(tmp_path: Path) -> None:
    async def play(one: Yard) -> None:
        await one.beat()
        one.here.after(days=1, seconds=1)
        await one.beat()
        await one.here.relay.forget()
        assert len(one.here.incidents(source=canary.SOURCE)) == 1

    run(tmp_path, play)


def test_its_intake_takes_beats_only_and_its_secret_is_told_nowhere(tmp_path: Path) -> None:
    async def play(one: Yard) -> None:
        [secret] = one.nest.gate.secrets
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.post(f"{one.url}/webhooks/canary/{secret}", json={"event": "other"})
            assert answer.status_code == 400
            wrong = await client.post(f"{one.url}/webhooks/canary/{'0' * 40}", json={"canary": "x"})
            assert wrong.status_code == 404

    run(tmp_path, play)
    settings = CanarySettings(heartbeat=SecretStr("https://hc.example/ping/a-secret-heartbeat"))
    assert "a-secret-heartbeat" not in repr(settings)
    assert "a-secret-heartbeat" not in settings.secret


def test_a_name_that_it_needs_is_refused() -> None:
    [said] = [
        line
        for line in problems("""
            canary: {heartbeat: "https://hc.example/1"}
            targets: {canary: {source: probe, url: "http://127.0.0.1/"}}
        """)
        if "canary" in line
    ]
    assert "is the name of the canary's own" in said
