"""Identity where a body has no date: what it says, within the minute in which it came."""

from __future__ import annotations

from datetime import datetime

from relay.core.identity import by_minute


def undated(*parts: str | bytes, received_at: datetime) -> tuple[str, tuple[str, ...]]:
    """Return the id of an undated event and the ids under which a retry of it may be stored already.

    The minute before counts too, so that a retry over the turn of a minute is seen; the same words an hour later are news.
    """
    now, before = by_minute(received_at, *parts)
    return now, (before,)
