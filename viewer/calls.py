"""Reading a call: a JSON object within bounds, however it was wrapped."""

import json
import re
from datetime import UTC, datetime
from typing import Any

from flask import Request

from viewer.room import Received


def received(request: Request, body: Any) -> Received:
    """Return what is kept of a call, now."""
    path = request.full_path.rstrip("?")
    return Received(request.method, path, datetime.now(UTC), body, request.content_length or 0)


FILE = re.compile(r"files\[(\d{1,2})\]")


def uploads_of(request: Request) -> dict[str, tuple[str, bytes]]:
    """Return the files beside a form, each with its name, by the ``n`` of ``files[n]``."""
    found = ((FILE.fullmatch(key), file) for key, file in request.files.items())
    return {number[1]: (file.filename or "", file.read()) for number, file in found if number is not None}


def body_of(request: Request, wrapped_as: str) -> Any:
    """Return the JSON of a call, or None where there is none.

    Both vendors also take a form whose field holds the JSON: ``payload`` at Slack, and ``payload_json`` at
    Discord, beside files.
    """
    raw = request.form.get(wrapped_as) if request.form else request.get_data()
    try:
        return json.loads(raw or b"")
    except (ValueError, RecursionError):
        return None
