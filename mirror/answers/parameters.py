"""Times and durations in the queries of requests."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from mirror.http.message import Refused

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", re.IGNORECASE)


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
