"""Deployments on the whole road: an incident names the one before it, and each gets one line of verdict."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from relay.core.deployments import KIND
from relay.core.model import Event, Severity
from relay.core.routing import Route
from relay.core.text import Language, say
from relay.pipeline.setup import Polled
from tests.pipeline.world import World, event, target, world


def deployed(here: World, number: int, state: str = "OK", commit: str = "", **more: object) -> Event:
    """A deployment that comes to ``state`` now."""
    kind = "DEPLOYMENT_ACTION_BEGIN" if state == "WIP" else "DEPLOYMENT_ACTION_END"
    severity = {"WIP": Severity.INFO, "OK": Severity.OK}.get(state, Severity.CRITICAL)
    facts = (("author", "Alex"), ("commit", commit or f"c0ffee{number}"), ("deployment", f"d{number}"))
    made = event(severity, here.at, f"clever-cloud/app_1/deployment{number}", kind=kind, target="api")
    return replace(made, facts=facts, labels=(("resource", "app_1"), ("state", state)), **more)  # type: ignore[arg-type]


@asynccontextmanager
async def deploying(path: Path) -> AsyncIterator[World]:
    """A world whose polled target is an application, and whose verdicts are told."""
    async with world(path) as here:
        routes = (Route("all", ("slack",)), Route("v", ("slack",), (("kind", KIND),), Severity.INFO))
        targets = {"api": Polled(replace(target(), application="app_1"), here.memory)}
        await here.relay.swap(replace(here.setup, targets=targets, routes=routes))
        yield here


def said(here: World) -> list[str]:
    """The titles of what was told, without the rule's own."""
    return [say(sent.incident.title, Language.ENGLISH) for sent in here.slack.sent]


async def _named(path: Path) -> None:
    async with deploying(path) as here:
        await here.poll(40, 40, 40)
        await here.post(deployed(here, 1, "WIP"))
        await here.post(deployed(here, 1))
        await here.poll(80, 80, 80)
        [incident] = here.incidents()
        assert incident.deployment is not None
        assert (
            say(incident.deployment, Language.ENGLISH) == "0 s after c0ffee1 by Alex: 40 % before, 80 % after"
        )
        await here.poll(95, 95, 60, 60)
        [incident] = here.incidents()
        assert not incident.is_open
        assert incident.deployment is not None  # it stays, whatever comes later


def test_an_incident_names_the_deployment_before_it(tmp_path: Path) -> None:
    """With the metric before and after."""
    asyncio.run(_named(tmp_path))


async def _not_named(path: Path) -> None:
    async with deploying(path) as here:
        await here.post(deployed(here, 1))
        await here.post(deployed(here, 2, "FAIL"))
        here.after(hours=25)
        await here.post(event(Severity.WARNING, here.at, target="api"))
        await here.post(event(Severity.WARNING, here.at, "other", target="other"))
        assert [one.deployment for one in here.incidents() if one.kind == "disk"] == [None, None]
        await here.post(deployed(here, 3))
        await here.post(event(Severity.WARNING, here.at, "third", target="elsewhere"))
        assert here.incidents()[0].deployment is None


def test_what_is_long_ago_failed_or_of_another_application_is_not_named(tmp_path: Path) -> None:
    """A deployment that failed changed nothing."""
    asyncio.run(_not_named(tmp_path))


async def _verdicts(path: Path) -> None:
    async with deploying(path) as here:
        for number, value in enumerate((40, 42, 41, 62)):
            await here.post(deployed(here, number))
            await here.poll(*[value] * 31)
            await here.relay.sweep()
            await here.drain()
        assert said(here) == [
            "api: healthy 30 min after deployment c0ffee0 by Alex",
            "api: healthy 30 min after deployment c0ffee1 by Alex",
            "api: healthy 30 min after deployment c0ffee2 by Alex",
            "api: worse 30 min after deployment c0ffee3 by Alex",
        ]
        assert say(here.slack.sent[-1].incident.summary, Language.ENGLISH) == "Memory 41 % → 62 %"
        await here.relay.sweep()
        await here.drain()
        assert len(here.slack.sent) == 4


def test_each_deployment_gets_one_line(tmp_path: Path) -> None:
    """Healthy, or what got worse against the time before and the last deployments."""
    asyncio.run(_verdicts(tmp_path))


async def _unsaid(path: Path) -> None:
    async with deploying(path) as here:
        await here.post(deployed(here, 1))
        here.after(minutes=20)
        await here.post(deployed(here, 2))  # what is measured from here is the second's
        await here.post(deployed(here, 3, "FAIL"))
        here.after(minutes=15)
        await here.relay.sweep()
        await here.post(deployed(here, 4))
        here.after(hours=7)  # the relay was down
        await here.relay.sweep()
        await here.drain()
        restarted = deployed(here, 9)
        cause = (*restarted.facts, ("cause", "Monitoring/Unreachable"))
        await here.post(replace(restarted, facts=tuple(sorted(cause))))
        here.after(minutes=31)
        await here.relay.sweep()
        await here.drain()
        assert [one for one in said(here) if "after deployment" in one] == []
        await here.post(deployed(here, 5))
        here.after(minutes=31)
        await here.relay.sweep()
        await here.drain()
        assert said(here)[-1] == "api: no figures 30 min after deployment c0ffee5 by Alex"


def test_no_verdict_is_told_of_what_is_past_or_was_replaced(tmp_path: Path) -> None:
    """And where nothing was measured it is not called healthy."""
    asyncio.run(_unsaid(tmp_path))


async def _incidents(path: Path) -> None:
    async with deploying(path) as here:
        await here.post(deployed(here, 1))
        await here.poll(*[40] * 10)
        await here.post(event(Severity.CRITICAL, here.at, target="api"))
        await here.poll(*[40] * 21)
        await here.relay.sweep()
        [found] = [one for one in here.incidents() if one.kind == KIND]
        assert (found.severity, found.is_open) == (Severity.WARNING, False)
        assert say(found.summary, Language.ENGLISH) == "incidents opened since: 1"


def test_an_incident_since_is_part_of_the_verdict(tmp_path: Path) -> None:
    """Whatever opened it."""
    asyncio.run(_incidents(tmp_path))


async def _both(path: Path) -> None:
    async with deploying(path) as here:
        end = deployed(here, 1)
        # Posted with the time of its end, listed with that of its beginning, in this order and the other.
        await here.post(replace(end, id="webhook"))
        await here.post(replace(end, id="poll", occurred_at=here.at - timedelta(minutes=3), as_of=here.at))
        with here.reader.read() as tx:
            [one] = tx.deployments("app_1")
        assert (here.at - one.began_at, one.state, one.ended_at) == (timedelta(minutes=3), "OK", here.at)
        await here.post(deployed(here, 1, "WIP", occurred_at=here.at - timedelta(minutes=4)))
        with here.reader.read() as tx:
            [one] = tx.deployments("app_1")
        assert (here.at - one.began_at, one.state) == (timedelta(minutes=4), "OK")


def test_two_tellings_of_a_deployment_are_one(tmp_path: Path) -> None:
    """A beginning that comes late undoes no end."""
    asyncio.run(_both(tmp_path))
