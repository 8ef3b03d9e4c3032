"""Dates as senders write them: seconds to nanoseconds since 1970, ISO 8601, with or without Java's zone suffix."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Older than any sender: Go's zero time (year 1) and an epoch of 0 mean "no date".
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"[0-9]{1,19}(\.[0-9]{0,9})?")
# Java's ZonedDateTime writes 2026-06-15T08:30:00Z[UTC]; datetime.fromisoformat refuses the bracket.
_JAVA_ZONE = re.compile(r"\[[A-Za-z0-9_+:/-]{1,40}\]\Z")


def parse(value: object) -> datetime | None:
    """Return the time that ``value`` names, or None where it names none; raise ``ValueError`` for what is no date.

    >>> str(parse("2026-06-15T10:30:00+02:00")), str(parse(1781512200000)), parse("0001-01-01T00:00:00Z")
    ('2026-06-15 08:30:00+00:00', '2026-06-15 08:30:00+00:00', None)
    """
    match value:
        case None | "":
            return None
        case bool():
            raise ValueError("not a date")
        case int() | float():
            at = _counted(value)
        case str():
            at = _written(value.strip())
        case _:
            raise ValueError("not a date")
    return at if at >= _EARLIEST else None


def _counted(number: float) -> datetime:
    # Also false for NaN.
    if not 0 <= number < 10**19:
        raise ValueError("not a date")
    # The units lie so far apart that the size tells them: 10¹¹ seconds are the year 5138, 10¹¹ ms are in 1973.
    for unit, below in ((1_000_000, 10**11), (1_000, 10**14), (1, 10**17)):
        if number < below:
            return _EPOCH + timedelta(microseconds=round(number * unit))
    return _EPOCH + timedelta(microseconds=int(number) // 1_000)


def _written(words: str) -> datetime:
    # Digits alone are a number, also where they might be a date.
    if words[4:5] != "-" and _NUMBER.fullmatch(words):
        return _counted(float(words) if "." in words else int(words))
    if len(words) > 100:
        raise ValueError("not a date")
    try:
        at = datetime.fromisoformat(_JAVA_ZONE.sub("", words) if words.endswith("]") else words)
        # A date without a zone is taken as UTC; at the ends of the calendar an offset can't be undone.
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError:
        return _EPOCH
    except ValueError:
        raise ValueError("not a date") from None
