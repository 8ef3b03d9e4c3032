"""Identity is derived, not drawn: the same thing said twice has the same id."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from struct import Struct

# Eight bytes, the highest first.
_length = Struct(">Q").pack
# Hexadecimal digits: of the seconds and of a fraction (about a microsecond) that the ids of incidents begin with.
_FRACTION = 5
_BEGINNING = 8 + _FRACTION


def digest(*parts: str | bytes) -> str:
    """Return 32 hexadecimal digits that stand for ``parts``, told apart by their lengths.

    >>> digest("a", "bc") == digest("ab", "c")
    False
    """
    joined: list[bytes] = []
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        joined += (_length(len(raw)), raw)
    return sha256(b"".join(joined)).hexdigest()[:32]


def dated(at: datetime, *parts: str | bytes) -> str:
    """Return a digest that begins with a time, which must be as much a part of what is said as ``parts`` are.

    Rows of one time then lie together in every index that holds an id. With digests alone each event changed a page of its
    own in ten indexes, and a store of millions wrote 50 KB for each.

    >>> from datetime import UTC
    >>> dated(datetime(2026, 1, 1, tzinfo=UTC), "a")[:8]
    '6955b900'
    """
    return _begun(int(at.timestamp()), digest(*parts)[:24])


def by_minute(at: datetime, *parts: str | bytes) -> tuple[str, str]:
    """Return what ``dated`` says of ``parts`` at the minute of ``at``, and at the minute before."""
    minute, rest = int(at.timestamp()) // 60 * 60, digest(*parts)[:24]
    return _begun(minute, rest), _begun(minute - 60, rest)


def _begun(seconds: int, rest: str) -> str:
    return f"{min(max(seconds, 0), 0xFFFFFFFF):08x}{rest}"


def received(at: datetime, *parts: str | bytes) -> str:
    """Return a digest that begins with the very moment at which something came in.

    An id that is found again when the same is said again can't begin with more than the time that is said. What is only ever
    made once can: its rows, and those of all that is derived from it, then go in at the end of each index.

    >>> from datetime import UTC
    >>> received(datetime(2026, 1, 1, microsecond=500_000, tzinfo=UTC), "a")[:13]
    '6955b90080000'
    """
    moment = round(at.timestamp() * 16**_FRACTION)
    return f"{min(max(moment, 0), 16**_BEGINNING - 1):0{_BEGINNING}x}{digest(*parts)[_BEGINNING:]}"


def derived(id: str, *parts: str | bytes) -> str:
    """Return the id of what belongs to the dated ``id`` and lies near it."""
    return id[:8] + digest(id, *parts)[:24]


def beside(id: str, *parts: str | bytes) -> str:
    """Return the id of what belongs to ``id``, which begins with the moment at which it came in, and lies beside it."""
    return id[:_BEGINNING] + digest(id, *parts)[_BEGINNING:]


def short(id: str) -> str:
    """Return the part of an id that tells it apart for a person; the first digits of many are one time."""
    return id[-8:]
