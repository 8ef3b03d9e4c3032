"""The address of one picture, sealed: who was given it may fetch that picture until it expires, and nothing else.

The rule: an address that is wrong, changed or expired opens nothing, and nothing says which of the three it is.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import scrypt, sha256

from relay.core.text import Language

PREFIX = "/charts/"
# A client fetches a picture when it is posted, and again when its own copy was dropped.
LASTS = timedelta(days=7)
_PATH = re.compile(
    r"/charts/([0-9a-f]{32})-([0-9]{1,9})-([a-z]{2})-([0-9]{9,11})-([0-9a-f]{64})\.png", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Shown:
    """Which picture: of which incident, after which of its changes, in which language, and until when."""

    incident_id: str
    sequence: int
    language: Language
    expires_at: datetime


def expiry(at: datetime) -> datetime:
    """Return when what is posted at ``at`` expires: a whole hour, so that a message that is repeated has one address."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1) + LASTS


class Seal:
    """Makes and opens addresses with one key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def path(self, shown: Shown) -> str:
        """Return the path of a picture."""
        return f"{PREFIX}{_named(shown)}-{self._sign(_named(shown))}.png"

    def opened(self, path: str, at: datetime) -> Shown | None:
        """Return which picture a path leads to at ``at``; None where it leads to none."""
        parts = _PATH.fullmatch(path)
        if parts is None or parts[3] not in (each.value for each in Language):
            return None
        shown = Shown(parts[1], int(parts[2]), Language(parts[3]), datetime.fromtimestamp(int(parts[4]), UTC))
        is_ours = hmac.compare_digest(self._sign(_named(shown)), parts[5])
        return shown if is_ours and at < shown.expires_at else None

    def _sign(self, named: str) -> str:
        return hmac.new(self._key, named.encode(), sha256).hexdigest()


def seal_of(secrets: Sequence[str]) -> Seal | None:
    """Return the seal that every process with these secrets has; None where there are none."""
    if not secrets:
        return None
    words = "\n".join(sorted(secrets)).encode("utf-8", "surrogatepass")
    return Seal(scrypt(words, salt=b"relay charts", n=2**14, r=8, p=1, dklen=32))


def _named(shown: Shown) -> str:
    return f"{shown.incident_id}-{shown.sequence}-{shown.language.value}-{int(shown.expires_at.timestamp())}"
