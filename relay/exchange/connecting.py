"""Connecting: each address of a name in turn, within one time for all, and why there was no connection."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable, Iterator
from time import monotonic

from relay.exchange.address import Place
from relay.exchange.connection import Connection
from relay.exchange.terms import ExchangeError, Obstacle, Trouble

# The relay's own trouble, not the far end's: no file descriptor, memory or local port is left.
_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL})


async def connected(
    where: Place, verify: ssl.SSLContext, made: Callable[[], Connection], seconds: float
) -> Connection:
    """Return a new connection, or raise ``ExchangeError``: nothing was sent."""
    try:
        async with asyncio.timeout(seconds):
            return await _tried(where, verify, made, monotonic() + seconds)
    except UnicodeError:  # A host name that can't be written in a name query.
        raise ExchangeError(Trouble.ADDRESS, sent=False) from None
    except OSError as cause:  # Among them TimeoutError.
        raise unreachable(_obstacle(cause)) from None


def unreachable(obstacle: Obstacle) -> ExchangeError:
    """Return the error for a far end to which there is no connection."""
    return ExchangeError(Trouble.UNREACHABLE, sent=False, obstacle=obstacle)


async def _tried(
    where: Place, verify: ssl.SSLContext, made: Callable[[], Connection], until: float
) -> Connection:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(where.host, where.port, type=socket.SOCK_STREAM)
    failure: OSError = OSError("no address")
    for place, (_, _, _, _, at) in enumerate(found):
        try:
            # One that never replies leaves time for the others.
            async with asyncio.timeout((until - monotonic()) / (len(found) - place)):
                _, connection = await loop.create_connection(
                    made,
                    str(at[0]),
                    int(at[1]),
                    ssl=verify if where.tls else None,
                    server_hostname=where.host if where.tls else None,
                )
                return connection
        except OSError as cause:
            failure = cause
    raise failure


def _obstacle(failure: OSError) -> Obstacle:
    for cause in _causes(failure):
        match cause:
            case socket.gaierror():
                return Obstacle.NAME
            case ssl.SSLError():
                return Obstacle.TLS
            case TimeoutError():
                return Obstacle.SILENT
            case ConnectionRefusedError():
                return Obstacle.REFUSED
            case OSError(errno=number) if number in _EXHAUSTED:
                return Obstacle.EXHAUSTED
    return Obstacle.ROUTE


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
