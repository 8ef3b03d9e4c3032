"""The stats API: CPU, memory and load of an application or an add-on.

Facts: values are strings; timestamps are microseconds at the end of a bucket; gaps come as zeros unless ``fill=false`` is
sent; the newest bucket may still be filling. The rule: a gap is no data, never zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from relay.clever.client import Client, Query, iso, rows
from relay.core.model import Reading
from relay.sources.json_document import number

# What is told of an application; a kind that is not known here is left out, not refused.
KINDS = ("cpu", "mem", "load1")
# Five buckets: one late and one still filling leave enough to see that the figures go on.
BUCKETS = 5
# A value older than this many buckets is not judged: it says nothing of now.
FRESH = 3


async def read(client: Client, resource: str, at: datetime, span: timedelta) -> tuple[Reading, ...]:
    """Return the newest whole and fresh value of each kind; none where there is a gap. Raise ``ClientError``."""
    path = f"/v4/stats/organisations/{client.owner}/resources/{resource}/metrics"
    query: Query = (
        ("interval", iso(span * BUCKETS)),
        ("span", iso(span)),
        ("fill", "false"),
        *(("only", kind) for kind in KINDS),
    )
    return parse(await client.get(path, query), at, span)


def parse(found: object, at: datetime, span: timedelta) -> tuple[Reading, ...]:
    """Return one reading a kind; of several series of a kind (one an instance) the highest value of the newest bucket."""
    best: dict[str, tuple[datetime, float]] = {}
    for series in rows(found):
        name, value = series.get("name"), _newest(series, at, span)
        if name in KINDS and value is not None:
            kind = str(name)
            best[kind] = max(best.get(kind, value), value)
    return tuple(Reading(kind, value, at=ended) for kind, (ended, value) in best.items())


def _newest(series: Mapping[str, object], at: datetime, span: timedelta) -> tuple[datetime, float] | None:
    """Return the newest bucket that is whole and fresh.

    A bucket that ended less than a span ago may lack figures that are still on their way.
    """
    ended = [(end, value) for end, value in _buckets(series) if span <= at - end <= FRESH * span]
    return max(ended, default=None)


def _buckets(series: Mapping[str, object]) -> Iterator[tuple[datetime, float]]:
    for row in rows(series.get("data")):
        stamp, value = row.get("timestamp"), number(row.get("value"))
        if isinstance(stamp, int) and not isinstance(stamp, bool) and value is not None:
            end = moment(stamp)
            if end is not None:
                yield end, value


def moment(microseconds: int) -> datetime | None:
    """Return the time that a platform's timestamp says, None for one beyond all calendars."""
    try:
        return datetime.fromtimestamp(microseconds / 1_000_000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
