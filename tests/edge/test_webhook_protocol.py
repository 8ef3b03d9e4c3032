"""A webhook on its connection: in pieces, in a row, cut off, too large, too slow; each answered in its turn, or not at all."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from relay.intake import Parsed
from relay.web.asgi import DRAINED
from relay.web.gates import Gate
from tests.edge.served import GATES, KEPT_SECONDS, SECRET, served
from tests.load.test_shedding import Stuck
from tests.pipeline.world import World

WEBHOOK = f"/webhooks/generic/{SECRET}"
Talk = Callable[[World, int], Awaitable[None]]


class Faulty:
    """An intake with a bug."""

    body_limit = 1_000

    def parse(self, body: bytes, headers: Mapping[str, str], received_at: datetime) -> Parsed:
        raise RuntimeError("a bug")


def run(path: Path, talk: Talk) -> None:
    async def main() -> None:
        gates = (*GATES, Gate("faulty", Faulty(), (SECRET,)))
        async with served(path, gates) as (here, _, port), asyncio.timeout(20):
            await talk(here, port)

    asyncio.run(main())


def request(name: str, path: str = WEBHOOK, more: str = "", size: int = 0) -> bytes:
    body = json.dumps({"title": f"disk {name}", "key": name, "severity": "critical", "text": "x" * size})
    return f"POST {path} HTTP/1.1\r\nhost: x\r\n{more}content-length: {len(body)}\r\n\r\n{body}".encode()


class Connection:
    """One client, byte by byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def send(self, sent: bytes) -> None:
        self.writer.write(sent)

    async def answer(self) -> tuple[int, str, bytes]:
        """Return the next answer: its status, its header and its body."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
        return int(head[9:12]), head, await self.reader.readexactly(length)

    async def statuses(self, number: int) -> list[int]:
        return [(await self.answer())[0] for _ in range(number)]

    async def ends(self) -> bytes:
        """Return what still comes until the other side hangs up."""
        return await self.reader.read()


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Connection]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Connection(reader, writer)
    finally:
        writer.close()


def titles(here: World) -> set[str]:
    return {dict(incident.title.args)["words"] for incident in here.incidents()}


def test_a_body_comes_in_any_pieces(tmp_path: Path) -> None:
    async def talk(here: World, port: int) -> None:
        async with connected(port) as client:
            for cut in (1, 7, 60):
                sent = request(f"in pieces of {cut}")
                for start in range(0, len(sent), cut):
                    client.send(sent[start : start + cut])
                    await asyncio.sleep(0)
                assert await client.statuses(1) == [200]
        assert titles(here) == {f"disk in pieces of {cut}" for cut in (1, 7, 60)}

    run(tmp_path, talk)


def test_a_chunked_body_is_put_together(tmp_path: Path) -> None:
    async def talk(here: World, port: int) -> None:
        async with connected(port) as client:
            head = f"POST {WEBHOOK} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n".encode()
            for piece in (head, b'7\r\n{"title\r\n', b'B;odd=1\r\n":"chunked"\r\n', b"1\r\n}\r\n0\r\n\r\n"):
                client.send(piece)
                await asyncio.sleep(0.01)
            assert await client.statuses(1) == [200]
            client.send(request("after"))
            assert await client.statuses(1) == [200]
        assert titles(here) == {"chunked", "disk after"}

    run(tmp_path, talk)


def test_requests_in_a_row_are_answered_in_their_order(tmp_path: Path) -> None:
    """Webhooks, good and bad, and what is none, sent at once on one connection."""

    async def talk(here: World, port: int) -> None:
        health = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"
        form = b"POST /elsewhere HTTP/1.1\r\nhost: x\r\ncontent-length: 6\r\n\r\na form"
        async with connected(port) as client:
            row = [request("1"), request("2", "/webhooks/generic/wrong"), health, request("3"), form]
            client.send(b"".join([*row, request("4"), health]))
            answers = [await client.answer() for _ in range(7)]
        assert [status for status, _, _ in answers] == [200, 404, 200, 200, 200, 200, 200]
        kinds = [json.loads(body).get("status") for _, _, body in answers if body != b"a form"]
        assert kinds == ["accepted", None, "alive", "accepted", "accepted", "alive"]
        assert answers[4][2] == b"a form"
        assert titles(here) == {"disk 1", "disk 3", "disk 4"}

    run(tmp_path, talk)


def test_a_thousand_refusals_behind_one_webhook(tmp_path: Path) -> None:
    """None of them within another's call."""

    async def talk(here: World, port: int) -> None:
        async with connected(port) as client:
            wrong = b"POST /webhooks/x/y HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n"
            client.send(request("first") + wrong * 1_500)
            assert await client.statuses(1_501) == [200] + [404] * 1_500

    run(tmp_path, talk)


def test_nothing_is_taken_behind_the_last_request(tmp_path: Path) -> None:
    async def talk(here: World, port: int) -> None:
        async with connected(port) as client:
            client.send(request("last", more="connection: close\r\n") + request("behind"))
            status, head, _ = await client.answer()
            assert (status, "connection: close" in head, await client.ends()) == (200, True, b"")
        async with connected(port) as client:
            wrong = request("wrong", "/webhooks/generic/wrong", more="connection: close\r\n")
            client.send(wrong + request("behind"))
            assert (await client.answer())[0] == 404
            assert await client.ends() == b""
        async with connected(port) as client:
            client.send(request("old", more="connection: keep-alive\r\n").replace(b"HTTP/1.1", b"HTTP/1.0"))
            status, head, _ = await client.answer()
            assert (status, "connection: close" in head) == (200, True)
            assert await client.ends() == b""
        assert titles(here) == {"disk last", "disk old"}

    run(tmp_path, talk)


def test_a_sender_that_asks_first_is_asked_for_its_body(tmp_path: Path) -> None:
    async def talk(here: World, port: int) -> None:
        head, _, body = request("asked", more="expect: 100-continue\r\n").partition(b"\r\n\r\n")
        async with connected(port) as client:
            client.send(head + b"\r\n\r\n")
            assert await client.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
            client.send(body)
            assert await client.statuses(1) == [200]
        async with connected(port) as client:
            client.send(head.replace(SECRET.encode(), b"wrong") + b"\r\n\r\n")
            assert (await client.answer())[0] == 404
            assert await client.ends() == b""

    run(tmp_path, talk)


def test_a_connection_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    async def talk(here: World, port: int) -> None:
        async with connected(port) as client:
            client.send(request("half")[:-5])
            await asyncio.sleep(0.05)
        async with connected(port) as client:
            client.send(request("whole"))
            assert await client.statuses(1) == [200]
        assert titles(here) == {"disk whole"}

    run(tmp_path, talk)


def test_what_was_whole_is_kept_though_nobody_waits_for_the_answer(tmp_path: Path) -> None:
    async def talk(here: World, port: int) -> None:
        stuck = Stuck()
        held = asyncio.create_task(here.writer.run(stuck))
        await asyncio.to_thread(stuck.entered.wait, 10)
        async with connected(port) as client:
            client.send(request("left alone"))
            while not here.writer.waiting:
                await asyncio.sleep(0.005)
        stuck.released.set()
        await held
        while not here.incidents():
            await asyncio.sleep(0.005)

    run(tmp_path, talk)


def test_a_sender_that_says_that_it_is_done_is_answered(tmp_path: Path) -> None:
    """Half of the connection is closed before the answer leaves."""

    async def talk(here: World, port: int) -> None:
        async with connected(port) as client:
            client.send(request("done"))
            client.writer.write_eof()
            status, head, _ = await client.answer()
            assert (status, "connection: close" in head, await client.ends()) == (200, True, b"")
        async with connected(port) as client:
            client.send(request("half")[:-5])
            client.writer.write_eof()
            assert await client.ends() == b""

    run(tmp_path, talk)


def test_too_large_a_body_is_read_and_refused_and_an_endless_one_cut(tmp_path: Path) -> None:
    async def talk(here: World, port: int) -> None:
        async with connected(port) as client:
            client.send(request("large", size=300_000))
            status, head, body = await client.answer()
            assert (status, "connection: close" in head, await client.ends()) == (413, True, b"")
            assert "larger than 262144 bytes" in json.loads(body)["error"]
        for path, limit, refusal in ((WEBHOOK, 262_144, 413), ("/webhooks/generic/wrong", 0, 404)):
            async with connected(port) as client:
                head = f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 900000000\r\n\r\n"
                client.send(head.encode() + b"x" * (limit + DRAINED + 1))
                assert await client.statuses(1) == [refusal]
                assert await client.ends() == b""

    run(tmp_path, talk)


@pytest.mark.parametrize("path", [WEBHOOK, "/webhooks/generic/wrong"])
def test_a_body_that_drips_is_cut_off(tmp_path: Path, path: str) -> None:
    """A byte now and then buys no time."""

    async def talk(here: World, port: int) -> None:
        async with connected(port) as client:
            client.send(request("drip", path)[:-30])
            began = asyncio.get_running_loop().time()
            answer = asyncio.create_task(client.answer())
            while not answer.done():
                client.send(b"x")
                await asyncio.sleep(0.05)
            assert answer.result()[0] == 408
            assert asyncio.get_running_loop().time() - began < 1.4

    run(tmp_path, talk)


def test_an_idle_connection_ends_and_one_that_waits_for_the_store_does_not(tmp_path: Path) -> None:
    async def talk(here: World, port: int) -> None:
        async with connected(port) as client:
            client.send(request("first"))
            assert await client.statuses(1) == [200]
            stuck = Stuck()
            held = asyncio.create_task(here.writer.run(stuck))
            client.send(request("second"))
            await asyncio.sleep(KEPT_SECONDS + 0.5)
            stuck.released.set()
            await held
            assert await client.statuses(1) == [200]
            began = asyncio.get_running_loop().time()
            assert await client.ends() == b""
            assert asyncio.get_running_loop().time() - began < KEPT_SECONDS + 1
        async with connected(port) as client:
            client.send(request("first") + b"\r\n")
            assert await client.statuses(1) == [200]
            assert await client.ends() == b""

    run(tmp_path, talk)


def test_what_is_no_http_is_told_so_after_the_answers_before_it(tmp_path: Path) -> None:
    async def talk(here: World, port: int) -> None:
        async with connected(port) as client:
            client.send(request("good") + b"\x00garbage\r\n\r\n")
            status, head, _ = await client.answer()
            assert (status, "connection: close" in head, await client.ends()) == (200, True, b"")
        async with connected(port) as client:
            head = f"POST {WEBHOOK} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n".encode()
            client.send(request("before") + head + b"no length\r\n")
            assert await client.statuses(2) == [200, 400]
            assert await client.ends() == b""

    run(tmp_path, talk)


def test_a_header_is_not_blamed_for_the_body_before_it(tmp_path: Path) -> None:
    async def talk(here: World, port: int) -> None:
        async with connected(port) as client:
            following = request("following")
            client.send(request("large", size=200_000) + following[:20])
            assert await client.statuses(1) == [200]
            client.send(following[20:])
            assert await client.statuses(1) == [200]

    run(tmp_path, talk)


def test_half_a_header_behind_a_webhook_gets_its_time_and_no_more(tmp_path: Path) -> None:
    async def talk(here: World, port: int) -> None:
        async with connected(port) as client:
            client.send(request("first") + request("half")[:20])
            assert await client.statuses(2) == [200, 408]
            assert await client.ends() == b""

    run(tmp_path, talk)


def test_who_does_not_take_the_answers_is_not_read_and_left(tmp_path: Path) -> None:
    wrong = b"POST /webhooks/x/y HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n"
    number = 60_000

    async def talk(here: World, port: int) -> None:
        loop = asyncio.get_running_loop()
        with socket.socket() as client:
            for buffer in (socket.SO_SNDBUF, socket.SO_RCVBUF):
                client.setsockopt(socket.SOL_SOCKET, buffer, 8_192)
            client.connect(("127.0.0.1", port))
            client.setblocking(False)
            with pytest.raises(ConnectionError):
                await loop.sock_sendall(client, wrong * number)

    run(tmp_path, talk)


def test_a_header_gets_its_whole_time_however_long_its_connection_was_idle(tmp_path: Path) -> None:
    async def talk(here: World, port: int) -> None:
        async with connected(port) as client:
            client.send(request("first"))
            assert await client.statuses(1) == [200]
            await asyncio.sleep(0.6 * KEPT_SECONDS)
            client.send(request("half")[:20])
            assert await client.statuses(1) == [408]

    run(tmp_path, talk)


def test_a_fault_is_a_500_and_is_logged(tmp_path: Path) -> None:
    async def talk(here: World, port: int) -> None:
        with capture_logs() as logs:
            async with connected(port) as client:
                client.send(request("fault", f"/webhooks/faulty/{SECRET}"))
                assert (await client.answer())[::2] == (500, b"Internal Server Error")
                assert await client.ends() == b""
        [said] = [line for line in logs if line["event"] == "a webhook failed"]
        assert isinstance(said["exc_info"], RuntimeError)

    run(tmp_path, talk)
