"""What a call carries: JSON, a form, a file as it is, or JSON with files beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from relay.core.identity import digest

PNG = "image/png"
EDGE = b"relay-part-of-a-message"


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes and what they are."""

    kind: str
    body: bytes = field(repr=False)


def as_json(body: Mapping[str, Any]) -> Content:
    """Return a JSON object."""
    return Content("application/json; charset=utf-8", json.dumps(body).encode())


def as_form(fields: Mapping[str, str]) -> Content:
    """Return a form's fields."""
    return Content("application/x-www-form-urlencoded", urlencode(fields).encode())


def with_picture(body: Mapping[str, Any], name: str, png: bytes) -> Content:
    """Return a JSON object and a picture as Discord takes them: ``payload_json`` and ``files[0]`` (RFC 7578).

    ``name`` holds nothing that a header would have to escape.
    """
    payload = json.dumps(body).encode()
    # Nearly always the same, as the head of a request is composed once; never one that occurs in what it parts.
    edge = EDGE if EDGE not in payload + png else f"relay-{digest(payload, png)}".encode()
    parts = (
        (b'name="payload_json"', b"application/json", payload),
        (b'name="files[0]"; filename="%s"' % name.encode(), PNG.encode(), png),
    )
    pieces = [
        b"--%s\r\nContent-Disposition: form-data; %s\r\nContent-Type: %s\r\n\r\n%s\r\n" % (edge, *part)
        for part in parts
    ]
    return Content(
        f"multipart/form-data; boundary={edge.decode()}", b"".join([*pieces, b"--%s--\r\n" % edge])
    )
