"""A form with files, read by another library than the one that is tested: Werkzeug's parser."""

from __future__ import annotations

import json
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from werkzeug.formparser import parse_form_data

from tests.channels.far_end import Seen


@dataclass(frozen=True)
class Form:
    """What came: the JSON beside the files, and each file's name, kind and bytes by its field."""

    payload: Any
    files: dict[str, tuple[str, str, bytes]]


def parsed(seen: Seen) -> Form:
    """Return the form of a request."""
    assert isinstance(seen.body, bytes)
    environ = {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": seen.headers["content-type"],
        "CONTENT_LENGTH": str(len(seen.body)),
        "wsgi.input": BytesIO(seen.body),
    }
    _, fields, files = parse_form_data(environ, silent=False)
    assert set(fields) == {"payload_json"}
    read = {}
    for name, file in files.items():
        read[name] = (file.filename or "", file.mimetype, file.read())
        file.close()
    return Form(json.loads(fields["payload_json"]), read)
