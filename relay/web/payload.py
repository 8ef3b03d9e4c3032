"""A raw body as a page shows it: JSON indented, anything else as text; bounded, and true to what was sent.

The rule: values are never parsed and written anew, so that numbers, repeated keys and escapes stay as the sender wrote them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from relay.web.visible import visible

# More is not shown on a page; the whole of it can be downloaded.
LONGEST = 65_536
# Strings (the last one may be cut), structure, and words such as numbers and true.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{},:]|[^\s\[\]{},:"]+', re.DOTALL)
# Deeper levels get no more spaces: a hostile body must not grow by its indentation.
_DEEPEST = 12


@dataclass(frozen=True, slots=True)
class Shown:
    """What to show of a body, whether it is JSON, and whether something was cut off."""

    words: str
    is_json: bool
    is_cut: bool


def shown(body: bytes) -> Shown:
    """Return ``body`` as a page shows it.

    >>> print(shown(b'{"a":[1.50,{}]}').words)
    {
      "a": [
        1.50,
        {}
      ]
    }
    """
    words = body[: LONGEST + 4].decode("utf-8", "replace")
    is_json = _is_json(body)
    if is_json:
        words = "".join(_indented(words))
    return Shown(visible(words[:LONGEST]), is_json, len(body) > LONGEST or len(words) > LONGEST)


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body.decode(), parse_int=len, parse_float=len)
    except (ValueError, RecursionError):
        return False
    return True


def _indented(words: str) -> Iterator[str]:
    depth, before = 0, ""
    for found in _TOKEN.finditer(words):
        mark = found[0]
        closes = mark in ("}", "]")
        depth -= closes
        # Empty brackets stay together.
        if before == "," or (before in ("{", "[")) is not closes:
            yield _new_line(depth)
        yield ": " if mark == ":" else mark
        depth += mark in ("{", "[")
        before = mark


def _new_line(depth: int) -> str:
    return "\n" + "  " * min(depth, _DEEPEST)
