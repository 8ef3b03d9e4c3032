"""Connections kept for the next request to the same place, and an exchange over one of them."""

from __future__ import annotations

import asyncio
import ssl
from datetime import timedelta
from time import monotonic

from relay.exchange.address import Place, written
from relay.exchange.connecting import connected, unreachable
from relay.exchange.connection import Connection
from relay.exchange.terms import Answer, ExchangeError, Obstacle, Request, Trouble

CONNECT = timedelta(seconds=3)
# A hung far end holds its connection until the deadline: with fewer of them, hung ones would keep the others waiting.
CONNECTIONS = 500
# Idle ones that are kept. A read may go over an old one, as it can be repeated when that turns out to be closed; a
# message, which can't, goes over a fresh one.
KEPT = 5
KEPT_SECONDS = 90.0
FRESH_SECONDS = 5.0


class Exchange:
    """A connection pool of its own; close it when done."""

    def __init__(self, *, verify: ssl.SSLContext | None = None) -> None:
        self._verify = verify or ssl.create_default_context()
        self._places: dict[Connection, Place] = {}
        self._idle: list[Connection] = []
        self._free = asyncio.Semaphore(CONNECTIONS)

    async def send(self, request: Request) -> Answer:
        """Return the answer, or raise ``ExchangeError``."""
        began = monotonic()
        until = began + request.deadline.total_seconds()
        where, wire = written(request)
        await self._turn(until)
        try:
            kept = self._kept(where, request)
            if kept is not None:
                try:
                    return await self._asked(kept, wire, request, began)
                except ExchangeError as error:
                    if (
                        error.trouble is not Trouble.BROKEN
                        or not kept.is_untouched
                        or request.method != "GET"
                    ):
                        raise
            seconds = min(CONNECT.total_seconds(), until - monotonic())
            made = await connected(where, self._verify, lambda: Connection(self._ended), seconds)
            self._places[made] = where
            return await self._asked(made, wire, request, began)
        finally:
            self._free.release()

    async def close(self) -> None:
        """Close the connections."""
        for connection in list(self._places):
            connection.abort()
        self._idle.clear()
        # The transports report their end in the next turn of the loop.
        await asyncio.sleep(0)

    async def _turn(self, until: float) -> None:
        """Take a turn among the connections, and wait for it until then."""
        if not self._free.locked():
            await self._free.acquire()
            return
        try:
            async with asyncio.timeout(until - monotonic()):
                await self._free.acquire()
        except TimeoutError:
            raise unreachable(Obstacle.EXHAUSTED) from None

    async def _asked(self, connection: Connection, wire: bytes, request: Request, began: float) -> Answer:
        left = began + request.deadline.total_seconds() - monotonic()
        received = await connection.ask(wire, request, left)
        self._keep(connection)
        body = bytes(received.body[: request.cap])
        return Answer(received.status, received.headers, body, timedelta(seconds=monotonic() - began))

    def _kept(self, where: Place, request: Request) -> Connection | None:
        oldest = monotonic() - (KEPT_SECONDS if request.method == "GET" else FRESH_SECONDS)
        for connection in reversed(self._idle):
            if self._places.get(connection) == where and connection.idle_since >= oldest:
                self._idle.remove(connection)
                return connection
        return None

    def _keep(self, connection: Connection) -> None:
        if not connection.is_reusable:
            return
        connection.idle_since = monotonic()
        self._idle.append(connection)
        if len(self._idle) > KEPT:
            self._idle.pop(0).abort()

    def _ended(self, connection: Connection) -> None:
        self._places.pop(connection, None)
        if connection in self._idle:
            self._idle.remove(connection)
