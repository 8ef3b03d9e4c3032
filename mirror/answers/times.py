"""Times as the platform writes and reads them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from mirror.http.message import Refused

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", re.IGNORECASE)


def millis(at: datetime) -> int:
    """Return epoch milliseconds, as API v2 writes times.

    >>> millis(datetime(2026, 6, 15, 8, 30, tzinfo=UTC))
    1781512200000
    """
    return (at - _EPOCH) // timedelta(milliseconds=1)


def micros(at: datetime) -> int:
    """Return epoch microseconds, as metrics write times."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def from_micros(value: float) -> datetime:
    """Return the time of epoch microseconds."""
    return _EPOCH + timedelta(microseconds=int(value))


def zulu(at: datetime) -> str:
    """Return ISO 8601 with milliseconds, as API v4 writes times.

    >>> zulu(datetime(2026, 6, 15, 8, 30, tzinfo=UTC))
    '2026-06-15T08:30:00.000Z'
    """
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(text: str, name: str) -> datetime:
    """Return the time of an ISO 8601 text with a zone."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(400, 4000, f"{name} is not an ISO 8601 date: {text[:40]!r}") from None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def duration(text: str, name: str) -> timedelta:
    """Return the length of an ISO 8601 duration of days and less.

    >>> duration("PT30M", "interval"), duration("P1DT2H", "interval")
    (datetime.timedelta(seconds=1800), datetime.timedelta(days=1, seconds=7200))
    """
    matched = _DURATION.fullmatch(text)
    parts = [int(part or 0) for part in matched.groups()] if matched else [0]
    if not any(parts):
        raise Refused(400, 4000, f"{name} is not an ISO 8601 duration: {text[:40]!r}")
    return timedelta(days=parts[0], hours=parts[1], minutes=parts[2], seconds=parts[3])
