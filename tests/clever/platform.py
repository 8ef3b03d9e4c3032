"""A stand-in for the platform on a real socket: answers by path, and keeps what it was asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from tests.far_end import far_end

ORGANISATION = "orga_3f1c0b7e-5a52-4d4a-9b3e-2c7d8f0a1b11"
APP = "app_7c2e9d04-1b66-4f0e-8a35-5d1f0c9b2a22"
OTHER = "app_00000000-1b66-4f0e-8a35-5d1f0c9b2a23"
# A secret is long and looks like nothing else, so that a search for it finds every leak.
TOKEN = "t0ken-that-must-never-be-shown-4242"


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes


Said = tuple[int, object] | tuple[int, object, Mapping[str, str]]


@dataclass
class Platform:
    """Answers by the end of the path, or what ``always`` says; what nobody set is a 404."""

    answers: dict[str, object] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    always: Said | None = None
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def said(self, path: str) -> Said:
        if self.always is not None:
            return self.always
        found = self.answers.get(path, self.answers.get(path.rpartition("/")[2]))
        if isinstance(found, Callable):  # type: ignore[arg-type]
            found = found(path)
        if isinstance(found, tuple):
            return found  # type: ignore[return-value]
        return (200, found) if found is not None else (404, {"id": 4004, "message": "no", "type": "error"})

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            method, target, _ = head[0].split(" ")
            headers = {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in head[1:-2]}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            where = urlsplit(target)
            query: dict[str, list[str]] = {}
            for name, value in parse_qsl(where.query):
                query.setdefault(name, []).append(value)
            self.asked.append(Asked(method, where.path, query, headers, body))
            status, said, *more = self.said(where.path)
            raw = said if isinstance(said, bytes) else json.dumps(said).encode()
            lines = [f"HTTP/1.1 {status} Said", f"content-length: {len(raw)}"]
            lines += [f"{name}: {value}" for name, value in (more[0] if more else {}).items()]
            writer.write("\r\n".join([*lines, "", ""]).encode() + raw)
            await writer.drain()


@asynccontextmanager
async def platform(**answers: object) -> AsyncIterator[Platform]:
    """Serve a platform."""
    made = Platform(dict(answers))
    async with far_end(made.answer) as port:
        made.port = port
        yield made
