"""One page of a source: its body, or a reason that never holds an address."""

from __future__ import annotations

from datetime import timedelta

from relay.core.text import Quantity, Text, text
from relay.exchange import Exchange, ExchangeError, Obstacle, Request, Trouble


class PageError(Exception):
    """A page that could not be had. ``reason`` is fit for an incident."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.key)
        self.reason = reason


async def fetch(exchange: Exchange, request: Request) -> bytes:
    """Return the body of an answer with status 200, or raise ``PageError``."""
    try:
        answer = await exchange.send(request)
    except ExchangeError as error:
        raise PageError(reason(error, request.deadline, request.cap)) from None
    if answer.status != 200:
        raise PageError(text("nodata.status", status=answer.status))
    return answer.body


def reason(error: ExchangeError, deadline: timedelta, cap: int) -> Text:
    """Return what a failed exchange means for whoever waits for its data."""
    match error.trouble:
        case Trouble.TIMEOUT:
            return text("nodata.timeout", limit=Quantity(deadline.total_seconds(), "s"))
        case Trouble.TOO_LARGE:
            return text("nodata.too_large", limit=Quantity(cap, "bytes"))
        case Trouble.UNREADABLE:
            return text("nodata.unreadable", why=text("nodata.why.http"))
        case Trouble.ADDRESS:
            return text("nodata.fault", why=text("nodata.why.address"))
        case Trouble.UNREACHABLE:
            return text(
                "nodata.unreachable", why=text(f"nodata.why.{_WHY[error.obstacle or Obstacle.ROUTE]}")
            )
        case Trouble.BROKEN:
            return text("nodata.unreachable", why=text("nodata.why.broken"))


_WHY = {
    Obstacle.REFUSED: "refused",
    Obstacle.NAME: "name",
    Obstacle.TLS: "tls",
    Obstacle.SILENT: "silent",
    Obstacle.ROUTE: "route",
    Obstacle.EXHAUSTED: "exhausted",
}
