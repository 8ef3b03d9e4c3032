"""Times as a person types them: an age such as 30d, or a date."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from relay.config.values import duration

# Nothing was measured before, and some reckoning goes back from a time.
EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
WANTED = "an age is needed, as in 30d or 12h, or a time, as in 2026-11-01 or 2026-11-01T14:30:00Z"


def moment(written: str, now: datetime) -> datetime:
    """Return a time: so long before ``now``, or a date; one without a zone is UTC. Raise ``BadParameter``.

    >>> moment("90m", datetime(2026, 11, 1, 12, tzinfo=UTC)).isoformat()
    '2026-11-01T10:30:00+00:00'
    >>> moment("2026-11-01", datetime(2026, 11, 1, 12, tzinfo=UTC)).isoformat()
    '2026-11-01T00:00:00+00:00'
    """
    try:
        return max(now - duration(written), EARLIEST)
    except (ValueError, OverflowError):
        pass
    try:
        at = datetime.fromisoformat(written)
        return max((at if at.tzinfo is not None else at.replace(tzinfo=UTC)).astimezone(UTC), EARLIEST)
    except (ValueError, OverflowError):
        raise click.BadParameter(WANTED) from None


def told(at: datetime) -> str:
    """Return a time as a table shows it.

    >>> told(datetime(2026, 11, 1, 12, tzinfo=UTC))
    '2026-11-01 12:00:00'
    """
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
