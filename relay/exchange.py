"""One bounded HTTP exchange: a deadline and a byte cap over the whole of it, no redirects, no proxy, no cookies.

The only module that knows the HTTP client, so that another one is one module's work. Its errors never hold a URL.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import ssl
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from time import monotonic

import httpx

CONNECT = timedelta(seconds=3)
# The parts below log every address at DEBUG, and addresses hold secrets. A filter holds whatever level is configured.
for _name in ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.proxy"):
    logging.getLogger(_name).addFilter(lambda record: record.levelno >= logging.WARNING)
# A hung far end holds its connection until the deadline: with fewer of them, hung ones would keep the others waiting.
CONNECTIONS = 500
# The relay's own trouble, not the far end's: no file descriptor, memory or local port is left.
_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL})
_HEADERS = {"accept": "*/*", "accept-encoding": "identity", "user-agent": "gameshelf-relay"}


class Trouble(StrEnum):
    """What went wrong on the way."""

    UNREACHABLE = "no connection"
    TIMEOUT = "no complete answer in time"
    BROKEN = "the connection broke"
    TOO_LARGE = "the answer is too large"
    UNREADABLE = "the answer is no HTTP"
    ADDRESS = "the address can't be used"


class Obstacle(StrEnum):
    """Why there was no connection. ``EXHAUSTED`` is the relay's own trouble."""

    REFUSED = "refused"
    NAME = "unknown name"
    TLS = "no trusted TLS"
    SILENT = "no reply"
    ROUTE = "no way there"
    EXHAUSTED = "no connection left"


class ExchangeError(Exception):
    """An exchange that brought no answer. ``sent`` says whether the far end may have received the request.

    ``obstacle`` says why there was no connection, where ``trouble`` is ``UNREACHABLE``.
    """

    def __init__(self, trouble: Trouble, *, sent: bool, obstacle: Obstacle | None = None) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble
        self.sent = sent
        self.obstacle = obstacle


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent. ``cap`` bounds the answer's body in bytes; ``deadline`` the whole exchange.

    ``partial``: a body over the cap is cut there and one in any encoding is taken as it is, instead of being refused.
    """

    method: str
    url: str
    deadline: timedelta
    headers: Mapping[str, str]
    content: bytes | None = None
    cap: int = 65_536
    partial: bool = False


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
        # The transport alone: the client around it keeps cookies, follows up redirects and logs addresses.
        self._transport = httpx.AsyncHTTPTransport(
            verify=verify or ssl.create_default_context(),
            trust_env=False,
            limits=httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=5, keepalive_expiry=5),
        )

    async def send(self, request: Request) -> Answer:
        """Return the answer, or raise ``ExchangeError``."""
        prepared = _prepared(request)
        # httpx's own timeout is per read: a dripping server outlives it. This one is over all.
        try:
            async with asyncio.timeout(request.deadline.total_seconds()):
                return await self._exchange(request, prepared)
        except TimeoutError as cause:
            raise ExchangeError(Trouble.TIMEOUT, sent=True) from cause

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    async def _exchange(self, request: Request, prepared: httpx.Request) -> Answer:
        began = monotonic()
        try:
            response = await self._transport.handle_async_request(prepared)
            try:
                body = await _bounded(response, request)
            finally:
                await response.aclose()
        except httpx.HTTPError as cause:
            raise _error(cause) from None
        except UnicodeError:  # A host name that can't be written in a name query.
            raise ExchangeError(Trouble.ADDRESS, sent=False) from None
        # Below httpx: TLS records that break in mid-stream.
        except OSError as cause:
            raise ExchangeError(Trouble.BROKEN, sent=True) from cause
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, body, timedelta(seconds=monotonic() - began))


def _prepared(request: Request) -> httpx.Request:
    deadline = request.deadline.total_seconds()
    try:
        url = httpx.URL(request.url)
        headers = httpx.Headers({**_HEADERS, **_user(url)})
        headers.update(request.headers)
        prepared = httpx.Request(request.method, url, headers=headers, content=request.content)
    except (httpx.InvalidURL, ValueError):
        raise ExchangeError(Trouble.ADDRESS, sent=False) from None
    if url.scheme not in ("http", "https") or not url.host or not (url.port is None or 0 < url.port < 65_536):
        raise ExchangeError(Trouble.ADDRESS, sent=False)
    timeout = httpx.Timeout(deadline, connect=min(CONNECT.total_seconds(), deadline))
    prepared.extensions["timeout"] = timeout.as_dict()
    return prepared


def _user(url: httpx.URL) -> Mapping[str, str]:
    if not url.username and not url.password:
        return {}
    return {"authorization": "Basic " + b64encode(f"{url.username}:{url.password}".encode()).decode()}


async def _bounded(response: httpx.Response, request: Request) -> bytes:
    # Only what was asked for: a compressed answer could be small on the wire and huge in memory.
    if not request.partial and response.headers.get("content-encoding", "identity").lower() != "identity":
        raise ExchangeError(Trouble.UNREADABLE, sent=True)
    body = bytearray()
    parts = 0
    async for part in response.aiter_raw():
        body += part
        parts += 1
        if len(body) > request.cap:
            if request.partial:
                break
            raise ExchangeError(Trouble.TOO_LARGE, sent=True)
        if parts > 1_000 + len(body) / 8:  # Chunks of a byte or two cost a thousand times their size to read.
            raise ExchangeError(Trouble.UNREADABLE, sent=True)
    return bytes(body[: request.cap])


def _error(cause: httpx.HTTPError) -> ExchangeError:
    match cause:
        case httpx.ConnectError() | httpx.ConnectTimeout() | httpx.PoolTimeout():
            return ExchangeError(Trouble.UNREACHABLE, sent=False, obstacle=_obstacle(cause))
        case httpx.TimeoutException():
            return ExchangeError(Trouble.TIMEOUT, sent=True)
        case httpx.UnsupportedProtocol() | httpx.LocalProtocolError():
            return ExchangeError(Trouble.ADDRESS, sent=False)
        case httpx.RemoteProtocolError() if not _hung_up(cause):
            return ExchangeError(Trouble.UNREADABLE, sent=True)
        case _:
            return ExchangeError(Trouble.BROKEN, sent=True)


def _hung_up(cause: httpx.RemoteProtocolError) -> bool:
    """Whether the far end closed too early; httpx has one class for that and for an answer that is no HTTP."""
    return str(cause).startswith(("Server disconnected", "peer closed connection"))


def _obstacle(cause: httpx.HTTPError) -> Obstacle:
    match cause:
        case httpx.ConnectTimeout():
            return Obstacle.SILENT
        case httpx.PoolTimeout():
            return Obstacle.EXHAUSTED
    for origin in _origins(cause):
        match origin:
            case socket.gaierror():
                return Obstacle.NAME
            case ssl.SSLError():
                return Obstacle.TLS
            case ConnectionRefusedError():
                return Obstacle.REFUSED
            case OSError(errno=number) if number in _EXHAUSTED:
                return Obstacle.EXHAUSTED
    return Obstacle.ROUTE


def _origins(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            yield from error.exceptions
        error = error.__cause__ or error.__context__
