"""The Prometheus text format 0.0.4, read line by line for the wanted names only.

The rule: a line whose name isn't wanted is skipped unread; one that is wanted is read strictly. The format:
https://prometheus.io/docs/instrumenting/exposition_formats/ (time stamps and exemplars are passed over).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO

from relay.core.model import Labels, Reading
from relay.core.text import Text, text
from relay.sources.grammar import BETWEEN, EACH_PAIR, END, NAME, VALUE
from relay.sources.plain import plain

# What one page may hold. Each bounds memory and the time that the loop stands still, also where a page means harm.
LINES = 200_000
LINE_BYTES = 65_536
# Wanted series and their labels together.
PARTS = 200_000

_HEAD = re.compile(rb"[ \t]*+(%b)" % NAME)
_HEAD_WITH_LABELS = re.compile(rb"[ \t]*+(%b)%b" % (NAME, BETWEEN))
_TAIL = re.compile(rb"%b%b\n?+" % (VALUE, END))
_EACH_PAIR = re.compile(EACH_PAIR)
_MARK = b"\xef\xbb\xbf"
_ESCAPED = re.compile(r'\\([\\n"])')


class ExpositionError(Exception):
    """A wanted line that can't be read, or a page beyond its bounds. ``line`` counts from 1."""

    def __init__(self, reason: Text, line: int | None = None) -> None:
        super().__init__(reason.key if line is None else f"line {line}: {reason.key}")
        self.line = line
        self.reason = reason if line is None else text("nodata.why.line", line=line, what=reason)


def parse(page: bytes, names: frozenset[str] | None) -> list[Reading]:
    """Return the samples called ``names`` (all with None) in the page's order, or raise ``ExpositionError``."""
    page = page.removeprefix(_MARK)
    if len(page) > LINES and page.count(b"\n") > LINES:
        raise ExpositionError(text("nodata.why.many"))
    found = None if names is None else plain(page, names, LINE_BYTES, PARTS)
    return by_line(page, names) if found is None else found


def by_line(page: bytes, names: frozenset[str] | None) -> list[Reading]:
    """Return the same, read line by line."""
    readings: list[Reading] = []
    parts = 0
    for number, line in _candidates(page, names):
        reading = _reading(line, number, names)
        if reading is None:
            continue
        readings.append(reading)
        parts += 1 + len(reading.labels)
        if parts > PARTS:
            raise ExpositionError(text("nodata.why.many"))
    return readings


def holds_samples(page: bytes) -> bool:
    """Whether a line near the top is a sample: no web page that answers in the place of the metrics."""
    for _, line in zip(range(1_000), BytesIO(page), strict=False):
        head = _HEAD_WITH_LABELS.match(line)
        if head is not None and _value(line, head.end()) is not None:
            return True
    return False


def _candidates(page: bytes, names: frozenset[str] | None) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that may be wanted: a plain prefix test skips the others at a tenth of a match's cost."""
    lines = enumerate(BytesIO(page), 1)
    if names is None:
        return ((number, line) for number, line in lines if not line.startswith(b"#"))
    starts = (*(name.encode() for name in names), b" ", b"\t")
    return ((number, line) for number, line in lines if line.startswith(starts))


def _reading(line: bytes, number: int, names: frozenset[str] | None) -> Reading | None:
    head = _HEAD_WITH_LABELS.match(line) if len(line) <= LINE_BYTES else None
    if head is None:
        _refuse(line, number, names)
        return None
    name = head[1].decode()
    if names is not None and name not in names:
        return None
    value = _value(line, head.end())
    if value is None:
        raise ExpositionError(text("nodata.why.line.value"), number)
    return Reading(name, value, _labels(head[2], number) if head[2] else ())


def _refuse(line: bytes, number: int, names: frozenset[str] | None) -> None:
    """Raise for a broken line, unless it is blank, a comment, or not wanted."""
    named = _HEAD.match(line, 0, LINE_BYTES)
    if named is None:
        if names is None and line.strip() and not line.lstrip().startswith(b"#"):
            raise ExpositionError(text("nodata.why.line.value"), number)
        return
    if names is not None and named[1].decode() not in names:
        return
    raise ExpositionError(text(f"nodata.why.line.{_fault(line, named.end())}"), number)


def _fault(line: bytes, end: int) -> str:
    if len(line) > LINE_BYTES:
        return "length"
    return "labels" if line[end:].lstrip(b" \t").startswith(b"{") else "value"


def _value(line: bytes, start: int) -> float | None:
    tail = _TAIL.fullmatch(line, start)
    # Python's digits may be grouped by underscores; the format's may not.
    if tail is None or b"_" in tail[1]:
        return None
    try:
        return float(tail[1])
    except ValueError:
        return None


def _labels(written: bytes, number: int) -> Labels:
    try:
        pairs = _EACH_PAIR.findall(written.decode())
    except UnicodeDecodeError:
        raise ExpositionError(text("nodata.why.line.encoding"), number) from None
    if b"\\" in written:
        pairs = [(name, _ESCAPED.sub(_unescaped, value)) for name, value in pairs]
    if len(pairs) > 1 and len(dict(pairs)) < len(pairs):
        raise ExpositionError(text("nodata.why.line.labels"), number)
    return tuple(sorted(pairs))


def _unescaped(escape: re.Match[str]) -> str:
    return "\n" if escape[1] == "n" else escape[1]
