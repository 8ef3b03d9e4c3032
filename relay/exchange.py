"""One bounded HTTP exchange: a deadline and a byte cap over the whole of it, no redirects, no proxy.

The only module that knows the HTTP client, so that another one is one module's work. Its errors never hold a URL.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from time import monotonic

import httpx

CONNECT = timedelta(seconds=3)


class Trouble(StrEnum):
    """What went wrong on the way."""

    UNREACHABLE = "no connection"
    TIMEOUT = "no complete answer in time"
    BROKEN = "the connection broke"
    TOO_LARGE = "the answer is too large"
    UNREADABLE = "the answer is no HTTP"
    ADDRESS = "the address can't be used"


class ExchangeError(Exception):
    """An exchange that brought no answer. ``sent`` says whether the far end may have received the request."""

    def __init__(self, trouble: Trouble, *, sent: bool) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble
        self.sent = sent


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent. ``cap`` bounds the answer's body in bytes; ``deadline`` the whole exchange."""

    method: str
    url: str
    deadline: timedelta
    headers: Mapping[str, str]
    content: bytes | None = None
    cap: int = 65_536


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status. Header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    took: timedelta


class Exchange:
    """A connection pool of its own; close it when done."""

    def __init__(self, *, verify: ssl.SSLContext | None = None) -> None:
        self._client = httpx.AsyncClient(
            verify=verify or ssl.create_default_context(),
            trust_env=False,
            follow_redirects=False,
            headers={"accept-encoding": "identity"},
            limits=httpx.Limits(max_connections=20, max_keepalive_connections=5),
        )

    async def send(self, request: Request) -> Answer:
        """Return the answer, or raise ``ExchangeError``."""
        # httpx's own timeout is per read: a dripping server outlives it. This one is over all.
        try:
            async with asyncio.timeout(request.deadline.total_seconds()):
                return await self._exchange(request)
        except TimeoutError as cause:
            raise ExchangeError(Trouble.TIMEOUT, sent=True) from cause

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _exchange(self, request: Request) -> Answer:
        began = monotonic()
        connect = min(CONNECT, request.deadline).total_seconds()
        try:
            async with self._client.stream(
                request.method,
                request.url,
                headers=dict(request.headers),
                content=request.content,
                timeout=httpx.Timeout(request.deadline.total_seconds(), connect=connect),
            ) as response:
                body = await _bounded(response, request.cap)
                headers = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status_code, headers, body, timedelta(seconds=monotonic() - began))
        except httpx.HTTPError as cause:
            raise _error(cause) from None
        except (httpx.InvalidURL, ValueError, UnicodeError):
            raise ExchangeError(Trouble.ADDRESS, sent=False) from None


async def _bounded(response: httpx.Response, cap: int) -> bytes:
    # Only what was asked for: a compressed answer could be small on the wire and huge in memory.
    if response.headers.get("content-encoding", "identity") != "identity":
        raise ExchangeError(Trouble.UNREADABLE, sent=True)
    body = bytearray()
    async for chunk in response.aiter_raw(16_384):
        body += chunk
        if len(body) > cap:
            raise ExchangeError(Trouble.TOO_LARGE, sent=True)
    return bytes(body)


def _error(cause: httpx.HTTPError) -> ExchangeError:
    match cause:
        case httpx.ConnectError() | httpx.ConnectTimeout() | httpx.PoolTimeout():
            return ExchangeError(Trouble.UNREACHABLE, sent=False)
        case httpx.TimeoutException():
            return ExchangeError(Trouble.TIMEOUT, sent=True)
        case httpx.UnsupportedProtocol():
            return ExchangeError(Trouble.ADDRESS, sent=False)
        case httpx.DecodingError() | httpx.RemoteProtocolError():
            return ExchangeError(Trouble.UNREADABLE, sent=True)
        case _:
            return ExchangeError(Trouble.BROKEN, sent=True)
