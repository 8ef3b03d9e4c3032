"""Read one target from a far end as config.yaml would have it read."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from pydantic import TypeAdapter

from relay.core.measures import Gauge, Metric, Selector
from relay.core.model import Labels, NoData, Readings
from relay.core.targets import Target
from relay.core.text import Language, say
from relay.exchange import Exchange
from relay.sources import SettingsOfAny
from tests.far_end import Answering, far_end

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
SETTINGS: TypeAdapter[SettingsOfAny] = TypeAdapter(SettingsOfAny)
# What no reason may hold.
SECRET = "s3cr3t"


def target(*names: str, seconds: float = 1) -> Target:
    """Return a target whose metrics are the readings called ``names``."""
    metrics = tuple(Metric(name, Gauge(Selector(name))) for name in names)
    return Target("api", "api", timedelta(seconds=15), metrics, deadline=timedelta(seconds=seconds))


def read(
    answering: Answering, source: str, *names: str, seconds: float = 1, **keys: object
) -> Readings | NoData:
    """Read once from a far end that answers so."""

    async def run() -> Readings | NoData:
        async with far_end(answering) as port:
            return await _read(
                f"http://127.0.0.1:{port}/{SECRET}?token={SECRET}", source, names, seconds, keys
            )

    return asyncio.run(run())


def read_from(url: str, source: str, *names: str, seconds: float = 1, **keys: object) -> Readings | NoData:
    """Read once from an address."""
    return asyncio.run(_read(url, source, names, seconds, keys))


def told(result: Readings | NoData) -> dict[tuple[str, Labels], float]:
    """Return the readings, which there must be."""
    assert isinstance(result, Readings), say(result.reason, Language.ENGLISH)
    assert result.at == AT
    return {(reading.name, reading.labels): reading.value for reading in result.values}


def why(result: Readings | NoData) -> str:
    """Return the reason for no data, in English; in French it exists, and neither holds a secret."""
    assert isinstance(result, NoData), result
    assert result.at == AT
    english, french = (say(result.reason, language) for language in Language)
    assert english != french
    assert SECRET not in english + french + repr(result.reason)
    assert "127.0.0.1" not in english + french + repr(result.reason)
    return english


async def _read(
    url: str, source: str, names: tuple[str, ...], seconds: float, keys: dict[str, object]
) -> Readings | NoData:
    exchange = Exchange()
    try:
        settings = SETTINGS.validate_python({"source": source, "url": url, **keys})
        return await settings.build(exchange).read(target(*names, seconds=seconds), AT)
    finally:
        await exchange.close()
