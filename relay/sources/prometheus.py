"""A page in the Prometheus text format."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import Field

from relay.core.model import NoData, Readings
from relay.core.targets import Target
from relay.core.text import text
from relay.exchange import Exchange, Request
from relay.sources.address import Address
from relay.sources.exposition import ExpositionError, holds_samples, parse
from relay.sources.page import PageError, fetch
from relay.sources.source import Source

ACCEPT = "text/plain;version=0.0.4;q=1,text/plain;q=0.5"


class Settings(Address):
    """A target that serves metrics in the Prometheus text format."""

    source: Literal["prometheus"]
    cap: int = Field(4 * 1024**2, gt=0, le=64 * 1024**2, description="largest page in bytes")

    def build(self, exchange: Exchange) -> Source:
        """Return the source that these settings describe."""
        return Prometheus(self, exchange)


@dataclass(frozen=True, slots=True)
class Prometheus:
    """Reads the target's own names from its page."""

    settings: Settings
    exchange: Exchange

    async def read(self, target: Target, at: datetime) -> Readings | NoData:
        """Return the readings of ``target.names`` that the page holds."""
        headers = self.settings.headers(ACCEPT)
        request = Request("GET", self.settings.url, target.deadline, headers, cap=self.settings.cap)
        try:
            page = await fetch(self.exchange, request)
            readings = parse(page, target.names)
        except PageError as error:
            return NoData(at, error.reason)
        except ExpositionError as error:
            return NoData(at, text("nodata.unreadable", why=error.reason))
        if not readings and not holds_samples(page):
            return NoData(at, text("nodata.unreadable", why=text("nodata.why.samples")))
        return Readings(at, tuple(readings))
