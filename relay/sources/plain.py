"""Pages on which every wanted line is plain, as nearly all are: read by one expression, several times faster than by lines.

The rule: what is found is what ``exposition`` finds line by line; where a wanted line is not plain, nothing is found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from relay.core.model import Labels, Reading
from relay.sources.grammar import BETWEEN, EACH_PAIR, END, VALUE

_EACH_PAIR = re.compile(EACH_PAIR)
# Labels that are longer are seldom, and not worth to be remembered.
_REMEMBERED_BYTES = 500
_REMEMBERED = 2_000

Lines = tuple[re.Pattern[bytes], Mapping[bytes, str]]


def plain(page: bytes, names: frozenset[str], line_bytes: int, parts: int) -> list[Reading] | None:
    """Return the samples called ``names`` in the page's order, or None where a line has to be looked at with care.

    ``parts`` bounds the samples and their labels together.
    """
    if not names or _has_long_line(page, line_bytes):
        return None
    pattern, known = _lines(names)
    try:
        return _read(pattern.findall(b"\n" + page), known, parts)
    except ValueError:
        return None


def _read(
    found: list[tuple[bytes, bytes, bytes]], known: Mapping[bytes, str], parts: int
) -> list[Reading] | None:
    if not found:
        return []
    names, pairs, values = zip(*found, strict=True)
    # Python's digits may be grouped by underscores; the format's may not.
    if b"_" in b"".join(values) or len(found) + b"".join(pairs).count(b"=") > parts:
        return None
    # In columns: most of it is then done without Python's own steps.
    columns = map(known.__getitem__, names), map(float, values), map(_KNOWN.__getitem__, pairs)
    return [*map(Reading, *columns)]


@lru_cache(maxsize=512)
def _lines(names: frozenset[str]) -> Lines:
    """Return what finds the wanted lines: name, labels and value, without a value where the line is not plain."""
    # The longest first, as one may be the beginning of another.
    words = b"|".join(re.escape(name.encode()) for name in sorted(names, key=len, reverse=True))
    line = rb"\n[ \t]*+(%b)(?![a-zA-Z0-9_:])(?:%b%b%b(?![^\n])|)" % (words, BETWEEN, VALUE, END)
    return re.compile(line), {name.encode(): name for name in names}


class _Known(dict[bytes, Labels]):
    """Labels by how they are written: the series of one route have the same ones, and the next page has them again."""

    def __missing__(self, pairs: bytes) -> Labels:
        labels = _labels(pairs)
        if len(pairs) <= _REMEMBERED_BYTES:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[pairs] = labels
        return labels


_KNOWN = _Known()


def _labels(pairs: bytes) -> Labels:
    """Return the labels, or raise ``ValueError`` for what has to be looked at with care."""
    if b"\\" in pairs:
        raise ValueError
    found = _EACH_PAIR.findall(pairs.decode())
    if len(found) > 1 and len(dict(found)) < len(found):
        raise ValueError
    return tuple(sorted(found))


def _has_long_line(page: bytes, most: int) -> bool:
    """Whether a line may be longer than ``most``: such a one fills at least one of the halves."""
    half = most // 2
    return any(page.find(b"\n", at, at + half) < 0 for at in range(0, len(page) - half, half))
