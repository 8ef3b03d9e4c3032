"""The picture of what a message tells: drawn from the store, as of the change that it tells, whenever it is drawn."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from relay.core.deployments import Deployment
from relay.core.model import Picture, Severity
from relay.core.seal import Seal, Shown
from relay.core.targets import Target
from relay.core.text import Language
from relay.drawing.easel import Easel
from relay.drawing.illustrating import Drawn, Subject, subject
from relay.pipeline.setup import Showing
from relay.pipeline.showing import DEADLINE, Missed
from relay.store import Connection, StoreUnavailable, touching
from relay.store.reader import Reader
from tests.drawing.png import decode
from tests.pipeline.test_showing import counted
from tests.pipeline.world import NOON, World, event, target, world

BYTES, ADDRESS = Showing(Language.FRENCH), Showing(Language.ENGLISH, by_address=True)


def run(path: Path, story: Callable[[World, Drawn], Awaitable[None]]) -> None:
    """Run a story in a world whose relay draws."""

    async def within() -> None:
        async with world(path) as here:
            easel = Easel(here.reader.close)
            try:
                await story(here, Drawn(here.reader, easel))
            finally:
                easel.close()

    asyncio.run(within())


async def leak(here: World) -> None:
    """Pass the first threshold at 12:03, the second at 12:06, and let both channels hear."""
    await here.poll(20, 40, 75, 76)
    await here.drain()
    await here.poll(90, 91, 92)
    await here.drain()


def of(here: World, sequence: int) -> Subject | None:
    """What is to be drawn of the one incident's change."""
    (incident,) = here.incidents()
    shown = Shown(incident.id, sequence, Language.ENGLISH, here.at)
    targets: list[Target] = [polled.target for polled in here.setup.targets.values()]
    with here.reader.read() as tx:
        return subject(tx, here.setup.rules, targets, shown)


def test_a_message_is_sent_a_picture_with_its_words(tmp_path: Path) -> None:
    async def story(here: World, drawn: Drawn) -> None:
        await leak(here)
        opened, escalated = here.discord.sent
        first = await drawn.picture(opened, here.setup, BYTES)
        second = await drawn.picture(escalated, here.setup, BYTES)
        assert first is not None
        assert second is not None
        assert (decode(first.png).width, first.link) == (800, "")
        assert "Mémoire de api" in first.said
        assert "76\xa0% à la fin" in first.said
        assert "91\xa0% à la fin" in second.said
        assert "Seuils : Avertissement 70\xa0%, Critique 85\xa0%." in first.said

    run(tmp_path, story)


def test_a_change_is_drawn_as_of_its_own_time_whenever_it_is(tmp_path: Path) -> None:
    """What was measured, deployed and found since is no part of it: a late message shows what it tells."""

    async def story(here: World, drawn: Drawn) -> None:
        await leak(here)
        at_once = of(here, 1)
        png = await drawn.png(here.setup, Shown(here.incidents()[0].id, 1, Language.ENGLISH, here.at))
        here.after(hours=2)
        await here.poll(30, 30, 30, 30)
        assert here.incidents()[0].resolved_at is not None
        later = of(here, 1)
        assert at_once is not None
        assert later == at_once
        assert later.incident.severity is Severity.WARNING
        assert later.incident.is_open
        assert later.curve.samples[-1].value == 76
        again = await drawn.png(here.setup, Shown(here.incidents()[0].id, 1, Language.ENGLISH, here.at))
        assert again == png
        end = of(here, here.incidents()[0].sequence)
        assert end is not None
        assert not end.incident.is_open
        assert end.curve.samples[-1].value == 30

    run(tmp_path, story)


def test_the_forecast_is_the_one_that_the_change_told(tmp_path: Path) -> None:
    """Not the newest one, which the incident carries by now."""

    def told(at: datetime) -> tuple[tuple[str, str], ...]:
        return tuple((name, at.isoformat()) for name in ("limit_at", "limit_earliest", "limit_latest"))

    async def story(here: World, drawn: Drawn) -> None:
        del drawn
        await here.poll(20, 40, 60)
        series = next(iter(here.setup.rules)).fingerprint
        with here.reader.read() as tx:
            (known,) = tx.series_of("api", "memory")
        trouble = event(
            Severity.WARNING,
            here.at,
            series(known[0]),
            source="poll",
            kind="memory",
            target="api",
            threshold=100.0,
            unit="%",
            facts=told(here.at.replace(hour=15)),
        )
        await here.post(trouble)
        here.after(minutes=1)
        worse = replace(
            trouble,
            id="w" * 32,
            severity=Severity.CRITICAL,
            occurred_at=here.at,
            received_at=here.at,
            facts=told(here.at.replace(hour=13)),
        )
        await here.post(worse)
        first, second = of(here, 1), of(here, 2)
        assert first is not None
        assert second is not None
        assert first.curve.ahead is not None
        assert second.curve.ahead is not None
        assert (first.curve.ahead.at.hour, second.curve.ahead.at.hour) == (15, 13)

    run(tmp_path, story)


def test_a_channel_that_fetches_gets_words_and_an_address_and_nothing_is_drawn(tmp_path: Path) -> None:
    """Where there is no seal, nobody could fetch it: then there are no words either."""

    async def story(here: World, drawn: Drawn) -> None:
        await leak(here)
        opened = here.slack.sent[0]
        assert await drawn.picture(opened, here.setup, ADDRESS) is None
        sealed = replace(here.setup, seal=Seal(b"key"))
        made = await drawn.picture(opened, sealed, ADDRESS)
        assert made is not None
        assert made.png == b""
        assert made.said.startswith("Memory of api, ")
        assert made.link.startswith("http://relay.example/charts/")
        assert sealed.seal is not None
        shown = sealed.seal.opened(made.link.removeprefix("http://relay.example"), here.at)
        assert shown is not None
        assert (shown.incident_id, shown.sequence) == (opened.incident.id, 1)

    run(tmp_path, story)


@pytest.mark.parametrize(
    ("source", "kind", "of_target", "is_drawn"),
    [
        ("generic", "disk", "api", False),
        ("generic", "memory", "elsewhere", False),
        ("prometheus", "memory", "api", True),  # the metric that the target is polled for
    ],
)
def test_what_another_system_reports_has_a_chart_only_of_its_own_metric(
    tmp_path: Path, source: str, kind: str, of_target: str, is_drawn: bool
) -> None:
    async def story(here: World, drawn: Drawn) -> None:
        await here.poll(20, 30)
        await here.post(event(Severity.CRITICAL, here.at, source=source, kind=kind, target=of_target))
        await here.drain()
        made = await drawn.picture(here.discord.sent[0], here.setup, BYTES)
        assert isinstance(made, Picture) is is_drawn

    run(tmp_path, story)


def test_deployments_of_the_targets_application_are_lines(tmp_path: Path) -> None:
    """Told under the application's name; one that failed changed nothing."""

    async def story(here: World, drawn: Drawn) -> None:
        del drawn
        named = replace(target(), application="app_1")
        await here.poll(20, 40)
        for state in ("OK", "FAIL", "CANCELLED"):
            at = here.at
            here.after(seconds=5)
            one = Deployment(state, "app_1", "shop", at, here.at, state)
            await here.writer.run(lambda tx, one=one: tx.keep_deployment(one), touching.NOTHING)
        await here.poll(75, 76, 77)
        (found,) = here.incidents()
        with here.reader.read() as tx:
            shown = Shown(found.id, 1, Language.ENGLISH, here.at)
            made = subject(tx, here.setup.rules, [named], shown)
        assert made is not None
        assert made.curve.deployed == (NOON + timedelta(minutes=2),)

    run(tmp_path, story)


class _Away:
    """A store that can't be read."""

    def migrate(self) -> None: ...

    def connect(self) -> Connection:
        raise StoreUnavailable("away")

    reader = connect


def test_a_store_that_is_away_is_a_miss_and_no_fault(tmp_path: Path) -> None:
    async def story(here: World, drawn: Drawn) -> None:
        del drawn
        await leak(here)
        easel = Easel()
        away = Drawn(Reader(_Away()), easel)
        with pytest.raises(Missed) as raised:
            await away.picture(here.discord.sent[0], here.setup, BYTES)
        assert raised.value.why == "store"
        easel.close()

    run(tmp_path, story)


class _Slow(_Away):
    """A store that answers a read when it is allowed to."""

    def __init__(self) -> None:
        self.go_on = Event()

    def reader(self) -> Connection:
        self.go_on.wait()
        raise StoreUnavailable("away")


def test_an_alert_leaves_while_the_store_hangs_for_its_picture(tmp_path: Path) -> None:
    """The first within the deadline, the next at once: what hangs is not waited for again."""

    async def story(here: World, drawn: Drawn) -> None:
        del drawn
        slow, easel = _Slow(), Easel()
        here.setup = here.relay.setup = replace(here.setup, showing={"discord": BYTES})
        here.relay.illustrator = Drawn(Reader(slow), easel)
        await here.poll(20, 40, 75, 76)
        loop = asyncio.get_running_loop()
        took = []
        for value in (None, 90):
            if value is not None:
                await here.poll(value, value)
            began = loop.time()
            await here.drain()
            took.append(loop.time() - began)
        slow.go_on.set()
        easel.close()
        assert here.discord.told() == ["opened", "escalated"]
        assert [one.picture for one in here.discord.sent] == [None, None]
        assert [counted(here, "discord", why) for why in ("late", "busy", "made")] == [1, 1, 0]
        assert took[1] < DEADLINE.total_seconds() + took[0]

    run(tmp_path, story)


def test_what_can_have_no_chart_costs_no_look_into_the_store(tmp_path: Path) -> None:
    """Reported trouble of a kind that no rule has: thousands a minute may be told."""

    async def story(here: World, drawn: Drawn) -> None:
        del drawn
        await here.post(event(Severity.CRITICAL, here.at))
        await here.drain()
        nobody = Easel()
        assert await Drawn(Reader(_Away()), nobody).picture(here.discord.sent[0], here.setup, BYTES) is None
        nobody.close()

    run(tmp_path, story)
