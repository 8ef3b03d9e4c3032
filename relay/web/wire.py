"""An answer as it goes over a connection."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

from relay.web.asgi import Response, fields

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_STATUS = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n" for status in HTTPStatus}


def wire(response: Response, added: Iterable[tuple[bytes, bytes]] = (), *, keep_alive: bool = True) -> bytes:
    """Return an answer's bytes; ``added`` is what the server says in every header, such as the date.

    >>> wire(Response(200, b"{}"), [(b"date", b"now")], keep_alive=False).splitlines()[-3:]
    [b'connection: close', b'', b'{}']
    """
    said = "".join([f"{name}: {value}\r\n" for name, value in fields(response)])
    beside = b"".join([b"%b: %b\r\n" % pair for pair in added])
    end = b"\r\n" if keep_alive else b"connection: close\r\n\r\n"
    return b"".join((f"{_STATUS[response.status]}{said}".encode("latin-1"), beside, end, response.body))
