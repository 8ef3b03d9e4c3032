"""A decoder of PNG of a few lines, from the specification, that knows nothing of the relay's own writer."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Picture:
    """Rows of pixels, three bytes each."""

    width: int
    height: int
    rows: tuple[bytes, ...]

    def pixel(self, x: int, y: int) -> tuple[int, ...]:
        return tuple(self.rows[y][3 * x : 3 * x + 3])

    def colours(self) -> set[tuple[int, ...]]:
        """Every colour that there is."""
        return {tuple(row[at : at + 3]) for row in set(self.rows) for at in range(0, len(row), 3)}


def decode(content: bytes) -> Picture:
    """Return the pixels of an 8-bit RGB PNG; fail where a length, a checksum or a filter is not as it must be."""
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = [], 8
    while at < len(content):
        (size,) = struct.unpack(">I", content[at : at + 4])
        kind, data = content[at + 4 : at + 8], content[at + 8 : at + 8 + size]
        assert struct.unpack(">I", content[at + 8 + size : at + 12 + size])[0] == zlib.crc32(kind + data)
        chunks.append((kind, data))
        at += 12 + size
    assert [kind for kind, _ in chunks][:: len(chunks) - 1] == [b"IHDR", b"IEND"]
    width, height, *rest = struct.unpack(">IIBBBBB", chunks[0][1])
    assert rest == [8, 2, 0, 0, 0]
    lines = zlib.decompress(b"".join(data for kind, data in chunks if kind == b"IDAT"))
    step = 1 + 3 * width
    assert len(lines) == step * height
    assert {lines[top] for top in range(0, len(lines), step)} == {0}
    return Picture(width, height, tuple(lines[top + 1 : top + step] for top in range(0, len(lines), step)))
