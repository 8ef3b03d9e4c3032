"""Times as the platform writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
