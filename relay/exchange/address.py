"""Where a request goes and how it is written: composed by httpx, checked, and put into bytes before anything is sent."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache

import httpx

from relay.exchange.terms import ExchangeError, Request, Trouble

_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[A-Za-z0-9._~:%-]{1,253}")
# httpx leaves it to its transport to refuse what would end a header early.
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(rb"[\t\x20-\x7e]*")
_HEADERS = {"accept": "*/*", "accept-encoding": "identity", "user-agent": "gameshelf-relay"}

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Place:
    """What a connection leads to."""

    host: str
    port: int
    tls: bool


def written(request: Request) -> tuple[Place, bytes]:
    """Return where a request goes and its bytes; raise ``ExchangeError`` for what can't be sent."""
    headers = tuple(request.headers.items())
    try:
        if request.content is None:
            where, head = _read(request.method, request.url, headers)
            return where, head + b"\r\n\r\n"
        where, head = _told(request.method, request.url, headers)
        return where, b"%s\r\ncontent-length: %d\r\n\r\n%s" % (head, len(request.content), request.content)
    except (httpx.InvalidURL, ValueError):
        raise ExchangeError(Trouble.ADDRESS, sent=False) from None


@lru_cache(maxsize=8_192)
def _read(method: str, url: str, headers: Pairs) -> tuple[Place, bytes]:
    """Return where a request goes and its head without the end. A target is read again and again with the same words."""
    where = httpx.URL(url)
    said = httpx.Headers({**_HEADERS, **_user(where)})
    said.update(dict(headers))
    request = httpx.Request(method, where, headers=said)
    lines = [b"%s %s HTTP/1.1" % (method.encode("ascii"), where.raw_path), *map(_line, request.headers.raw)]
    return _place(where), b"\r\n".join(lines)


# The messages of a channel go to one address with the same headers; those that are changed have addresses of their own.
@lru_cache(maxsize=512)
def _told(method: str, url: str, headers: Pairs) -> tuple[Place, bytes]:
    """Return the same of a request whose content is told later, and with it how long it is."""
    where, head = _read.__wrapped__(method, url, headers)
    lines = head.split(b"\r\n")
    return where, b"\r\n".join(line for line in lines if not line.lower().startswith(b"content-length:"))


def _place(url: httpx.URL) -> Place:
    host = url.raw_host.decode("ascii")
    port = url.port if url.port is not None else _DEFAULT_PORTS.get(url.scheme, 0)
    if url.scheme not in _DEFAULT_PORTS or not _HOST.fullmatch(host) or not 0 < port < 65_536:
        raise ValueError("not an address that can be asked")
    return Place(host, port, tls=url.scheme == "https")


def _line(header: tuple[bytes, bytes]) -> bytes:
    name, value = header
    if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
        raise ValueError("not a header")
    return b"%s: %s" % (name, value)


def _user(url: httpx.URL) -> dict[str, str]:
    if not url.username and not url.password:
        return {}
    return {"authorization": "Basic " + b64encode(f"{url.username}:{url.password}".encode()).decode()}
