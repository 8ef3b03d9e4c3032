"""HTTP status codes and request volume, as the platform's balancers counted them.

Facts: status codes come in buckets of an hour, dated at their end; codes below 100 stand for cut connections and are no
answers; the request volume is a list of places on the map, whose counts are summed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from relay.clever.client import Client, Query, rows
from relay.core.model import Reading
from relay.intake import dates
from relay.sources.json_document import number

HOUR = timedelta(hours=1)
VOLUME_OVER = timedelta(minutes=10)


async def status_codes(client: Client, application: str, at: datetime) -> tuple[Reading, ...]:
    """Return the share of answers 5xx in the last whole hour, in percent; nothing where nobody asked anything."""
    query: Query = (("applicationId", application), ("from", _iso(at - 3 * HOUR)), ("to", _iso(at)))
    found = await client.get(f"/v4/stats/organisations/{client.owner}/http-status-codes", query)
    return parse_status_codes(found, at)


async def volume(client: Client, application: str, at: datetime) -> tuple[Reading, ...]:
    """Return requests a second over the last minutes; nothing where the platform says nothing."""
    query: Query = (("applicationId", application), ("from", _iso(at - VOLUME_OVER)), ("to", _iso(at)))
    found = await client.get(f"/v4/stats/organisations/{client.owner}/requests", query)
    counts = [value for row in rows(found) if (value := number(row.get("accessCount"))) is not None]
    if not counts:
        return ()
    return (Reading("requests", sum(counts) / VOLUME_OVER.total_seconds(), at=at),)


def parse_status_codes(found: object, at: datetime) -> tuple[Reading, ...]:
    """Return the error rate of the newest hour that is over and had answers."""
    hours = [(end, row) for row in rows(found) if (end := _date(row)) is not None and end <= at]
    for end, row in sorted(hours, key=lambda hour: hour[0], reverse=True):
        if at - end > 2 * HOUR:
            break
        counts = _counts(row)
        if total := sum(counts.values()):
            failed = sum(count for code, count in counts.items() if code >= 500)
            return (Reading("error_rate_hourly", 100 * failed / total, at=end),)
    return ()


def _counts(row: Mapping[str, object]) -> dict[int, float]:
    counts: dict[int, float] = {}
    for status in rows(row.get("statuses")):
        code, count = number(status.get("code")), number(status.get("count"))
        if code is not None and count is not None and code >= 100 and count > 0:
            counts[int(code)] = counts.get(int(code), 0.0) + count
    return counts


def _date(row: Mapping[str, object]) -> datetime | None:
    try:
        return dates.parse(row.get("date"))
    except ValueError:
        return None


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
