"""Whether this machine's clock agrees with others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from relay.doctor.finding import Finding, failed, warning, well

# A date header counts whole seconds, and the way there takes time.
MILD = timedelta(seconds=5)
BAD = timedelta(minutes=1)
MEND = "let the machine keep the time: chrony, or systemd-timesyncd (timedatectl set-ntp true)"


def judged(who: str, ahead: timedelta) -> Finding:
    """Return what it means that another clock is ``ahead`` of ours.

    >>> judged("the API", timedelta(seconds=90)).said
    'this clock is 90 s behind the API'
    """
    if abs(ahead) < MILD:
        return well("clock", f"agrees with {who}")
    side = "behind" if ahead > timedelta(0) else "ahead of"
    said = f"this clock is {abs(ahead).total_seconds():.0f} s {side} {who}"
    return (warning if abs(ahead) < BAD else failed)("clock", said, MEND)


def ahead(date: str, at: datetime) -> timedelta | None:
    """Return how far a date header is ahead of ``at``; None for one that can't be read."""
    try:
        told = parsedate_to_datetime(date)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    told = told if told.tzinfo is not None else told.replace(tzinfo=UTC)
    # Cut to whole seconds: half of one is the best guess.
    return told + timedelta(milliseconds=500) - at
