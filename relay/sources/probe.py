"""An HTTP probe: whether an address answers as it should, and how fast.

The rule: whatever the far end does is a reading; only the relay's own trouble is no data.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from relay.core.model import NoData, Reading, Readings
from relay.core.targets import Target
from relay.core.text import text
from relay.exchange import Answer, Exchange, ExchangeError, Obstacle, Request, Trouble
from relay.sources.address import Address
from relay.sources.page import reason
from relay.sources.source import Source

Status = Annotated[int, Field(ge=100, le=599)]


class Settings(Address):
    """A target that is up when it answers as expected."""

    source: Literal["probe"]
    method: Literal["GET", "HEAD"] = Field("GET", description="how it is asked")
    expect_status: tuple[Status, ...] = Field(
        (200,), min_length=1, description="the statuses that count as up"
    )
    contains: str | None = Field(
        None, min_length=1, max_length=1_000, description="text that the body must contain to count as up"
    )
    cap: int = Field(1024**2, gt=0, le=64 * 1024**2, description="how much of the body is read, in bytes")

    @model_validator(mode="after")
    def _has_a_body(self) -> Self:
        if self.method == "HEAD" and self.contains is not None:
            raise ValueError("contains needs method GET: an answer to HEAD has no body")
        return self

    def build(self, exchange: Exchange) -> Source:
        """Return the source that these settings describe."""
        return Probe(self, exchange)


@dataclass(frozen=True, slots=True)
class Probe:
    """Gives ``up`` (0 or 1), ``body_match`` (with ``contains``) and, where an answer came, ``status`` and ``response_time``."""

    settings: Settings
    exchange: Exchange

    async def read(self, target: Target, at: datetime) -> Readings | NoData:
        """Ask once."""
        settings = self.settings
        request = Request(
            settings.method,
            settings.url,
            target.deadline,
            settings.headers("*/*"),
            cap=settings.cap,
            partial=True,
        )
        try:
            answer = await self.exchange.send(request)
        except ExchangeError as error:
            if error.trouble is Trouble.ADDRESS:
                return NoData(at, reason(error, request.deadline, request.cap))
            if error.obstacle is Obstacle.EXHAUSTED:
                return NoData(at, text("nodata.fault", why=text("nodata.why.exhausted")))
            return Readings(at, self._down(), excused=frozenset({"status", "response_time"}))
        return Readings(at, self._answered(answer))

    def _down(self) -> tuple[Reading, ...]:
        up = Reading("up", 0.0)
        return (up,) if self.settings.contains is None else (up, Reading("body_match", 0.0))

    def _answered(self, answer: Answer) -> tuple[Reading, ...]:
        matched = self._matches(answer.body)
        up = answer.status in self.settings.expect_status and matched is not False
        readings = (
            Reading("up", float(up)),
            Reading("status", float(answer.status)),
            Reading("response_time", answer.took.total_seconds()),
        )
        return readings if matched is None else (*readings, Reading("body_match", float(matched)))

    def _matches(self, body: bytes) -> bool | None:
        wanted = self.settings.contains
        if wanted is None:
            return None
        # By bytes: what a page says of its own encoding is often wrong.
        return any(_within(body, wanted, encoding) for encoding in ("utf-8", "cp1252"))


def _within(body: bytes, wanted: str, encoding: str) -> bool:
    try:
        return wanted.encode(encoding) in body
    except UnicodeEncodeError:
        return False
