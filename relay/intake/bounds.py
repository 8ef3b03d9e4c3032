"""Words from outside, made fit to keep: bounded, encodable as UTF-8, without control characters.

The rule: no string of a sender goes into an event without passing through here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from relay.core.identity import digest
from relay.core.model import Labels, labels

TITLE = 300
SUMMARY = 2_000
VALUE = 200
NAME = 100
LABELS = 64

# NUL can't be stored by PostgreSQL, half a surrogate pair can't be encoded, escape sequences command a terminal.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_HALF_PAIR = re.compile("[\ud800-\udfff]")
# The relay's own labels, which decide about routing: a sender's label of that name is told apart.
_RESERVED = frozenset({"failing_channel"})


def prose(words: str, limit: int = SUMMARY) -> str:
    """Return ``words`` of at most ``limit`` characters; lines stay lines.

    >>> prose("a\\x00b " + "c" * 9, limit=6)
    'a\\ufffdb c…'
    """
    if len(words) <= limit and words.isascii() and words.isprintable():
        return words.strip()
    fit = _UNFIT.sub("\ufffd", words[: limit + 1]).strip()
    return fit if len(words) <= limit else fit[: limit - 1] + "…"


def line(words: str, limit: int = VALUE) -> str:
    """Return ``words`` as one line of at most ``limit`` characters.

    >>> line("  two\\nlines ")
    'two lines'
    """
    # Most are fit as they are.
    if len(words) <= limit and words.isascii() and words.isprintable() and "  " not in words:
        return words.strip()
    # Cut generously first, so that a huge value costs no more than a long one.
    return prose(" ".join(words[: 4 * limit].split()), limit)


def encodable(words: str) -> str:
    """Return ``words`` without halves of surrogate pairs, and otherwise as they are, for what is hashed before it is cut."""
    return words if words.isascii() else _HALF_PAIR.sub("\ufffd", words)


def link(address: str) -> str:
    """Return a web address, or "" for anything else: half an address leads nowhere, so a long one is left out."""
    fit = line(address)
    return fit if fit == address and fit.startswith(("http://", "https://")) else ""


def identifier(words: str, limit: int = VALUE) -> str:
    """Return ``words`` as one line; where it must be cut, a digest keeps two long ones apart."""
    fit = line(words, limit)
    if len(words) <= limit:
        return fit
    return fit[: limit - 17].rstrip("…") + "…" + digest(words)[:16]


def scalar(value: object) -> str:
    """Return a word or a number as text, and "" for anything else.

    >>> scalar(12), scalar(True), scalar(None), scalar(["a"])
    ('12', 'true', '', '')
    """
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int() | float():
            return str(value)
    return ""


def pairs(named: Iterable[tuple[str, str]]) -> Labels:
    """Return names and values as labels: bounded in number and length, without empty values."""
    kept: dict[str, str] = {}
    for name, value in named:
        # A name is one word, nearly always.
        fit = name if name.isidentifier() and len(name) <= NAME else line(name, NAME)
        words = line(value)
        if fit and words:
            kept[f"sender_{fit}" if fit in _RESERVED else fit] = words
        if len(kept) == LABELS:
            break
    return labels(kept)
