"""When the platform may be asked again after it has refused: by its own ``Retry-After``, or longer each time.

Pure: the time comes in, and jitter is derived from what is asked, so that fifty callers don't come back together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from relay.core.identity import digest

FIRST = timedelta(seconds=5)
LONGEST = timedelta(minutes=5)
# What the platform asks for is obeyed up to here: a date that is years away is a mistake, and would end the reading for good.
LONGEST_ASKED = timedelta(days=1)


@dataclass(slots=True)
class Backoff:
    """One service's refusals."""

    until: datetime | None = None
    refusals: int = 0

    def wait(self, at: datetime) -> timedelta:
        """Return for how long nothing is to be asked yet; zero when it may be."""
        return max(self.until - at, timedelta(0)) if self.until is not None else timedelta(0)

    def refused(self, at: datetime, asked: str, retry_after: timedelta | None) -> None:
        """Take note of a refusal (429, 5xx)."""
        self.refusals += 1
        pause = retry_after or min(FIRST * 2 ** min(self.refusals - 1, 10), LONGEST)
        until = at + min(pause, LONGEST) * (1 + jitter(asked, self.refusals))
        self.until = max(self.until or until, until)

    def answered(self) -> None:
        """Take note of an answer."""
        self.until, self.refusals = None, 0


def jitter(asked: str, attempt: int) -> float:
    """Return a share between 0 and 0.25 that is the same for the same words.

    >>> 0 <= jitter("/v2/self", 1) < 0.25 and jitter("/v2/self", 1) == jitter("/v2/self", 1)
    True
    """
    return int(digest(asked, str(attempt))[:8], 16) / 2**34


def retry_after(written: str | None, at: datetime) -> timedelta | None:
    """Return what a ``Retry-After`` header asks for, seconds or a date, within reason; None for none, the past or nonsense.

    >>> retry_after("30", datetime(2026, 1, 1)), retry_after("soon", datetime(2026, 1, 1))
    (datetime.timedelta(seconds=30), None)
    """
    if not written:
        return None
    if written.isascii() and written.isdigit():
        return min(timedelta(seconds=int(written[:6])), LONGEST_ASKED) or None
    try:
        span = parsedate_to_datetime(written) - at
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return min(span, LONGEST_ASKED) if span > timedelta(0) else None
