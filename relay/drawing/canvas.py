"""A canvas of pixels: rectangles, curves, words, and the PNG that they make.

The rules: three planes of bytes, so that whole spans are written at once and a translucent colour is one table; coordinates
are pixels, y downwards; what lies outside is cut off, whatever the numbers.
PNG: https://www.w3.org/TR/png-3/.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from math import floor

from relay.drawing.lettering import Weight, letters

Colour = tuple[int, int, int]
Point = tuple[float, float]
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_RGB = 2
# Further out than any canvas; beyond it a slope would overflow.
_FAR = 1e5


class Canvas:
    """A picture under way."""

    def __init__(self, width: int, height: int, ground: Colour) -> None:
        self.width = width
        self.height = height
        self._planes = [bytearray([part]) * (width * height) for part in ground]

    def rectangle(self, box: tuple[float, float, float, float], colour: Colour, opacity: float = 1.0) -> None:
        """Fill from (left, top) to (right, bottom), whole pixels."""
        left, right = (self._within(edge, self.width) for edge in (box[0], box[2]))
        top, bottom = (self._within(edge, self.height) for edge in (box[1], box[3]))
        for row in range(top, bottom):
            self._span(slice(row * self.width + left, row * self.width + right), colour, opacity)

    def hatching(self, box: tuple[float, float, float, float], colour: Colour, every: int = 10) -> None:
        """Fill with slanted lines."""
        left, right = (self._within(edge, self.width) for edge in (box[0], box[2]))
        for row in range(*(self._within(edge, self.height) for edge in (box[1], box[3]))):
            first = left + (-left - row) % every
            for shift in (0, 1):
                if first + shift < right:
                    begin = row * self.width + first + shift
                    self._span(slice(begin, row * self.width + right, every), colour, 0.5)

    def curve(self, points: Sequence[Point], colour: Colour, thickness: float, dash: int = 0) -> None:
        """Draw a line through points that go to the right, ``dash`` pixels on and as many off where it is given."""
        for column, (high, low) in _columns(points, self.width).items():
            if not dash or (column // dash) % 2 == 0:
                self._upright(column, high - thickness / 2, low + thickness / 2, colour)

    def between(self, above: Sequence[Point], below: Sequence[Point], colour: Colour, opacity: float) -> None:
        """Fill from one curve down to another."""
        lower = _columns(below, self.width)
        for column, (high, _) in _columns(above, self.width).items():
            top = self._within(high, self.height)
            bottom = self._within(lower.get(column, (high, high))[1], self.height)
            self._span(
                slice(top * self.width + column, bottom * self.width + column, self.width), colour, opacity
            )

    def disc(self, x: float, y: float, radius: int, colour: Colour) -> None:
        """Fill a small circle."""
        for row in range(-radius, radius + 1):
            half = (radius**2 - row**2) ** 0.5 + 0.5
            self.rectangle((x - half, y + row, x + half, y + row + 1), colour)

    def words(self, x: float, y: float, words: str, colour: Colour, weight: Weight = Weight.REGULAR) -> None:
        """Write words on the base line ``y`` from ``x`` on."""
        pen = round(x)
        for letter in letters(words, weight):
            for row in range(letter.height):
                top = round(y) + letter.top + row
                if 0 <= top < self.height:
                    self._cover(top, pen + letter.left, letter.row(row), colour)
            pen += letter.advance

    def png(self) -> bytes:
        """Return the picture as a PNG."""
        row = 3 * self.width
        whole = bytearray(row * self.height)
        for plane, part in enumerate(self._planes):
            whole[plane::3] = part
        # Unfiltered: rows that are alike are found by the compression itself, and filtering costs more than drawing.
        lines = b"".join(b"\0" + whole[top : top + row] for top in range(0, len(whole), row))
        head = struct.pack(">IIBBBBB", self.width, self.height, 8, _RGB, 0, 0, 0)
        parts = ((b"IHDR", head), (b"IDAT", zlib.compress(lines, 6)), (b"IEND", b""))
        return _SIGNATURE + b"".join(_chunk(kind, data) for kind, data in parts)

    def _span(self, where: slice, colour: Colour, opacity: float) -> None:
        for plane, part in zip(self._planes, colour, strict=True):
            held = plane[where]
            plane[where] = (
                bytes([part]) * len(held) if opacity >= 1 else held.translate(_mixed(part, opacity))
            )

    def _upright(self, column: int, top: float, bottom: float, colour: Colour) -> None:
        """Fill a column from ``top`` to ``bottom``, its ends as much as they cover of their pixels."""
        top, bottom = max(top, 0.0), min(bottom, float(self.height))
        if bottom <= top:
            return None
        first, last = floor(top), floor(bottom)
        if first == last:
            return self._dot(column, first, colour, bottom - top)
        self._dot(column, first, colour, first + 1 - top)
        self._dot(column, last, colour, bottom - last)
        begin, end = (first + 1) * self.width + column, last * self.width + column
        return self._span(slice(begin, end, self.width), colour, 1.0) if end > begin else None

    def _dot(self, x: int, y: int, colour: Colour, opacity: float) -> None:
        if 0 <= x < self.width and 0 <= y < self.height and opacity > 0:
            self._span(slice(y * self.width + x, y * self.width + x + 1), colour, min(opacity, 0.99))

    def _cover(self, row: int, left: int, coverage: bytes, colour: Colour) -> None:
        begin = row * self.width
        for plane, part in zip(self._planes, colour, strict=True):
            for x, cover in enumerate(coverage, left):
                if cover and 0 <= x < self.width:
                    held = plane[begin + x]
                    plane[begin + x] = held + (part - held) * cover // 255

    @staticmethod
    def _within(edge: float, size: int) -> int:
        return round(min(max(edge, 0.0), float(size)))


@lru_cache(maxsize=512)
def _mixed_of(part: int, steps: int) -> bytes:
    return bytes(round(held + (part - held) * steps / 64) for held in range(256))


def _mixed(part: int, opacity: float) -> bytes:
    """Return what each byte becomes under a translucent one."""
    return _mixed_of(part, round(opacity * 64))


def _columns(points: Sequence[Point], width: int) -> dict[int, tuple[float, float]]:
    """Return how high and how low a curve through ``points`` gets within each column of pixels."""
    found: dict[int, tuple[float, float]] = {}
    # In this order of arguments what is no number becomes a bound.
    points = [(min(_FAR, max(-_FAR, x)), min(_FAR, max(-_FAR, y))) for x, y in points]
    for (x, y), (next_x, next_y) in pairwise(points):
        slope = (next_y - y) / (next_x - x) if next_x > x else 0.0
        for column in range(max(floor(x), 0), min(floor(next_x), width - 1) + 1):
            if next_x > x:
                ends = [y + slope * (min(max(edge, x), next_x) - x) for edge in (column, column + 1)]
            else:
                ends = [y, next_y]
            high, low = found.get(column, (ends[0], ends[0]))
            found[column] = min(high, *ends), max(low, *ends)
    return found


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
