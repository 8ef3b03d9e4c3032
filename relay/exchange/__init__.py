"""One bounded HTTP exchange: a deadline and a byte cap over the whole of it, no redirects, no proxy, no cookies.

The only part of the relay that speaks HTTP to others. httpx composes the requests; the wire is our own, made of httptools
and the loop (docs/decisions/0007-own-wire.md). Its errors never hold a URL, and it logs nothing.
"""

from __future__ import annotations

from relay.exchange.pool import Exchange
from relay.exchange.terms import Answer, ExchangeError, Obstacle, Request, Trouble

__all__ = ["Answer", "Exchange", "ExchangeError", "Obstacle", "Request", "Trouble"]
