"""The whole road against the mirror of the platform: every figure that is read, and a bad half hour told once each."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from mirror.clock import Clock
from mirror.http.faults import Fault
from mirror.mirroring import Mirror, mirroring
from mirror.world.nouns import DeploymentState
from mirror.world.sample import Sample, sample
from relay.clever import AccountSettings, Client, Settings
from relay.clever.watch import Watch
from relay.config.accounts import DEADLINE
from relay.core.model import Readings
from relay.core.targets import Target
from relay.exchange import Exchange
from relay.pipeline.setup import Polled
from tests.pipeline.world import NOON, World, world

EVERY = ("stats", "status-codes", "requests", "warp10", "access-logs")
WATCH = Target("main", "clever-cloud-account", timedelta(seconds=60), (), deadline=DEADLINE)


def client_of(far: Sample, mirror: Mirror) -> Client:
    """An account of the mirror's organisation."""
    settings = {"organisation": far.owner.id, "token": far.api_token, "api": mirror.url}
    account = AccountSettings.model_validate({**settings, "warp10": f"{mirror.url}/api/v0/exec"})
    return Client("main", account, Exchange(), mirror.clock.now)


async def _read(far: Sample, mirror: Mirror) -> dict[str, float]:
    client = client_of(far, mirror)
    source = Settings(source="clever-cloud", id=far.applications[0].id, figures=EVERY).build(client)
    result = await source.read(WATCH, mirror.clock.now())
    await client.exchange.close()
    assert isinstance(result, Readings), result
    assert result.troubled == ()
    assert client.requests == {"stats": 4, "warp10": 1, "logs": 1}
    return {one.name: one.value for one in result.values}


def test_every_figure_is_read() -> None:
    """As the mirror, held against the official client, tells them."""
    clock = Clock(NOON)
    far = sample(NOON)
    with mirroring(far.platform, clock) as mirror:
        values = asyncio.run(_read(far, mirror))
    assert {"cpu", "mem", "load1", "error_rate_hourly", "requests", "disk", "network_in"} <= values.keys()
    # Of one minute with a failure or two there is no error rate.
    assert {"response_time", "answers"} <= values.keys()
    assert 0 < values["mem"] <= 100
    assert 0 < values["disk"] <= 100
    assert 0 < values["response_time"] < 10


def _story(far: Sample, mirror: Mirror) -> dict[int, Callable[[], object]]:
    """What happens, by the minute: a deployment that fails and is mended, and ten minutes without metrics."""
    first = far.applications[0].id

    def end(state: DeploymentState) -> None:
        made = far.platform.deployments(first)
        newest = max(made, key=lambda one: one.began_at)
        far.platform.end_deployment(newest, mirror.clock.now(), state)

    def begin() -> None:
        far.platform.begin_deployment(first, mirror.clock.now(), author=far.user)

    return {
        2: begin,
        4: lambda: end(DeploymentState.FAIL),
        7: begin,
        9: lambda: end(DeploymentState.OK),
        11: lambda: mirror.fail(Fault(r"/v4/stats/.*", status=503)),
        18: mirror.mend,
    }


async def _bad_half_hour(here: World, far: Sample, mirror: Mirror) -> Client:
    client = client_of(far, mirror)
    targets = {"main": Polled(WATCH, Watch(client, {}, {}, {}))}
    for one in far.applications:
        source = Settings(source="clever-cloud", id=one.id).build(client)
        targets[one.name] = Polled(replace(WATCH, name=one.name, application=one.id), source)
    await here.relay.swap(replace(here.setup, targets=targets))
    happens = _story(far, mirror)
    for minute in range(24):
        await asyncio.to_thread(mirror.advance_to, here.at)
        happens.get(minute, lambda: None)()
        await asyncio.gather(*(here.relay.poll(lease) for lease in await here.relay.claim_targets()))
        await here.drain()
        here.after(seconds=60)
    await client.exchange.close()
    return client


async def _told(path: Path) -> None:
    far = sample(NOON, applications=6)
    with mirroring(far.platform, Clock(NOON)) as mirror:
        async with world(path) as here:
            client = await _bad_half_hour(here, far, mirror)
            found = Counter((one.kind, one.target, one.is_open) for one in here.incidents())
            assert found == {
                ("DEPLOYMENT_ACTION_END", "gameshelf-api", False): 1,
                ("no-data", "main/stats", False): 1,
            }
            assert here.slack.told() == ["opened", "resolved"] * 2
            assert client.requests.total() / 24 / 6 < 2.2


def test_a_bad_half_hour_is_told_once_each(tmp_path: Path) -> None:
    """Six applications without metrics are one incident; fewer than three requests a minute and application."""
    asyncio.run(_told(tmp_path))
