"""A far end of a few lines on a real socket: it plays one prepared answer a request, the last one again and again."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol, Self

from relay.channels import Channel
from relay.core.delivery import DeliveryError, RemoteRef, Sent
from relay.core.model import Notification
from relay.exchange import Exchange

Play = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Seen:
    """One request as it arrived: its JSON, of anything else the bytes."""

    method: str
    target: str
    headers: dict[str, str]
    body: Any


def answer(status: int, body: str | dict[str, Any] = "", **headers: str) -> Play:
    """Answer at once; ``retry_after="3"`` is the header Retry-After."""
    raw = (body if isinstance(body, str) else json.dumps(body)).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in {"content-length": str(len(raw)), **named}.items()]
    head = "\r\n".join([f"HTTP/1.1 {status} Any", "connection: close", *lines, "", ""]).encode()

    async def play(writer: asyncio.StreamWriter) -> None:
        writer.write(head + raw)
        await writer.drain()

    return play


def raw(written: bytes) -> Play:
    """Answer with these very bytes."""

    async def play(writer: asyncio.StreamWriter) -> None:
        writer.write(written)
        await writer.drain()

    return play


async def hang(_writer: asyncio.StreamWriter) -> None:
    """Take the request and say nothing."""
    await asyncio.sleep(60)


async def drip(writer: asyncio.StreamWriter) -> None:
    """Answer a byte at a time, each well within any timeout that is only for one read."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
    for _ in range(1000):
        writer.write(b"o")
        await writer.drain()
        await asyncio.sleep(0.05)


async def reset(writer: asyncio.StreamWriter) -> None:
    """Break the connection after the request was read."""
    writer.transport.abort()


@dataclass
class FarEnd:
    """Serves the plays in their order; ``seen`` keeps what arrived."""

    plays: tuple[Play, ...]
    seen: list[Seen] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        self._tasks: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {
                name.lower(): value for name, value in (line.split(": ", 1) for line in head[1:] if line)
            }
            body = await reader.readexactly(int(headers["content-length"]))
            method, target, _ = head[0].split(" ", 2)
            play = self.plays[min(len(self.seen), len(self.plays) - 1)]
            is_json = headers.get("content-type", "application/json").startswith("application/json")
            self.seen.append(Seen(method, target, headers, json.loads(body) if is_json else body))
            await play(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


class Settings(Protocol):
    """What every channel's settings can do."""

    def build(self, name: str, exchange: Exchange) -> Channel:
        """Return the channel."""
        ...


@dataclass(frozen=True)
class Told:
    """How a send ended, and what the far end saw of it."""

    outcome: Sent | DeliveryError
    seen: list[Seen]

    @property
    def error(self) -> DeliveryError:
        """The error that it ended in."""
        assert isinstance(self.outcome, DeliveryError), self.outcome
        return self.outcome

    @property
    def sent(self) -> Sent:
        """The success that it ended in."""
        assert isinstance(self.outcome, Sent), repr(self.outcome)
        return self.outcome


def tell(
    settings: Callable[[str], Settings],
    notification: Notification,
    *plays: Play,
    previous: Callable[[Channel], RemoteRef | None] = lambda _: None,
    deadline: float = 5,
) -> Told:
    """Send ``notification`` by the channel that ``settings`` makes for the far end's address."""

    async def told() -> Told:
        async with FarEnd(plays) as far_end:
            exchange = Exchange()
            channel = settings(far_end.url).build("chat", exchange)
            try:
                sent = await channel.send(notification, previous(channel), timedelta(seconds=deadline))
                return Told(sent, far_end.seen)
            except DeliveryError as error:
                return Told(error, far_end.seen)
            finally:
                await exchange.close()

    return asyncio.run(told())
