"""A chart by its sealed address: one picture for whoever has the address, nothing for anybody else, and bounded work."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event

import httpx

from relay.core.model import Severity
from relay.core.seal import Seal, Shown
from relay.core.text import Language
from relay.drawing.easel import Easel
from relay.drawing.illustrating import Drawn
from relay.pipeline import Meter, Setup
from relay.web.asgi import Response
from relay.web.charts import DRAWN_OF_ALL, DRAWN_OF_ONE, MOST_KEPT_BYTES, Charts
from tests.drawing.png import decode
from tests.edge.served import served
from tests.pipeline.world import NOON, World, event

SEAL = Seal(b"key")
SHOWN = Shown("0" * 32, 1, Language.ENGLISH, NOON + timedelta(days=1))


class Counting(Drawn):
    """Draws nothing, of the size that it is told, and counts."""

    def __init__(self, png: bytes | Exception | None = b"png", wait: asyncio.Event | None = None) -> None:
        self.png_given = png
        self.asked: list[Shown] = []
        self.wait = wait

    async def png(self, setup: Setup, shown: Shown) -> bytes | None:
        self.asked.append(shown)
        if self.wait is not None:
            await self.wait.wait()
        if isinstance(self.png_given, Exception):
            raise self.png_given
        return self.png_given


def answered(drawn: Counting, *paths: str, seal: Seal | None = SEAL, after: float = 0) -> list[Response]:
    """Ask for paths, one after the other, ``after`` seconds apart."""

    async def told() -> list[Response]:
        at = NOON
        charts = Charts(Setup(seal=seal), drawn, lambda: at, Meter())
        responses = []
        for path in paths:
            response = await charts.respond(path, {}, "peer")
            assert response is not None
            responses.append(response)
            at += timedelta(seconds=after)
        return responses

    return asyncio.run(told())


def test_a_picture_is_given_to_whoever_has_its_address() -> None:
    """As an image that may be kept until it expires and shown by another site; nothing else is said of the relay."""
    [response] = answered(Counting(), SEAL.path(SHOWN))
    assert (response.status, response.body, response.content_type) == (200, b"png", "image/png")
    assert response.headers["cache-control"] == "public, max-age=86400, immutable"
    assert response.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "set-cookie" not in response.headers


def test_every_wrong_address_is_the_same_404() -> None:
    """Another key, another incident, expired, cut, unknown, nothing measured: no answer tells which."""
    drawn = Counting(None)
    paths = [
        Seal(b"other").path(SHOWN),
        SEAL.path(SHOWN).replace("-1-", "-2-"),
        SEAL.path(replace(SHOWN, expires_at=NOON)),
        SEAL.path(SHOWN)[:-5],
        "/charts/",
        "/charts/../../etc/passwd",
        "/charts/é\x00.png",
        SEAL.path(SHOWN),
    ]
    responses = answered(drawn, *paths)
    assert {(one.status, one.body, tuple(one.headers.items())) for one in responses} == {
        (404, b"", tuple(responses[0].headers.items()))
    }
    assert drawn.asked == [SHOWN], "nothing is looked up for who has no address of ours"


def test_a_relay_without_a_seal_gives_none() -> None:
    drawn = Counting()
    assert [one.status for one in answered(drawn, SEAL.path(SHOWN), seal=None)] == [404]
    assert drawn.asked == []


def test_other_paths_are_not_its_own() -> None:
    charts = Charts(Setup(seal=SEAL), Counting(), lambda: NOON, Meter())
    assert asyncio.run(charts.respond("/targets/chart", {}, "")) is None


def test_what_was_drawn_is_kept() -> None:
    drawn = Counting()
    assert [one.status for one in answered(drawn, *[SEAL.path(SHOWN)] * 50)] == [200] * 50
    assert len(drawn.asked) == 1


def test_what_is_not_kept_is_drawn_a_few_times_a_minute() -> None:
    """One that is too large to keep, and many that push one another out."""
    huge = Counting(bytes(MOST_KEPT_BYTES + 1))
    responses = answered(huge, *[SEAL.path(SHOWN)] * 9, after=1)
    assert [one.status for one in responses] == [200] * DRAWN_OF_ONE + [503] * (9 - DRAWN_OF_ONE)
    assert responses[-1].headers["retry-after"] == "5"
    again = answered(Counting(bytes(MOST_KEPT_BYTES + 1)), *[SEAL.path(SHOWN)] * 9, after=61)
    assert [one.status for one in again] == [200] * 9

    many = Counting(bytes(MOST_KEPT_BYTES // 2))
    paths = [SEAL.path(replace(SHOWN, sequence=number)) for number in range(200)]
    statuses = [one.status for one in answered(many, *paths)]
    assert statuses == [200] * DRAWN_OF_ALL + [503] * (200 - DRAWN_OF_ALL)


def test_a_bug_in_a_drawing_is_no_page_of_an_error() -> None:
    [response] = answered(Counting(ZeroDivisionError()), SEAL.path(SHOWN))
    assert (response.status, response.body) == (503, b"")


def test_requests_line_up_only_so_far() -> None:
    """Pictures are drawn one at a time; beyond a bound the answer is 503 at once."""

    async def told() -> list[int]:
        go_on = asyncio.Event()
        drawn = Counting(wait=go_on)
        charts = Charts(Setup(seal=SEAL), drawn, lambda: NOON, Meter())
        paths = [SEAL.path(replace(SHOWN, sequence=number)) for number in range(25)]
        tasks = [asyncio.create_task(charts.respond(path, {}, "")) for path in paths]
        await asyncio.sleep(0.05)
        assert len(drawn.asked) == 1
        go_on.set()
        return [one.status for one in await asyncio.gather(*tasks) if one is not None]

    statuses = asyncio.run(told())
    assert statuses == [200] * 20 + [503] * 5


def test_a_drawing_that_hangs_is_answered_in_time() -> None:
    """And the next one at once."""

    async def told() -> tuple[list[int], float]:
        easel, go_on = Easel(), Event()

        class Hanging(Counting):
            async def png(self, setup: Setup, shown: Shown) -> bytes | None:
                return await easel.paint(lambda: b"png" if go_on.wait() else None)

        charts = Charts(Setup(seal=SEAL), Hanging(), lambda: NOON, Meter())
        loop = asyncio.get_running_loop()
        first = await charts.respond(SEAL.path(SHOWN), {}, "")
        began = loop.time()
        second = await charts.respond(SEAL.path(SHOWN), {}, "")
        took = loop.time() - began
        go_on.set()
        easel.close()
        return [one.status for one in (first, second) if one is not None], took

    statuses, took = asyncio.run(told())
    assert statuses == [503, 503]
    assert took < 1


async def _over_the_wire(path: Path) -> None:
    easel = Easel()

    def more(here: World) -> tuple[Charts, ...]:
        here.setup = here.relay.setup = replace(here.setup, seal=SEAL)
        return (Charts(here.setup, Drawn(here.reader, easel), lambda: here.at, here.relay.meter),)

    async with served(path, more=more) as (here, url, _), httpx.AsyncClient() as client:
        await here.poll(20, 40, 75, 76)
        (incident,) = here.incidents()
        shown = Shown(incident.id, 1, Language.ENGLISH, here.at + timedelta(hours=1))
        answer = await client.get(url + SEAL.path(shown))
        assert answer.status_code == 200
        assert decode(answer.content).width == 800
        assert {"set-cookie", "etag"} & answer.headers.keys() == set()
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["x-content-type-options"] == "nosniff"
        head = await client.head(url + SEAL.path(shown))
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == str(len(answer.content))
        await here.poll(10, 10, 10)
        assert (await client.get(url + SEAL.path(shown))).content == answer.content
        here.after(hours=2)
        gone = await client.get(url + SEAL.path(shown))
        assert (gone.status_code, gone.content) == (404, b"")
        # One of another system's troubles, which has no metric.
        await here.post(event(Severity.CRITICAL, here.at))
        other = next(one for one in here.incidents() if one.kind == "disk")
        shown = Shown(other.id, 1, Language.ENGLISH, here.at + timedelta(hours=1))
        assert (await client.get(url + SEAL.path(shown))).status_code == 404
        page = (await client.get(f"{url}/metrics")).text
        assert 'relay_chart_requests_total{outcome="drawn"} 1.0' in page
        assert 'relay_chart_requests_total{outcome="kept"} 2.0' in page
    easel.close()


def test_a_service_fetches_a_real_picture_over_a_real_socket(tmp_path: Path) -> None:
    """Without a session; the same picture for as long as its address lasts, whatever was measured since."""
    asyncio.run(_over_the_wire(tmp_path))
