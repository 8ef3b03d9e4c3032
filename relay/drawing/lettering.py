"""The letters of pictures: DejaVu Sans, drawn once by ``scripts/glyphs``, so that no machine lacks the font.

Licence: https://dejavu-fonts.github.io/License.html, which stands beside the file.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from unicodedata import normalize

# For a letter that is not among them.
UNKNOWN = "□"
# Narrow and no-break spaces, and what reads the same.
_ALIKE = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2011": "-"})


class Weight(StrEnum):
    """How letters are drawn."""

    REGULAR = "regular"
    BOLD = "bold"


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter: how far it moves the pen, where it stands from there, and how much of each pixel it covers."""

    advance: int
    width: int
    height: int
    left: int
    top: int
    coverage: bytes

    def row(self, number: int) -> bytes:
        """Return the coverage of one row."""
        return self.coverage[number * self.width : (number + 1) * self.width]


def letters(words: str, weight: Weight) -> Iterator[Letter]:
    """Yield the letters of a line; one that is not known as a box."""
    table = _table()[weight]
    for character in normalize("NFC", words).translate(_ALIKE):
        yield table.get(character) or table[UNKNOWN]


def width(words: str, weight: Weight = Weight.REGULAR) -> int:
    """Return how wide a line is, in pixels."""
    return sum(letter.advance for letter in letters(words, weight))


def fitted(words: str, most: int, weight: Weight = Weight.REGULAR) -> str:
    """Return as much of a line as is at most ``most`` pixels wide, with "…" where it is cut."""
    if width(words[:500], weight) <= most and len(words) <= 500:
        return words
    kept = words[:500]
    while kept and width(kept + "…", weight) > most:
        kept = kept[:-1]
    return kept.rstrip() + "…"


@cache
def _table() -> Mapping[Weight, Mapping[str, Letter]]:
    content = zlib.decompress(Path(__file__).with_name("glyphs.bin").read_bytes())
    tables, _, strip = content.partition(b"\n")
    return {
        Weight(weight): {
            character: Letter(advance, wide, high, left, top, strip[begin : begin + wide * high])
            for character, (advance, wide, high, left, top, begin) in table.items()
        }
        for weight, table in json.loads(tables).items()
    }
