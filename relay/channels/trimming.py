"""Text from outside, made fit for a message: cleaned of what deceives or breaks, and cut to a client's limits.

The rule: lengths are counted in UTF-16 units after escaping, the larger of the counts that a client could mean.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from unicodedata import category

ELLIPSIS = "…"
# More than any limit here: what follows can't be shown, so it is not looked at either.
_MOST_READ = 20_000
# Overrides and isolates of the writing direction let a text show as what it is not.
_UNSEEN = re.compile(r"[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c\ufeff]")
_LINE_ENDS = re.compile(r"\r\n?|[\v\f\x85\u2028\u2029]")
_BLANK_LINES = re.compile(r"\n\s*\n")
_JOINER = "\u200d"
# A base with more marks than this is no writing; it bounds how far a cut looks back.
_MOST_MARKS = 16


def clean(words: str) -> str:
    """Return ``words`` without control characters, lone surrogates, direction overrides and runs of blank lines.

    >>> clean("a\\r\\n\\r\\n\\r\\n\\r\\nb\\x00\\u202ec")
    'a\\n\\nbc'
    """
    words = words[:_MOST_READ]
    if words.isascii() and words.isprintable():
        # As nearly all are: nothing in them is to be left out.
        return words.strip()
    lines = _LINE_ENDS.sub("\n", _UNSEEN.sub("", words))
    shown = "".join(map(_shown, lines)).strip()
    return _BLANK_LINES.sub("\n\n", shown) if _says_something(shown) else ""


def one_line(words: str) -> str:
    """Return ``words`` cleaned, with every run of white space as one space."""
    return " ".join(clean(words).split())


def fitted(words: str, limit: int, escape: Callable[[str], str] = str) -> str:
    """Return ``words`` escaped, cut so that the result has at most ``limit`` UTF-16 units and ends in "…" if cut.

    ``escape`` takes one character and returns what stands for it, so that no escape is ever cut in two.

    >>> fitted("a < b", 6, lambda character: character.replace("<", "&lt;")), fitted("abc", 2)
    ('a …', 'a…')
    """
    written = [escape(character) for character in words[: limit + _MOST_MARKS]]
    whole = "".join(written)
    if len(words) == len(written) and units(whole) <= limit:
        return whole
    kept = _count(written, limit - units(ELLIPSIS))
    kept = _whole(words, kept)
    return "".join(written[:kept]) + ELLIPSIS


def units(words: str) -> int:
    """Return the length in UTF-16 units.

    >>> units("a🎲")
    3
    """
    return len(words) if words.isascii() else len(words) + sum(character > "\uffff" for character in words)


def _shown(character: str) -> str:
    match category(character):
        case "Cs":
            return "\ufffd"
        case "Cc":
            return {"\n": "\n", "\t": " "}.get(character, "")
        case _:
            return character


def _says_something(words: str) -> bool:
    """Whether there is anything to see: format characters and spaces alone are as empty as nothing."""
    return any(category(character)[0] not in "CZ" for character in words)


def _count(written: list[str], limit: int) -> int:
    """Return how many of the pieces fit into ``limit``."""
    total = 0
    for count, piece in enumerate(written):
        total += units(piece)
        if total > limit:
            return count
    return len(written)


def _whole(words: str, kept: int) -> int:
    """Move a cut back so that no character loses its marks or its half of a joined picture."""
    for back in range(_MOST_MARKS):
        at = kept - back
        if at <= 0 or not (_continues(words[at]) or words[at - 1] == _JOINER):
            return max(at, 0)
    return kept


def _continues(character: str) -> bool:
    return character == _JOINER or category(character)[0] == "M" or "\U0001f3fb" <= character <= "\U0001f3ff"
