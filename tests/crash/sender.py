"""Who sends, with as little work as possible: thousands of requests go through one process, beside dozens of far ends."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

# A request that takes longer than this is sent again.
SECONDS = 20.0

_Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Unanswered(Exception):
    """No whole answer came: what became of the request nobody knows."""


@dataclass
class Sender:
    """Posts over connections that it keeps, one for each port."""

    _kept: dict[int, _Pair] = field(default_factory=dict)

    async def post(self, port: int, path: str, value: object) -> tuple[int, Any]:
        """Return the status and the document that was answered; raise ``Unanswered``."""
        body = json.dumps(value).encode()
        head = f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
        try:
            async with asyncio.timeout(SECONDS):
                reader, writer = self._kept.pop(port, None) or await asyncio.open_connection(
                    "127.0.0.1", port
                )
                with _closed_by_a_fault(writer):
                    writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
                    status, answer, stays = await _answer(reader)
        except (OSError, EOFError, TimeoutError) as cause:
            raise Unanswered from cause
        if stays:
            self._kept[port] = reader, writer
        else:
            writer.close()
        return status, json.loads(answer or b"null")

    def close(self) -> None:
        """Close what is kept."""
        for _, writer in self._kept.values():
            writer.close()
        self._kept.clear()


@contextmanager
def _closed_by_a_fault(writer: asyncio.StreamWriter) -> Iterator[None]:
    try:
        yield
    except BaseException:
        writer.close()
        raise


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes, bool]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = re.search(r"content-length: (\d+)", head)
    body = await reader.readexactly(int(length[1]) if length else 0)
    return int(head.split(" ", 2)[1]), body, "connection: close" not in head
