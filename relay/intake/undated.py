"""Identity where a body has no date: what it says, within the minute in which it came."""

from __future__ import annotations

from datetime import datetime, timedelta

from relay.core.identity import dated, redated


def undated(*parts: str | bytes, received_at: datetime) -> tuple[str, tuple[str, ...]]:
    """Return the id of an undated event and the ids under which a retry of it may be stored already.

    The minute before counts too, so that a retry over the turn of a minute is seen; the same words an hour later are news.
    """
    minute = received_at.replace(second=0, microsecond=0)
    now = dated(minute, *parts)
    return now, (redated(minute - timedelta(minutes=1), now),)
