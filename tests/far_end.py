"""A far end on a real socket that answers as a test says, also in ways that no HTTP server would."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
HEAD = b"HTTP/1.1 200 OK\r\n"


@asynccontextmanager
async def far_end(
    answering: Answering, tls: ssl.SSLContext | None = None, bound: socket.socket | None = None
) -> AsyncIterator[int]:
    """Serve on a free port of 127.0.0.1, or on a bound socket, and yield its port; at the end, every connection is dropped."""
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        # A test that ends cancels what still answers; a client that had enough breaks the connection.
        with suppress(OSError, asyncio.CancelledError, asyncio.IncompleteReadError):
            await answering(reader, writer)
        writer.transport.abort()

    if bound is None:
        bound = socket.create_server(("127.0.0.1", 0))
    server = await asyncio.start_server(connected, sock=bound, ssl=tls, limit=2**20)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


async def request_of(reader: asyncio.StreamReader) -> bytes:
    """Return the request's head."""
    return await reader.readuntil(b"\r\n\r\n")


def says(*parts: bytes, pause: float = 0) -> Answering:
    """Answer with these bytes, whatever they are, and close."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)
        writer.close()
        await writer.wait_closed()

    return answer


def page(body: bytes, status: int = 200, **headers: str) -> Answering:
    """Answer with a whole page."""
    named = {"content_length": str(len(body)), **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in named.items())
    return says(f"HTTP/1.1 {status} Told\r\n{lines}\r\n".encode() + body)


def dripping(head: bytes) -> Answering:
    """Begin with ``head``, then give one byte each 0.4 s: a timeout of each single read never comes."""
    return says(head, *[b"x"] * 100, pause=0.4)


def endless(head: bytes, part: bytes) -> Answering:
    """Begin with ``head``, then repeat ``part`` for ever."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        writer.write(head)
        while True:
            writer.write(part)
            await writer.drain()

    return answer


async def silent(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Accept and never answer."""
    await asyncio.sleep(60)


async def resetting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Break the connection by a reset, in the middle of the answer."""
    await request_of(reader)
    writer.write(HEAD + b"content-length: 100\r\n\r\nhalf")
    await writer.drain()
    own: socket.socket = writer.get_extra_info("socket")
    own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def closed_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
