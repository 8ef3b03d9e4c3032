"""The far end of Slack and Discord: records every message with its time, and fails as it is told."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from time import time

_MARKER = re.compile(r"incident \\*#([0-9a-f]{8}) · update (\d+)( · may have been sent before)?")


class Mood(Enum):
    """How it answers."""

    WELL = "takes messages"
    CLOSES = "takes the message, closes without an answer"
    HANGS = "takes the message, never answers"
    THROTTLES = "refuses with 429, Retry-After: 1"
    FAILS = "refuses with 500"


@dataclass(frozen=True)
class Said:
    """One message that arrived: of which incident and change, and whether it calls itself a possible repeat.

    ``aloud``: not an edit of a message that is there. ``answered``: whether the sender was told that it arrived.
    """

    at: float
    channel: str
    incident: str
    update: int
    repeated: bool
    aloud: bool
    answered: bool


@dataclass
class FarEnd:
    """One listening socket for both services; ``/slack`` and ``/discord`` tell them apart."""

    said: list[Said] = field(default_factory=list)
    mood: Mood = Mood.WELL
    troubled: int = 0
    """How many requests it still treats as its mood says; then it is well again."""
    port: int = 0
    # Called with the port of a sender whose message has just been taken, or answered.
    taken: Callable[[int], None] | None = None
    answered: Callable[[int], None] | None = None
    _server: asyncio.Server | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _number: int = 0
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self) -> None:
        """Listen; again on the same port after a death."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port, reuse_address=True)
        self.port = self._server.sockets[0].getsockname()[1]

    async def die(self) -> None:
        """Break every connection and listen no more."""
        if self._server is not None:
            self._server.close()
            self._over.set()
            self._over = asyncio.Event()
            for writer in list(self._open):
                writer.transport.abort()
            await self._server.wait_closed()
            self._server = None

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        with suppress(OSError, asyncio.IncompleteReadError):
            while await self._exchange(reader, writer):
                pass
        self._open.discard(writer)
        writer.transport.abort()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Serve one request; return whether the connection goes on."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, path, _ = head.split(" ", 2)
        length = re.search(r"(?i)content-length: (\d+)", head)
        body = await reader.readexactly(int(length[1]) if length else 0)
        mood = self._mood()
        if mood in (Mood.THROTTLES, Mood.FAILS):
            status = "429 Slow" if mood is Mood.THROTTLES else "500 Broken"
            writer.write(f"HTTP/1.1 {status}\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n".encode())
            return True
        self._record(method, path, body, answered=mood is Mood.WELL)
        peer = writer.get_extra_info("peername")[1]
        if self.taken is not None:
            self.taken(peer)
        if mood is Mood.CLOSES:
            return False
        if mood is Mood.HANGS:
            await self._over.wait()
            return False
        writer.write(self._answer(path))
        if self.answered is not None:
            self.answered(peer)
        await writer.drain()
        return True

    def _mood(self) -> Mood:
        if self.troubled <= 0:
            return Mood.WELL
        self.troubled -= 1
        return self.mood

    def _record(self, method: str, path: str, body: bytes, *, answered: bool) -> None:
        text = json.dumps(json.loads(body), ensure_ascii=False)
        found = _MARKER.search(text)
        if found is None:
            raise AssertionError(f"a message without its number: {text}")
        channel = "slack" if path.startswith("/slack") else "discord"
        self.said.append(
            Said(time(), channel, found[1], int(found[2]), bool(found[3]), method == "POST", answered)
        )

    def _answer(self, path: str) -> bytes:
        self._number += 1
        body = "ok" if path.startswith("/slack") else json.dumps({"id": str(self._number)})
        return f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode()


@asynccontextmanager
async def far_end() -> AsyncIterator[FarEnd]:
    """Listen on a free port until the end of the block."""
    end = FarEnd()
    await end.start()
    try:
        yield end
    finally:
        await end.die()


def kill_owner(port: int, among: list[int], number: signal.Signals = signal.SIGKILL) -> int | None:
    """Signal the process that holds the local TCP port; return its id, None where none of ``among`` does."""
    inode = _inode(port)
    for pid in among:
        if inode and inode in _sockets(pid):
            os.kill(pid, number)
            return pid
    return None


def _inode(port: int) -> str:
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if int(fields[1].rpartition(":")[2], 16) == port and fields[9] != "0":
            return fields[9]
    return ""


def _sockets(pid: int) -> set[str]:
    found = set()
    with suppress(OSError):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                target = os.readlink(link)
                if target.startswith("socket:["):
                    found.add(target[8:-1])
    return found
