"""A store that does not keep up: who waits is served, who comes is sent away at once, and nothing else is hurt."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import httpx
import pytest

from relay.pipeline import Relay
from relay.store.transactions import Transaction
from relay.store.writer import PATIENCE, PRESSED
from relay.web.webhooks import CAREFUL, CAREFUL_SECONDS, Webhooks
from tests.edge.served import SECRET, served
from tests.pipeline.world import World

WEBHOOK = f"/webhooks/generic/{SECRET}"


class Stuck:
    """A step that holds the writer, as a disk that hangs does."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.released = threading.Event()

    def __call__(self, tx: Transaction) -> None:
        self.entered.set()
        assert self.released.wait(20)


def body(number: int) -> dict[str, str]:
    return {"title": f"disk {number}", "key": f"disk-{number}", "severity": "critical"}


@asynccontextmanager
async def pressed(
    path: Path, number: int = PRESSED - 1
) -> AsyncIterator[tuple[World, httpx.AsyncClient, Stuck, list[asyncio.Task]]]:
    """A relay whose store hangs while as many requests wait as may, with the one step that it hangs in."""
    stuck = Stuck()
    limits = httpx.Limits(max_connections=PRESSED + 10)
    async with (
        served(path) as (here, url, _),
        httpx.AsyncClient(base_url=url, trust_env=False, limits=limits, timeout=20) as client,
    ):
        held = asyncio.create_task(here.writer.run(stuck))
        await asyncio.to_thread(stuck.entered.wait, 10)
        posts = [asyncio.create_task(client.post(WEBHOOK, json=body(place))) for place in range(number)]
        async with asyncio.timeout(20):
            while here.writer.waiting < number:
                await asyncio.sleep(0.01)
        await asyncio.sleep(PATIENCE)
        try:
            yield here, client, stuck, posts
        finally:
            stuck.released.set()
            await asyncio.gather(held, *posts)


def test_who_comes_too_late_is_sent_away_and_who_waits_is_served(tmp_path: Path) -> None:
    async def go() -> None:
        async with pressed(tmp_path) as (_, client, stuck, posts):
            for path in (WEBHOOK, "/webhook", f"/webhooks/clever-cloud/{SECRET}", "/api/v2/alerts"):
                answer = await client.post(path, json=body(-1))
                assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
                assert "send it again" in answer.json()["error"]
            assert (await client.get("/healthz")).status_code == 200
            assert (await client.post("/elsewhere", content=b"a form")).text == "a form"
            stuck.released.set()
            assert {answer.status_code for answer in await asyncio.gather(*posts)} == {200}
            assert (await client.post(WEBHOOK, json=body(-1))).status_code == 200

    asyncio.run(go())


def test_a_connection_goes_on_after_it_was_sent_away(tmp_path: Path) -> None:
    """The refused body is thrown away whatever its size and pieces; the next request on the connection is read."""

    async def go() -> None:
        async with pressed(tmp_path) as (_, client, stuck, _posts):
            port = client.base_url.port
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for _ in range(2):
                writer.write(b"POST /webhook HTTP/1.1\r\nhost: x\r\ncontent-length: 70000\r\n\r\n")
                for _ in range(7):
                    writer.write(b"x" * 10_000)
                    await writer.drain()
                assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 503 ")
                await reader.readuntil(b"}\n")
            stuck.released.set()
            writer.write(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
            writer.close()

    asyncio.run(go())


def test_a_refused_body_that_never_ends_is_cut_off(tmp_path: Path) -> None:
    async def go() -> None:
        async with pressed(tmp_path) as (_, client, _stuck, _posts):
            reader, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
            writer.write(b"POST /webhook HTTP/1.1\r\nhost: x\r\ncontent-length: 70000\r\n\r\n{")
            async with asyncio.timeout(5):  # the hasty protocol gives it 0.3 s
                assert (await reader.read()).startswith(b"HTTP/1.1 408 ")
            writer.close()

    asyncio.run(go())


def test_a_sender_that_asks_first_is_told_before_it_sends(tmp_path: Path) -> None:
    async def go() -> None:
        async with pressed(tmp_path) as (_, client, _stuck, _posts):
            reader, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
            head = b"POST /webhook HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 9\r\n\r\n"
            writer.write(head)
            async with asyncio.timeout(5):
                assert (await reader.read()).startswith(b"HTTP/1.1 503 ")
            writer.close()

    asyncio.run(go())


def test_what_is_sent_away_is_counted(tmp_path: Path) -> None:
    async def go() -> None:
        async with pressed(tmp_path) as (here, client, _, _posts):
            await client.post(WEBHOOK, json=body(-1))
            registry = here.relay.meter.registry
            name = "relay_requests_rejected_total"
            assert registry.get_sample_value(name, {"intake": "overload", "status": "503"}) == 1

    asyncio.run(go())


def test_those_who_come_at_once_are_let_in_one_by_one(tmp_path: Path) -> None:
    """Also before the store knows of the first of them."""

    async def go() -> None:
        async with pressed(tmp_path, PRESSED - 2) as (_, client, stuck, _posts):
            sent = b"POST %b HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}" % WEBHOOK.encode()
            made = [await asyncio.open_connection("127.0.0.1", client.base_url.port) for _ in range(30)]
            for _, writer in made:
                writer.write(sent)
            early, _ = await asyncio.wait(
                [asyncio.create_task(reader.read(12)) for reader, _ in made], timeout=2
            )
            assert {await answered for answered in early} == {b"HTTP/1.1 503"}
            assert len(early) >= 28
            stuck.released.set()
            for _, writer in made:
                writer.close()

    asyncio.run(go())


class Waits:
    """What a relay says of those who wait."""

    longest_wait = 0.0
    is_pressed = False


def test_a_burst_is_let_in_and_as_large_a_one_behind_it_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each would make the next one wait for longer. After a second in which nobody waited long the store rests again."""
    relay, at = Waits(), 1_000.0
    monkeypatch.setattr("relay.web.webhooks.monotonic", lambda: at)
    webhooks = Webhooks((), cast(Relay, relay))
    webhooks.under_way = 10 * PRESSED
    assert webhooks.lets_in()
    relay.longest_wait = 2 * PATIENCE
    assert not webhooks.lets_in()
    relay.longest_wait = 0.0
    assert not webhooks.lets_in()
    webhooks.under_way = CAREFUL - 1
    assert webhooks.lets_in()
    webhooks.under_way = CAREFUL
    assert not webhooks.lets_in()
    at += CAREFUL_SECONDS
    assert webhooks.lets_in()
