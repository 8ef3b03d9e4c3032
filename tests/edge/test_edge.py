"""The edge under ordinary and hostile requests: a clear answer to each, and nothing accepted that is not kept."""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from relay.pipeline import Meter
from relay.store.deliveries import Depth
from relay.store.incidents import Filter
from relay.web.asgi import Response
from relay.web.health import Health
from tests.building import NOON
from tests.edge.served import CLEVER, SECRET, served
from tests.pipeline.world import World, world

FAIL = {
    "event": "DEPLOYMENT_FAIL",
    "date": 1781524800000,
    "data": json.dumps({"appId": "app_1", "ownerId": "orga_1"}),
}
ALERT = [{"labels": {"alertname": "DiskFull"}, "annotations": {"summary": "90 %"}}]

Talk = Callable[[World, httpx.AsyncClient, int], Awaitable[None]]


def run(path: Path, talk: Talk) -> None:
    async def main() -> None:
        async with (
            served(path) as (here, url, port),
            httpx.AsyncClient(base_url=url, trust_env=False) as client,
        ):
            await talk(here, client, port)

    asyncio.run(main())


def test_an_accepted_webhook_is_durable_when_it_is_answered(tmp_path: Path) -> None:
    async def talk(here: World, client: httpx.AsyncClient, port: int) -> None:
        answer = await client.post(CLEVER, json=FAIL)
        assert answer.status_code == 200
        receipt = answer.json()["receipt"]
        with sqlite3.connect(tmp_path / "relay.db") as other:
            [[body]] = other.execute("select body from receipts where id = ?", [receipt]).fetchall()
        other.close()
        assert json.loads(body) == FAIL
        again = await client.post(CLEVER, json=FAIL)
        page = f"http://relay.example/receipts/{receipt}"
        assert again.json() == {
            "receipt": receipt,
            "status": "seen before",
            "events": ["seen before"],
            "page": page,
        }

    run(tmp_path, talk)


@pytest.mark.parametrize(
    "path",
    [
        "/webhooks/clever-cloud/wrong",
        "/webhooks/clever-cloud/",
        "/webhooks/clever-cloud",
        f"/webhooks/nobody/{SECRET}",
        f"/webhooks/clever-cloud/{SECRET}/more",
        f"/webhooks/clever-cloud/{SECRET}/api/v2/alerts",  # only an alertmanager intake takes these
        f"/webhooks//{SECRET}",
        "/webhooks/student/",  # an open path is no empty secret
        "/api/v2/alerts",
    ],
)
def test_a_wrong_secret_and_an_unknown_path_are_the_same_404(
    tmp_path: Path, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def talk(here: World, client: httpx.AsyncClient, port: int) -> None:
        answer = await client.post(path, json=FAIL)
        assert (answer.status_code, answer.json()) == (404, {"error": "not found"})
        assert here.incidents() == []

    run(tmp_path, talk)
    assert "wrong" not in caplog.text
    assert SECRET not in caplog.text


def test_an_older_secret_opens_while_it_is_rotated(tmp_path: Path) -> None:
    async def talk(here: World, client: httpx.AsyncClient, port: int) -> None:
        assert (await client.post("/webhooks/clever-cloud/an-older-secret", json=FAIL)).status_code == 200

    run(tmp_path, talk)


def test_alertmanagers_own_path_takes_basic_bearer_and_a_prefix(tmp_path: Path) -> None:
    async def talk(here: World, client: httpx.AsyncClient, port: int) -> None:
        answers = [
            await client.post("/api/v2/alerts", json=ALERT, auth=("anyone", SECRET)),
            await client.post("/api/v2/alerts", json=ALERT, headers={"authorization": f"Bearer {SECRET}"}),
            await client.post(f"/webhooks/prometheus/{SECRET}/api/v2/alerts", json=ALERT),
        ]
        assert [answer.status_code for answer in answers] == [200, 200, 200]
        assert (await client.post("/api/v2/alerts", json=ALERT, auth=("anyone", "wrong"))).status_code == 404
        assert len(here.incidents()) == 1

    run(tmp_path, talk)


def test_of_a_batch_the_good_alerts_are_kept_and_the_sender_is_told_of_the_bad(tmp_path: Path) -> None:
    async def talk(here: World, client: httpx.AsyncClient, port: int) -> None:
        answer = await client.post("/api/v2/alerts", json=[*ALERT, {"labels": {}}], auth=("u", SECRET))
        assert answer.status_code == 400
        assert isinstance(answer.json(), str)
        assert len(here.incidents()) == 1

    run(tmp_path, talk)


HOSTILE = {
    "random bytes": (bytes(range(256)) * 4, 400),
    "nothing": (b"", 400),
    "deep": (b"[" * 100_000, 400),
    "deep object": (b'{"a":' * 20_000 + b"1" + b"}" * 20_000, 400),
    "wrong type": (b'{"event": 7}', 400),
    "no object": (b"[1, 2, 3]", 400),
    "utf-16": ('{"event": "DEPLOYMENT_FAIL"}'.encode("utf-16"), 400),
    "latin-1": ('{"event": "DÉPLOYÉ"}'.encode("latin-1"), 400),
    "huge number": (b'{"event": "X", "date": ' + b"9" * 5_000 + b"}", 400),
    "unknown": (b'{"event": "SOMETHING_NEW", "data": null}', 200),
    "too large": (b'{"event": "' + b"x" * 300_000 + b'"}', 413),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bodies_get_a_clear_answer(tmp_path: Path, name: str) -> None:
    body, status = HOSTILE[name]

    async def talk(here: World, client: httpx.AsyncClient, port: int) -> None:
        answer = await client.post(CLEVER, content=body)
        assert answer.status_code == status, answer.text
        if status >= 400:
            assert answer.json()["error"]
        assert (await client.post(CLEVER, json=FAIL)).status_code == 200  # and it goes on

    run(tmp_path, talk)


def test_a_body_without_a_length_is_bounded_too(tmp_path: Path) -> None:
    async def chunks():
        for _ in range(40):
            yield b"x" * 10_000

    async def talk(here: World, client: httpx.AsyncClient, port: int) -> None:
        assert (await client.post(CLEVER, content=chunks())).status_code == 413

    run(tmp_path, talk)


async def _said(port: int, *pieces: bytes, pause: float = 0.0) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)
        return await asyncio.wait_for(reader.read(), 5)
    finally:
        writer.close()


def test_half_a_header_and_half_a_body_end_and_hurt_nobody(tmp_path: Path) -> None:
    async def talk(here: World, client: httpx.AsyncClient, port: int) -> None:
        head = f"POST {CLEVER} HTTP/1.1\r\nhost: x\r\n".encode()
        stuck = [asyncio.create_task(_said(port, head)) for _ in range(20)]
        stuck += [asyncio.create_task(_said(port, head + b"content-length: 50\r\n\r\n{")) for _ in range(20)]
        assert (await client.post(CLEVER, json=FAIL)).status_code == 200
        answers = await asyncio.gather(*stuck)
        assert all(b" 408 " in answer.splitlines()[0] for answer in answers)

    run(tmp_path, talk)


def test_what_came_in_while_the_relay_did_not_run_is_taken(tmp_path: Path) -> None:
    """A 408 blames the sender, and some give up on it; a process that was stopped is to blame itself."""

    async def talk(here: World, client: httpx.AsyncClient, port: int) -> None:
        body = json.dumps(FAIL).encode()
        head = f"POST {CLEVER} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n".encode()
        whole = head + b"content-length: %d\r\n\r\n" % len(body) + body
        for cut in (len(head), len(whole) - 5):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(whole[:cut])
            await asyncio.sleep(0.1)
            writer.write(whole[cut:])
            time.sleep(0.7)  # the loop stands still, as in a process that is stopped
            assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP/1.1 200 ")
            writer.close()

    run(tmp_path, talk)


def test_a_huge_header_is_refused(tmp_path: Path) -> None:
    async def talk(here: World, client: httpx.AsyncClient, port: int) -> None:
        head = f"POST {CLEVER} HTTP/1.1\r\n".encode() + b"".join(
            b"x-%d: %s\r\n" % (n, b"y" * 900) for n in range(60)
        )
        assert b" 431 " in (await _said(port, head)).splitlines()[0]

    run(tmp_path, talk)


def test_a_webhook_is_only_posted(tmp_path: Path) -> None:
    async def talk(here: World, client: httpx.AsyncClient, port: int) -> None:
        answer = await client.get(CLEVER)
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")

    run(tmp_path, talk)


def test_everything_else_goes_to_the_pages_with_its_body(tmp_path: Path) -> None:
    async def talk(here: World, client: httpx.AsyncClient, port: int) -> None:
        assert (await client.post("/login", content=b"password=x")).text == "password=x"
        assert (await client.post("/login", content=b"x" * 70_000)).status_code == 413

    run(tmp_path, talk)


def test_a_locked_store_answers_503_and_works_again_when_it_is_free(tmp_path: Path) -> None:
    async def talk(here: World, client: httpx.AsyncClient, port: int) -> None:
        holder = sqlite3.connect(tmp_path / "relay.db", isolation_level=None)
        holder.execute("begin immediate")
        answer = await client.post(CLEVER, json=FAIL, timeout=10)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        holder.execute("rollback")
        holder.close()
        assert (await client.post(CLEVER, json=FAIL)).json()["status"] == "accepted"

    run(tmp_path, talk)


def test_health_and_metrics_answer_beside_the_pages(tmp_path: Path) -> None:
    async def talk(here: World, client: httpx.AsyncClient, port: int) -> None:
        await client.post(CLEVER, json=FAIL)
        await client.post(CLEVER, json=FAIL)
        assert (await client.get("/healthz")).json() == {"status": "alive"}
        assert (await client.get("/readyz")).status_code == 200
        page = (await client.get("/metrics")).text
        for line in (
            'relay_requests_received_total{intake="clever-cloud"} 2.0',
            'relay_events_total{outcome="opened",source="clever-cloud"} 1.0',
            'relay_events_total{outcome="seen before",source="clever-cloud"} 1.0',
            'relay_incidents_open{severity="critical"} 1.0',
            "relay_outbox_depth 2.0",
        ):
            assert line in page
        here.after(minutes=3)  # nothing delivers: the outbox is overdue
        not_ready = await client.get("/readyz")
        assert (not_ready.status_code, list(not_ready.json()["problems"])) == (503, ["outbox"])

    run(tmp_path, talk)


class OnlyAtWork:
    """A store of which nothing is known but the outbox's depth."""

    @contextmanager
    def read(self) -> Iterator[OnlyAtWork]:
        yield self

    def depth(self, at: datetime) -> Depth:
        return Depth(3, at)

    def close(self) -> None:
        """There is nothing to close."""


def test_readiness_reads_nothing_that_grows_with_the_history() -> None:
    """A platform asks every few seconds; to count the deliveries is to read them all."""

    async def asked() -> Response | None:
        health = Health(OnlyAtWork(), Meter(), lambda: NOON, lambda: None, None)  # type: ignore[arg-type]
        answer = await health.respond("/readyz", {}, "")
        health.close()
        return answer

    answer = asyncio.run(asked())
    assert answer is not None
    assert json.loads(answer.body) == {"status": "ready", "problems": {}, "pending": 3}


def test_a_state_that_no_delivery_has_any_more_counts_none(tmp_path: Path) -> None:
    """Not what it counted when it last had one."""

    async def talk(here: World, client: httpx.AsyncClient, port: int) -> None:
        await client.post(CLEVER, json=FAIL)
        assert 'relay_deliveries{state="pending"} 2.0' in (await client.get("/metrics")).text
        await here.drain()
        page = (await client.get("/metrics")).text
        assert 'relay_deliveries{state="pending"} 0.0' in page
        assert 'relay_deliveries{state="delivered"} 2.0' in page

    run(tmp_path, talk)


def test_passwords_are_not_guessed_by_way_of_the_metrics(tmp_path: Path) -> None:
    """Ten wrong ones a minute from one address; asking without any is no guess."""

    async def guessed() -> list[int]:
        async with world(tmp_path) as here:
            health = Health(here.reader, here.relay.meter, lambda: here.at, lambda: here.at, "the-password")
            wrong, right = {"authorization": "Bearer wrong"}, {"authorization": "Bearer the-password"}
            asked = [({}, "a")] * 20 + [(wrong, "a")] * 11 + [(right, "a"), (right, "b")]
            answers = [await health.respond("/metrics", said, peer) for said, peer in asked]
            here.after(seconds=61)
            answers.append(await health.respond("/metrics", right, "a"))
            health.close()
            return [answer.status for answer in answers if answer is not None]

    assert asyncio.run(guessed()) == [401] * 30 + [429, 429, 200, 200]


def test_a_student_posts_anything_without_a_secret(tmp_path: Path) -> None:
    async def talk(here: World, client: httpx.AsyncClient, port: int) -> None:
        answer = await client.post("/webhook", json={"message": "Bonjour", "n": 1})
        assert answer.status_code == 200
        with here.reader.read() as tx:
            assert len(tx.incidents(Filter())) == 1

    run(tmp_path, talk)


def test_an_open_path_is_bounded_and_says_when_to_come_back(tmp_path: Path) -> None:
    async def talk(here: World, client: httpx.AsyncClient, port: int) -> None:
        statuses = [(await client.post("/webhook", json={"n": n})).status_code for n in range(121)]
        assert statuses == [200] * 120 + [429]
        refused = await client.post("/webhook", json={"n": 0})
        assert 0 < int(refused.headers["retry-after"]) <= 60
        assert (await client.post(CLEVER, json=FAIL)).status_code == 200  # a secret opens all the same
        here.after(minutes=1)
        assert (await client.post("/webhook", json={"n": 200})).status_code == 200

    run(tmp_path, talk)


def _spoiled(chance: random.Random, whole: bytes) -> bytes:
    """Damage a request: bytes changed, cut out, doubled or put in."""
    made = bytearray(whole)
    for _ in range(chance.choice([1, 1, 2, 5, 40])):
        place = chance.randrange(len(made) + 1)
        piece = bytes(made[place : place + chance.randrange(1, 30)])
        odd = chance.choice(
            [b"\x00", b"\r\n", b"\xff\xfe", b" ", b":", b"9" * 30, b"chunked", chance.randbytes(4)]
        )
        made[place : place + chance.choice([0, len(piece)])] = chance.choice([b"", piece * 2, odd])
    return bytes(made)


async def _sent(port: int, wire: bytes) -> None:
    """Send bytes, say that there are no more, and wait for the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with suppress(OSError):
        writer.write(wire)
        writer.write_eof()
        await asyncio.wait_for(reader.read(), 10)
    writer.close()


def test_whatever_bytes_come_in_are_answered_or_cut_and_hurt_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    chance = random.Random(5)
    body = json.dumps(FAIL).encode()
    head = f"POST {CLEVER} HTTP/1.1\r\nhost: x\r\nauthorization: Basic dTpw\r\nconnection: close\r\n".encode()
    whole = [
        head + b"content-length: %d\r\n\r\n" % len(body) + body,
        head + b"transfer-encoding: chunked\r\n\r\n%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n",
        head.replace(CLEVER.encode(), b"/api/v2/alerts")
        + b"expect: 100-continue\r\ncontent-length: 2\r\n\r\n[]",
        b"GET /healthz HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
    ]

    async def talk(here: World, client: httpx.AsyncClient, port: int) -> None:
        for _ in range(10):
            wire = [_spoiled(chance, chance.choice(whole)) for _ in range(20)] + [chance.randbytes(300)]
            await asyncio.gather(*(_sent(port, one) for one in wire))
        assert (await client.post(CLEVER, json=FAIL)).status_code == 200

    run(tmp_path, talk)
    # uvicorn says "Invalid HTTP request received." to itself; a fault of ours would be an error with its traceback.
    assert [record for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")] == []


@pytest.mark.parametrize(
    "said", [b"Basic \x80", b"Basic /w==", b"Basic dTpw\xe9", b"Basic ===", b"\xff \xff"]
)
def test_an_authorization_that_is_none_is_no_fault_of_ours(tmp_path: Path, said: bytes) -> None:
    async def talk(here: World, client: httpx.AsyncClient, port: int) -> None:
        answer = await client.post("/api/v2/alerts", json=ALERT, headers=[(b"authorization", said)])
        assert answer.status_code == 404

    run(tmp_path, talk)
