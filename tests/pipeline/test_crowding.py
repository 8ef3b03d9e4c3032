"""What the platform does to many applications at once is one incident, and hides nobody's own trouble."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path

from relay.core.identity import digest
from relay.core.model import Event, Receipt, Severity
from relay.intake.clever_cloud import Settings
from tests.pipeline.world import World, world

OWNER = "orga_3f1c0b7e-5a52-4d4a-9b3e-2c7d8f0a1b11"
OUTAGES = ("Monitoring/Unreachable", "Timeout")


class Webhooks:
    """The platform's, of applications named ``a``, ``b`` …; each deployment has a number."""

    def __init__(self, here: World, **severities: str) -> None:
        self.here = here
        names = {f"app_{letter}": letter for letter in "abcdefghijklmnopqrstuvwxyz"}
        settings = {"format": "clever-cloud", "names": names, "severities": severities}
        self._intake = Settings.model_validate(settings).build(is_watched=True)
        self._number = 0

    async def restart(self, *names: str, cause: str = OUTAGES[0], owner: str = OWNER) -> None:
        """Let the platform restart each, a minute apart."""
        for name in names:
            self._number += 1
            await self._post("DEPLOYMENT_ACTION_BEGIN", name, owner, state="WIP", cause=cause)
            self.here.after(seconds=30)
            await self._post("DEPLOYMENT_ACTION_END", name, owner, state="OK", cause=cause)
            self.here.after(seconds=30)

    async def fail(self, name: str) -> None:
        self._number += 1
        await self._post("DEPLOYMENT_ACTION_END", name, OWNER, state="FAIL", cause="Git")

    async def _post(self, event: str, name: str, owner: str, **data: str) -> None:
        await self.here.relay.receive(*self.read(event, name, owner, **data))
        await self.here.drain()

    def read(
        self, event: str, name: str, owner: str, ago: timedelta = timedelta(0), **data: str
    ) -> tuple[Receipt, Sequence[Event]]:
        said = {"appId": f"app_{name}", "ownerId": owner, "uuid": f"deployment_{self._number}", **data}
        date = int((self.here.at - ago).timestamp() * 1000)
        raw = json.dumps({"event": event, "date": date, "data": json.dumps(said)}).encode()
        self._number += ago > timedelta(0)
        return Receipt(digest(raw), "clever", self.here.at, raw), self._intake.parse(
            raw, {}, self.here.at
        ).events

    def opened(self) -> list[str]:
        """What was told as new: the application, or ``*`` for all of them."""
        return [
            "*" if one.incident.kind == "platform-restarts" else one.incident.target
            for one in self.here.slack.sent
            if one.kind.value in ("opened", "reopened")
        ]


def play(path: Path, story: Callable[[Webhooks], Awaitable[None]], **severities: str) -> None:
    async def run() -> None:
        async with world(path) as here:
            await story(Webhooks(here, **severities))

    asyncio.run(run())


def test_the_third_application_makes_it_one_incident(tmp_path: Path) -> None:
    """It names those before it and those after it, and ends an hour after the last with the sum of it."""

    async def story(far: Webhooks) -> None:
        await far.restart(*"ab", "c", *"defgh", cause=OUTAGES[1])
        assert far.opened() == ["a", "b", "*"]
        [whole] = far.here.incidents(is_open=True)
        assert [name for name, _ in whole.facts] == list("abcdefgh")
        assert (whole.severity, whole.value) == (Severity.WARNING, 8)
        # The last one's webhooks come a second time.
        far._number -= 1
        await far.restart("h")
        assert [one.ends_at for one in far.here.incidents(is_open=True)] == [whole.ends_at]
        far.here.after(minutes=62)
        await far.here.relay.sweep()
        await far.here.drain()
        assert far.here.incidents(is_open=True) == []
        over = far.here.slack.sent[-1]
        assert dict(over.moments[-1].summary.args)["names"] == "h, a, b, c, d, e, f, g"

    play(tmp_path, story)


def test_an_application_that_keeps_being_restarted_is_told_itself(tmp_path: Path) -> None:
    """The third time within an hour, whatever else goes on; a failure at once."""

    async def story(far: Webhooks) -> None:
        await far.restart(*"abcde")
        await far.restart("e", "e")
        assert far.opened() == ["a", "b", "*", "e"]
        await far.fail("f")
        assert far.opened()[-1] == "f"

    play(tmp_path, story)


def test_what_is_no_common_trouble_is_told_of_each(tmp_path: Path) -> None:
    """The same application again, other owners, hours between, and a full disk."""

    async def story(far: Webhooks) -> None:
        await far.restart("a", "a", "b")
        await far.restart("c", owner="orga_other")
        await far.restart(*"de", cause="Monitoring/DiskFull")
        far.here.after(hours=2)
        await far.restart("f")
        assert "*" not in far.opened()
        assert {*"abcdef"} == {*far.opened()}

    play(tmp_path, story)


def test_who_made_them_critical_is_told_of_each(tmp_path: Path) -> None:
    """A severity of one's own says that each counts."""

    async def story(far: Webhooks) -> None:
        await far.restart(*"abcd")
        assert far.opened() == [*"abcd"]

    play(tmp_path, story, **{"Monitoring/Unreachable": "critical"})


def test_a_webhook_that_comes_twice_counts_once(tmp_path: Path) -> None:
    """And what comes hours late counts for nothing."""

    async def story(far: Webhooks) -> None:
        for _ in range(3):
            far._number = 0
            await far.restart(*"ab")
        assert far.opened() == [*"ab"]
        for name in "cdef":
            late = far.read("DEPLOYMENT_ACTION_BEGIN", name, OWNER, timedelta(hours=2), cause=OUTAGES[0])
            await far.here.relay.receive(*late)
        await far.here.drain()
        assert far.opened() == [*"ab"]

    play(tmp_path, story)


def test_a_backlog_of_thousands_pages_nobody(tmp_path: Path) -> None:
    """Hours late and all at once, failures, stops and restarts: each is stored, and a failure of now is told between them."""

    async def story(far: Webhooks) -> None:
        kinds = (
            ("DEPLOYMENT_ACTION_BEGIN", {"state": "WIP", "cause": OUTAGES[0]}),
            ("DEPLOYMENT_ACTION_END", {"state": "FAIL"}),
            ("APPLICATION_STOP", {}),
            ("DEPLOYMENT_ACTION_END", {"state": "OK", "cause": "Git"}),
        )
        late = []
        for place in range(2_000):
            kind, data = kinds[place % 4]
            ago = timedelta(hours=3, seconds=-3 * place)
            late.append(far.read(kind, "abcdefgh"[place % 8], OWNER, ago, **data))
        for start in range(0, len(late), 100):
            await asyncio.gather(*(far.here.relay.receive(*one) for one in late[start : start + 100]))
            if start == 1_000:
                await far.fail("z")
        # Nor is anybody told how those deployments went.
        far.here.after(minutes=31)
        await far.here.relay.sweep()
        await far.here.drain()
        assert far.opened() == ["z"]
        with far.here.reader.read() as tx:
            kept = Counter(row.event.kind for row in tx.newest_events(5_000))
        # The end of what was restarted is two events: its own, and that it is no longer stopped.
        assert (kept[kinds[0][0]], kept[kinds[1][0]], kept[kinds[2][0]]) == (500, 1_501, 500)
        assert kept["deployment-verdict"] == 0

    play(tmp_path, story)
