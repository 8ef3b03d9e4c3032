"""The little of ASGI that the edge needs: a request's body, bounded in size and time, and an answer.

Specification: https://asgi.readthedocs.io/en/latest/specs/www.html
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

# A sender that needs longer than this for a body is stuck or hostile.
BODY_SECONDS = 10.0
# After that, what has come in already is still read: where the process itself did not run meanwhile (stopped, a machine that
# stands still), the timer comes first, and a 408 would blame the sender, who may give up on it.
GRACE_SECONDS = 0.25
# What is read and thrown away of a body that is too large.
DRAINED = 4_194_304


class Refused(Exception):
    """A request that is answered with an error: its status, what to tell the sender, and headers beside."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}


class Gone(Exception):
    """The client went away before its request was complete."""


@dataclass(frozen=True, slots=True)
class Response:
    """What is answered."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


def json_response(status: int, value: object, headers: Mapping[str, str] | None = None) -> Response:
    """Return a JSON answer."""
    return Response(status, json.dumps(value).encode() + b"\n", headers=headers or {})


# What is told where more comes in than can be taken.
BUSY = json_response(
    503, {"error": "more comes in than can be stored now; send it again"}, {"retry-after": "2"}
)


async def read_body(receive: Receive, limit: int, seconds: float = BODY_SECONDS) -> bytes:
    """Return the whole body, or raise ``Refused`` when it is larger than ``limit`` or too slow, ``Gone`` when it breaks off."""
    loop = asyncio.get_running_loop()
    time = asyncio.timeout(None)
    last = loop.call_later(seconds, lambda: time.reschedule(loop.time() + GRACE_SECONDS))
    try:
        async with time:
            return await _read(receive, limit)
    except TimeoutError as cause:
        raise Refused(408, f"the body took longer than {seconds:g} s") from cause
    finally:
        last.cancel()


def headers(scope: Scope) -> dict[str, str]:
    """Return the request's headers, lower-case names; of repeated ones the last."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def fields(response: Response) -> list[tuple[str, str]]:
    """Return the header of an answer, by lower-case names."""
    return [
        ("content-type", response.content_type),
        ("content-length", str(len(response.body))),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        *response.headers.items(),
    ]


async def answer(send: Send, response: Response) -> None:
    """Send an answer."""
    pairs = [(name.encode(), value.encode()) for name, value in fields(response)]
    await send({"type": "http.response.start", "status": response.status, "headers": pairs})
    await send({"type": "http.response.body", "body": response.body})


def replayed(body: bytes) -> Receive:
    """Return a ``receive`` that gives an application the body that was read already."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    return receive


async def _read(receive: Receive, limit: int) -> bytes:
    body = bytearray()
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        size += len(message.get("body", b""))
        if size <= limit:
            body += message.get("body", b"")
        complete = not message.get("more_body", False)
        # Of a body that is too large some is read on and thrown away: a connection that is closed under its sender's
        # hands loses the answer that says why.
        if size > limit and (complete or size > limit + DRAINED):
            raise Refused(413, f"the body is larger than {limit} bytes; send less at once")
        if complete:
            return bytes(body)
