"""One HTTP POST of a notification, over connections that are kept."""

from __future__ import annotations

from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Lock
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
    """Posts, from any thread; connections that are idle are kept for the next."""

    def __init__(self) -> None:
        """Begin without a connection."""
        self._lock = Lock()
        self._idle: dict[tuple[str, str], list[HTTPConnection]] = {}

    def post(self, url: str, body: bytes) -> Outcome:
        """Send a body and return what came of it; when a kept connection turns out to have ended, another is tried."""
        parts = urlsplit(url)
        path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        key = (parts.scheme, parts.netloc)
        with self._lock:
            idle = self._idle.setdefault(key, [])
            kept = idle.pop() if idle else None
        connection = kept or _connection(*key)
        try:
            outcome = _posted(connection, path, body)
        except (OSError, HTTPException) as problem:
            connection.close()
            if kept is not None and not isinstance(problem, TimeoutError):
                return self.post(url, body)
            return Outcome(None, str(problem) or type(problem).__name__)
        with self._lock:
            idle.append(connection)
        return outcome

    def close(self) -> None:
        """Close the kept connections."""
        with self._lock:
            for idle in self._idle.values():
                while idle:
                    idle.pop().close()


def _connection(scheme: str, netloc: str) -> HTTPConnection:
    kind = HTTPSConnection if scheme == "https" else HTTPConnection
    return kind(netloc, timeout=ANSWER_SECONDS)


def _posted(connection: HTTPConnection, path: str, body: bytes) -> Outcome:
    connection.request("POST", path, body, {"content-type": "application/json"})
    answer = connection.getresponse()
    told = answer.read()
    return Outcome(answer.status, told[:MOST_TOLD].decode(errors="replace"))
