"""From a script's text to its words."""

from __future__ import annotations

import re

from mirror.warp10.values import Failed

_WORD = re.compile(r"""\s+|//[^\n]*|\#[^\n]*|/\*.*?\*/|('[^'\n]*'|"[^"\n]*"|[^\s]+)""", re.DOTALL)
MOST_WORDS = 5_000


def words(script: str) -> tuple[str, ...]:
    """Return the words, comments left out; texts keep their quotes.

    >>> words("[ 'a b' 1 m ] // as a list")
    ('[', "'a b'", '1', 'm', ']')
    """
    found = tuple(matched[1] for matched in _WORD.finditer(script) if matched[1])
    if len(found) > MOST_WORDS:
        raise Failed("the script is too long")
    return found
