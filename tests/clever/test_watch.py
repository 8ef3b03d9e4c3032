"""Deployments and states as the platform lists them, on the whole road: webhook and poll tell one story."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from relay.clever import AccountSettings, Client
from relay.clever.deployments import Deployment, deployments
from relay.clever.status import status
from relay.clever.watch import Watch
from relay.core.identity import digest
from relay.core.model import Receipt, Severity
from relay.core.targets import Target
from relay.exchange import Exchange
from relay.intake.clever_cloud import CleverCloud
from relay.intake.clever_cloud import Settings as Intake
from relay.pipeline.setup import Polled
from tests.clever.platform import APP, ORGANISATION, TOKEN, Platform, platform
from tests.pipeline.world import NOON, World, world

SAMPLES = Path(__file__).parents[1] / "fixtures" / "clever-cloud-api"
RESTART = "Monitoring/Unreachable"
HOURS = timedelta(hours=1)


def uuid(number: int) -> str:
    return f"deployment_00000000-0000-4000-8000-{number:012}"


@dataclass
class Story:
    """One application on the platform, whose deployments the test makes; the newest is the last."""

    here: World
    platform: Platform
    intake: CleverCloud
    listed: list[dict[str, object]] = field(default_factory=list)
    up: int = 1
    state: str = "SHOULD_BE_UP"

    def deployed(self, state: str, ago: timedelta = timedelta(0), cause: str = "Git", **more: object) -> str:
        """Begin a deployment, or one that has come to ``state``."""
        id = uuid(len(self.listed))
        at = self.here.at - ago
        row = {"id": len(self.listed), "uuid": id, "date": int(at.timestamp() * 1000), "state": state}
        author = None if cause.startswith("Monitoring") else {"id": "user_1", "name": "Alex Martin"}
        row |= {"action": "DEPLOY", "commit": "4f6d0c1e", "cause": cause, "author": author, **more}
        self.listed.insert(0, row)
        return id

    def ended(self, state: str) -> None:
        """End the newest."""
        self.listed[0]["state"] = state

    async def poll(self, minutes: int = 1) -> list[tuple[str, str]]:
        """Let the watch read each minute; return the open incidents."""
        for _ in range(minutes):
            self.platform.answers |= self.answers()
            for lease in await self.here.relay.claim_targets():
                await self.here.relay.poll(lease)
            self.here.after(seconds=60)
        return self.open()

    def answers(self) -> dict[str, object]:
        instances = [{"id": f"i{number}", "state": "UP"} for number in range(self.up)]
        app = {"id": APP, "name": "shop", "state": self.state, "zone": "par", "homogeneous": False}
        return {"applications": [app], "deployments": {APP: self.listed}, "instances": instances}

    async def post(self, event: str, ago: timedelta = timedelta(0), **data: object) -> list[str]:
        """Post what the platform's webhook says; return what became of it."""
        date = int((self.here.at - ago).timestamp() * 1000)
        body = {
            "event": event,
            "date": date,
            "authorId": "user_1",
            "data": json.dumps({"appId": APP, **data}),
        }
        raw = json.dumps(body).encode()
        parsed = self.intake.parse(raw, {}, self.here.at)
        receipt = Receipt(digest(raw), "clever", self.here.at, raw)
        taken = await self.here.relay.receive(receipt, parsed.events)
        return [outcome for _, outcome in taken.outcomes]

    def open(self) -> list[tuple[str, str]]:
        return sorted((one.kind, one.severity.word) for one in self.here.incidents(is_open=True))

    async def told(self) -> list[str]:
        await self.here.drain()
        return [f"{one.incident.kind} {one.kind.value}" for one in self.here.slack.sent]


@asynccontextmanager
async def story(path: Path) -> AsyncIterator[Story]:
    """An account of one application, whose webhook is posted to the same relay."""
    async with platform() as far, world(path) as here:
        settings = {"organisation": ORGANISATION, "token": TOKEN, "api": far.url}
        client = Client("main", AccountSettings.model_validate(settings), Exchange(), lambda: here.at)
        heard: dict[str, str] = {}
        watch = Watch(client, {}, heard, {})
        target = Target("main", "clever-cloud-account", timedelta(seconds=60), ())
        await here.relay.swap(replace(here.setup, targets={"main": Polled(target, watch)}))
        intake = Intake(format="clever-cloud").build(heard, is_watched=True)
        yield Story(here, far, intake)
        await client.exchange.close()


def run(path: Path, play: object) -> None:
    async def whole() -> None:
        async with story(path) as made:
            await play(made)  # type: ignore[operator]

    asyncio.run(whole())


def test_a_failure_and_its_mend_are_read_from_the_platform_alone(tmp_path: Path) -> None:
    """Without any webhook."""

    async def play(shop: Story) -> None:
        shop.deployed("OK", 48 * HOURS)
        assert await shop.poll() == []
        shop.deployed("WIP")
        assert await shop.poll() == []
        shop.ended("FAIL")
        assert await shop.poll(3) == [("DEPLOYMENT_ACTION_END", "critical")]
        [incident] = shop.here.incidents()
        facts = dict(incident.facts)
        assert (incident.target, facts["commit"], facts["author"]) == ("shop", "4f6d0c1e", "Alex Martin")
        assert await shop.told() == ["DEPLOYMENT_ACTION_END opened"]
        shop.deployed("OK")
        assert await shop.poll() == []
        assert await shop.told() == ["DEPLOYMENT_ACTION_END opened", "DEPLOYMENT_ACTION_END resolved"]

    run(tmp_path, play)


@pytest.mark.parametrize("polled_first", [True, False])
@pytest.mark.parametrize("event", ["DEPLOYMENT_ACTION_END", "DEPLOYMENT_FAIL"])
def test_seen_both_ways_it_is_told_once(tmp_path: Path, event: str, *, polled_first: bool) -> None:
    """In either order; with the deployment's id it is one event, without it one incident."""

    async def play(shop: Story) -> None:
        shop.deployed("OK", 48 * HOURS)
        await shop.poll()
        id = shop.deployed("FAIL")
        told = {"uuid": id, "state": "FAIL", "action": "DEPLOY", "cause": "Git"} if "ACTION" in event else {}
        outcomes = [] if polled_first else await shop.post(event, **told)
        await shop.poll(2)
        if polled_first:
            outcomes = await shop.post(event, timedelta(seconds=30), **told)
        assert outcomes[0] == ("opened" if not polled_first else "seen before" if told else outcomes[0])
        assert len(shop.here.incidents()) == 1
        assert len(await shop.told()) == 1
        [incident] = shop.here.incidents()
        with shop.here.reader.read() as tx:
            ends = [row for row in tx.events_of_incident(incident.id) if row.event.severity > Severity.INFO]
        assert len(ends) == (1 if told else len(ends))

    run(tmp_path, play)


def test_one_that_is_under_way_but_not_the_newest_has_failed() -> None:
    """The platform's list leaves it as it was."""
    found = json.loads((SAMPLES / "api-deployments-v2.json").read_text())
    assert [one.state for one in deployments(found)] == ["WIP", "OK", "FAIL", "CANCELLED", "OK", "FAIL"]
    assert deployments(found)[4].began_at.year == 2026  # its date is digits in a string


def test_v4_tells_the_same_in_other_words() -> None:
    """Its cause is in two parts."""
    [one] = deployments([json.loads((SAMPLES / "api-deployment-v4.json").read_text())])
    assert (one.state, one.action, one.cause) == ("WIP", "DEPLOY", RESTART)


def test_a_restart_that_came_and_went_between_two_reads_is_told(tmp_path: Path) -> None:
    """It is the only sign of an outage that the platform gives."""

    async def play(shop: Story) -> None:
        shop.deployed("OK", 48 * HOURS)
        await shop.poll()
        shop.deployed("OK", timedelta(seconds=50), RESTART)
        assert await shop.poll() == []
        assert [(one.kind, one.peak) for one in shop.here.incidents()] == [
            ("DEPLOYMENT_ACTION_BEGIN", Severity.WARNING)
        ]
        assert len(await shop.told()) == 1

    run(tmp_path, play)


def test_the_first_read_pages_nobody_for_the_past(tmp_path: Path) -> None:
    """Old failures are in the history, as what was before the relay."""

    async def play(shop: Story) -> None:
        for day in range(9, 0, -1):
            shop.deployed("FAIL", day * 24 * HOURS, RESTART if day % 2 else "Git")
        assert await shop.poll(3) == []
        assert await shop.told() == []

    run(tmp_path, play)


def test_what_was_missed_for_hours_is_filled_in_and_only_what_holds_is_told(tmp_path: Path) -> None:
    """Two failures and a mend passed meanwhile; the last failure still holds."""

    async def play(shop: Story) -> None:
        shop.deployed("OK", 48 * HOURS)
        await shop.poll()
        shop.here.after(hours=5)
        shop.deployed("FAIL", 4 * HOURS)
        shop.deployed("OK", 3 * HOURS, RESTART)
        shop.deployed("FAIL", 2 * HOURS)
        assert await shop.poll(2) == [("DEPLOYMENT_ACTION_END", "critical")]
        assert await shop.told() == ["DEPLOYMENT_ACTION_END opened"]
        with shop.here.reader.read() as tx:
            noted = [
                row for row in tx.newest_events(50) if dict(row.event.facts).get("deployment") == uuid(1)
            ]
        assert {row.event.severity for row in noted} == {Severity.INFO}

    run(tmp_path, play)


def test_a_backlog_hours_late_pages_nobody(tmp_path: Path) -> None:
    """As on 2024-08-02: all of it is kept, and the present is read from the platform."""

    async def play(shop: Story) -> None:
        # Nothing that was polled stands against it: each is late by itself.
        await shop.poll()
        for number in range(300):
            old = timedelta(hours=3, seconds=number)
            event = ("DEPLOYMENT_ACTION_BEGIN", "DEPLOYMENT_FAIL", "DEPLOYMENT_SUCCESS", "APPLICATION_STOP")[
                number % 4
            ]
            data = {"uuid": uuid(1000 + number), "state": "WIP", "cause": RESTART} if number % 4 == 0 else {}
            await shop.post(event, old, **data)
        assert await shop.poll() == []
        assert await shop.told() == []
        with shop.here.reader.read() as tx:
            assert len(tx.newest_events(1000)) >= 300

    run(tmp_path, play)


def test_what_is_read_now_is_newer_than_what_was_posted_before(tmp_path: Path) -> None:
    """A deployment that began before the failure of another was told may end it: the list has no time of its end."""

    async def play(shop: Story) -> None:
        shop.deployed("OK", 48 * HOURS)
        await shop.poll()
        shop.deployed("FAIL", timedelta(minutes=2))
        shop.deployed("WIP", timedelta(minutes=1))
        await shop.post("DEPLOYMENT_FAIL")
        assert shop.open() == [("DEPLOYMENT_FAIL", "critical")]
        shop.ended("OK")
        assert await shop.poll() == []

    run(tmp_path, play)


def test_no_instance_is_told_when_it_lasts_and_no_deployment_explains_it(tmp_path: Path) -> None:
    """Once it may be a moment between two instances."""

    async def play(shop: Story) -> None:
        shop.deployed("OK", 48 * HOURS)
        assert await shop.poll() == []
        shop.deployed("OK", cause="Git")
        shop.up = 0
        assert await shop.poll() == []
        assert await shop.poll() == [("application-status", "critical")]
        shop.up = 1
        assert await shop.poll() == []

    run(tmp_path, play)


def test_a_stop_without_an_author_is_told_and_ends_when_it_is_up(tmp_path: Path) -> None:
    """One that somebody asked for is not."""

    async def play(shop: Story) -> None:
        shop.deployed("OK", 48 * HOURS)
        await shop.poll()
        shop.state = "SHOULD_BE_DOWN"
        shop.deployed("OK", action="UNDEPLOY", author={"id": "user_1"})
        assert await shop.poll() == []
        shop.deployed("OK", action="UNDEPLOY", author=None)
        assert await shop.poll() == [("application-stopped", "warning")]
        shop.state = "SHOULD_BE_UP"
        assert await shop.poll() == []

    run(tmp_path, play)


def test_an_account_that_fails_has_no_data_and_loses_nothing(tmp_path: Path) -> None:
    """What happened meanwhile is told when it answers again."""

    async def play(shop: Story) -> None:
        shop.deployed("OK", 48 * HOURS)
        await shop.poll()
        shop.platform.always = (503, {})
        shop.deployed("FAIL")
        assert await shop.poll(4) == [("no-data", "warning")]
        shop.platform.always = None
        assert await shop.poll() == [("DEPLOYMENT_ACTION_END", "critical")]

    run(tmp_path, play)


async def _requests(path: Path) -> Sequence[str]:
    async with story(path) as shop:
        shop.deployed("OK", 48 * HOURS)
        await shop.poll(60)
        return [asked.path.rpartition("/")[2] for asked in shop.platform.asked]


def test_an_hour_of_an_account_is_two_calls_a_minute_and_instances_now_and_then(tmp_path: Path) -> None:
    """However many applications there are, the first two are one call each."""
    asked = asyncio.run(_requests(tmp_path))
    assert {name: asked.count(name) for name in set(asked)} == {
        "applications": 60,
        "deployments": 60,
        "instances": 12,
        "api-tokens": 1,
    }


@pytest.mark.parametrize(
    ("wanted", "newest", "up", "homogeneous", "derived"),
    [
        ("SHOULD_BE_DOWN", "OK", 1, False, "stopped"),
        ("WANTS_TO_BE_UP", "WIP", 0, False, "starting"),
        ("WANTS_TO_BE_UP", "FAIL", 0, False, "start-failed"),
        ("WANTS_TO_BE_UP", "OK", 1, False, "unknown"),
        ("SHOULD_BE_UP", "WIP", 0, True, "restarting-with-downtime"),
        ("SHOULD_BE_UP", "WIP", 1, False, "restarting"),
        ("SHOULD_BE_UP", "WIP", 0, False, "unknown"),
        ("SHOULD_BE_UP", "FAIL", 1, False, "restart-failed"),
        ("SHOULD_BE_UP", "OK", 1, False, "running"),
        ("SHOULD_BE_UP", "", 1, False, "running"),
        ("SHOULD_BE_UP", "OK", 0, False, "unknown"),
        ("MODERATED", "OK", 1, False, "unknown"),
    ],
)
def test_the_derived_status(wanted: str, newest: str, up: int, derived: str, *, homogeneous: bool) -> None:
    """The platform's own table (clever-client.js, esm/utils/app-status.ts)."""
    last = Deployment("d", NOON, newest) if newest else None
    assert status(wanted, last, up, homogeneous=homogeneous) == derived
