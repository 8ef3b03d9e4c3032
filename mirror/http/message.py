"""Requests and answers, as values."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mirror.world.nouns import User

Json = object


@dataclass(frozen=True, slots=True)
class Request:
    """A request that was read whole; ``url`` is as the client wrote it, without the query."""

    method: str
    path: str
    url: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes
    at: datetime
    user: User | None = None

    def one(self, name: str) -> str | None:
        """Return the first value of a query parameter, None when it is absent or empty."""
        return next((value for key, value in self.query if key == name and value), None)

    def every(self, name: str) -> list[str]:
        """Return all values of a query parameter."""
        return [value for key, value in self.query if key == name and value]

    def number(self, name: str) -> int | None:
        """Return a query parameter as a whole number, None when it is absent."""
        text = self.one(name)
        if text is None:
            return None
        if not text.isdecimal():
            raise Refused(400, 4000, f"{name} must be a whole number, not {text[:40]!r}")
        return int(text)

    def json(self) -> dict[str, object]:
        """Return the body, which must be a JSON object."""
        try:
            read = json.loads(self.body)
        except ValueError:
            raise Refused(400, 4001, "The body is not JSON") from None
        if not isinstance(read, dict):
            raise Refused(400, 4001, "The body is not a JSON object")
        return read

    @property
    def caller(self) -> User:
        """Return who asks; only paths that need no authorization have nobody."""
        if self.user is None:
            raise Refused(401, 2001, "Not connected")
        return self.user


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with its whole body."""

    status: int = 200
    body: bytes = b""
    content_type: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Stream:
    """Server-sent events, for as long as the iterator gives any."""

    parts: AsyncIterator[bytes]
    headers: tuple[tuple[str, str], ...] = field(default=(("cache-control", "no-store"),))


class Refused(Exception):
    """A request that is answered with an error; ``number`` is API v2's own id of it."""

    def __init__(self, status: int, number: int, message: str) -> None:
        """Say the status, the platform's number and a sentence."""
        super().__init__(message)
        self.status = status
        self.number = number
        self.message = message


def as_json(value: Json, status: int = 200) -> Answer:
    """Return a JSON answer."""
    return Answer(status, json.dumps(value).encode(), "application/json")


def as_error(refused: Refused, path: str) -> Answer:
    """Return an error in the form of the API that was asked: v2 has numbers, the others codes."""
    if path.startswith("/v2"):
        return as_json({"id": refused.number, "message": refused.message, "type": "error"}, refused.status)
    return as_json({"code": f"mirror.{refused.number}", "error": refused.message}, refused.status)
