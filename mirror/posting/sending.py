"""One HTTP POST of a notification, over connections that stay open."""

from __future__ import annotations

from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import local
from urllib.parse import urlsplit

ANSWER_SECONDS = 10.0
MOST_TOLD = 200


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came back: a status with a part of the body, or why nothing did."""

    status: int | None
    told: str

    @property
    def is_good(self) -> bool:
        """Whether the notification arrived."""
        return self.status is not None and 200 <= self.status < 300


class Sender:
    """Posts; each thread keeps a connection to each host."""

    def __init__(self) -> None:
        """Begin without a connection."""
        self._here = local()

    def post(self, url: str, body: bytes) -> Outcome:
        """Send a body and return what came of it; a kept connection that has ended is opened anew once."""
        parts = urlsplit(url)
        path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        key = (parts.scheme, parts.netloc)
        kept: dict[tuple[str, str], HTTPConnection] = self._here.__dict__.setdefault("connections", {})
        is_kept = key in kept
        connection = kept.setdefault(key, _connection(*key))
        try:
            return _posted(connection, path, body)
        except (OSError, HTTPException) as problem:
            kept.pop(key).close()
            if is_kept and not isinstance(problem, TimeoutError):
                return self.post(url, body)
            return Outcome(None, str(problem) or type(problem).__name__)


def _connection(scheme: str, netloc: str) -> HTTPConnection:
    kind = HTTPSConnection if scheme == "https" else HTTPConnection
    return kind(netloc, timeout=ANSWER_SECONDS)


def _posted(connection: HTTPConnection, path: str, body: bytes) -> Outcome:
    connection.request("POST", path, body, {"content-type": "application/json"})
    answer = connection.getresponse()
    told = answer.read()
    return Outcome(answer.status, told[:MOST_TOLD].decode(errors="replace"))
