"""The source ``clever-cloud``: what the platform measures of one application or add-on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from relay.clever import access_logs, stats, traffic, warp10
from relay.clever.client import LOGS, METRICS_STORE, SHAKY, STATS, TRAFFIC, Client, ClientError, Fault
from relay.clever.parts import Part
from relay.core.model import NoData, Reading, Readings, Shared
from relay.core.targets import Target
from relay.core.text import text

Figures = Literal["stats", "status-codes", "requests", "warp10", "access-logs"]
DEFAULT: tuple[Figures, ...] = ("stats", "status-codes", "requests", "warp10")
# After so many reads in a row without data the incident of what is shared is open.
BLIND = 3
# Of an add-on the platform knows no traffic.
OF_ADDONS: frozenset[str] = frozenset({"stats", "warp10"})


class Settings(BaseModel):
    """An application or an add-on on Clever Cloud, as the platform measures it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    source: Literal["clever-cloud"]
    # Ids go into paths and scripts.
    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,128}$")] = Field(
        description="id of the application (`app_…`), or the real id of the add-on (`postgresql_…`, not `addon_…`)"
    )
    account: str | None = Field(
        None, max_length=64, description="name of its account under `clever_cloud`; default: the only one"
    )
    span: timedelta = Field(
        timedelta(minutes=2),
        ge=timedelta(minutes=1),
        le=timedelta(hours=1),
        description="over how long the platform averages each value",
    )
    figures: tuple[Figures, ...] = Field(
        DEFAULT,
        min_length=1,
        description="what is read: `stats` (CPU, memory, load), `status-codes` (error rate of each hour), `requests`"
        " (volume), `warp10` (disk and network), `access-logs` (response time and error rate of each minute; a request more a"
        " minute); of add-ons only `stats` and `warp10`",
    )

    @property
    def reads(self) -> tuple[Figures, ...]:
        """The figures that there are of this resource."""
        if self.id.startswith("app_"):
            return self.figures
        return tuple(figure for figure in self.figures if figure in OF_ADDONS)

    def build(self, client: Client) -> CleverCloud:
        """Return the source."""
        return CleverCloud(self, client)


class CleverCloud:
    """Reads one resource."""

    def __init__(self, settings: Settings, client: Client) -> None:
        self._id = settings.id
        self._client = client
        made = {
            "stats": Part(
                STATS,
                timedelta(0),
                frozenset(stats.KINDS),
                lambda at: stats.read(client, settings.id, at, settings.span),
                is_first=True,
            ),
            "status-codes": Part(
                TRAFFIC,
                timedelta(minutes=10),
                frozenset({"error_rate_hourly"}),
                lambda at: traffic.status_codes(client, settings.id, at),
            ),
            "requests": Part(
                TRAFFIC,
                timedelta(minutes=5),
                frozenset({"requests"}),
                lambda at: traffic.volume(client, settings.id, at),
            ),
            "warp10": Part(
                METRICS_STORE, timedelta(minutes=5), warp10.NAMES, warp10.Disks(client, settings.id).read
            ),
            # Less than the minute between two reads, so that each of them asks.
            "access-logs": Part(
                LOGS,
                timedelta(seconds=30),
                access_logs.NAMES,
                access_logs.AccessLogs(client, settings.id).read,
            ),
        }
        self._parts = tuple(made[figure] for figure in settings.reads)
        # Reads in a row in which others have no figures either.
        self._blind = 0
        # Parts that lack figures by the fault of something shared, until they are answered.
        self._excused: set[str] = set()

    async def read(self, target: Target, at: datetime) -> Readings | NoData:
        """Return what the platform knows; what several resources lack is blamed on what they share."""
        del target
        first = [part for part in self._parts if part.is_first]
        others = [part for part in self._parts if not part.is_first and part.is_due(at)]
        asked = [await self._ask(part, at) for part in first]
        missing: list[Shared] = []
        for part, failed in zip(first, asked, strict=True):
            if failed is not None:
                return NoData(at, failed.reason, shared=failed.name)
            if not part.known(at):
                found = await self._nothing(part, at)
                if isinstance(found, Readings) or not self._looks_past(found):
                    return found
                missing.append(Shared(found.shared, found.reason))
        self._blind = self._blind if missing else 0
        asked += await asyncio.gather(*(self._ask(part, at) for part in others))
        failures = missing + [failed for failed in asked if failed is not None]
        for part, failed in zip([*first, *others], asked, strict=True):
            (self._excused.add if failed is not None and failed.name else self._excused.discard)(part.service)
        vouched = [
            name
            for part, failed in zip([*first, *others], asked, strict=True)
            if failed is None and not (missing and part.is_first)
            for name in self._client.health.answered(part.service, self._zone, self._id, at)
        ]
        return self._readings(at, tuple(vouched), failures)

    async def _ask(self, part: Part, at: datetime) -> Shared | None:
        """Ask for a part; return why it failed, if it did, and what shared thing is at fault."""
        try:
            await part.ask(at)
        except ClientError as error:
            return Shared(self._failed(part, error, at), error.reason)
        return None

    def _readings(
        self, at: datetime, vouched: tuple[str, ...], failures: Sequence[Shared]
    ) -> Readings | NoData:
        values: tuple[Reading, ...] = tuple(value for part in self._parts for value in part.known(at))
        excused = frozenset[str]().union(*(part.excused(at) for part in self._parts))
        # What is missing there is told of what is shared, once.
        excused = excused.union(*(part.names for part in self._parts if part.service in self._excused))
        if self._blind:
            # Told of what is shared, which has no data; not a second time of each resource.
            excused = excused.union(*(part.names for part in self._parts if part.is_first))
        if not values and not excused and failures:
            return NoData(at, failures[0].reason)
        troubled = tuple(failed for failed in failures if failed.name)
        return Readings(at, values, excused, vouched=vouched, troubled=troubled)

    def _looks_past(self, found: NoData) -> bool:
        """Whether a time without figures for all, told by now, is no reason not to read what other services know."""
        self._blind = self._blind + 1 if "/" in found.shared else 0
        return self._blind > BLIND and len(self._parts) > 1

    async def _nothing(self, part: Part, at: datetime) -> Readings | NoData:
        """What an answer without a fresh figure means: a stopped application has none, anything else is blind."""
        if self._id.startswith("app_") and await self._is_stopped(at):
            names = frozenset[str]().union(*(each.names for each in self._parts))
            return Readings(at, (), names)
        empty = text("clever.empty")
        return NoData(at, empty, shared=self._blame(part.service, at, whole=False))

    async def _is_stopped(self, at: datetime) -> bool:
        try:
            known = await self._client.application(self._id, at)
        except ClientError:
            return False
        return known is not None and known.is_stopped

    def _failed(self, part: Part, error: ClientError, at: datetime) -> str:
        if error.fault is Fault.MISSING:
            return ""
        return self._blame(part.service, at, whole=error.whole, shaky=error.fault in SHAKY)

    def _blame(self, service: str, at: datetime, *, whole: bool, shaky: bool = False) -> str:
        return self._client.health.failed(service, self._zone, self._id, at, whole=whole, shaky=shaky)

    @property
    def _zone(self) -> str:
        known = self._client.applications.get(self._id)
        return known.zone if known is not None else ""
