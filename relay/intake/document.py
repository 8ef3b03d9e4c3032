"""The JSON document of a request: bytes in, plain values out, and a refusal that says what is wrong."""

from __future__ import annotations

import json
from codecs import BOM_UTF8

from relay.intake.protocol import BodyError

_decoded = json.JSONDecoder().raw_decode


def document(body: bytes) -> object:
    """Return what ``body`` says as JSON in UTF-8; raise ``BodyError`` where it says nothing.

    A byte order mark is skipped. The content type is not asked for: several senders name none, or a wrong one.
    """
    try:
        words = (body[len(BOM_UTF8) :] if body.startswith(BOM_UTF8) else body).decode()
    except UnicodeDecodeError as error:
        raise BodyError(f"the body is not UTF-8 (byte {error.start}): send JSON in UTF-8") from None
    try:
        return loaded(words)
    except json.JSONDecodeError as error:
        if not words.strip():
            raise BodyError("the body is empty: send a JSON document") from None
        raise BodyError(
            f"the body is not JSON (line {error.lineno}, column {error.colno}: {error.msg}): send a JSON document"
        ) from None
    except ValueError as error:
        raise BodyError(f"the body can't be read as JSON: {error}") from None


def loaded(words: str) -> object:
    """Return the JSON value of ``words``; raise ``ValueError`` for every kind of unreadable text."""
    try:
        return _value(words)
    except json.JSONDecodeError:
        raise
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except ValueError:
        # Python refuses to read an integer of more than 4,300 digits.
        raise ValueError("a number has too many digits") from None


def _value(words: str) -> object:
    # To look for space around it takes as long as to read a short one, and most have none.
    if words.startswith(("{", "[")):
        value, end = _decoded(words)
        if end == len(words):
            return value
    return json.loads(words)
