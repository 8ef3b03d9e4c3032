"""Where a verdict comes from: the exact rule with its values, and where it is written, as pairs that an event keeps.

The rule: what is kept here explains an incident also after the table has changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import timedelta
from enum import Enum

from relay.core.detectors import Level
from relay.core.model import Labels, Severity

# What config.yaml calls a setting that Python has another word for.
_WRITTEN = {"hold": "for"}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where something is configured: the file, the line (None where it holds without being written), the file's digest."""

    file: str
    line: int | None
    digest: str

    @property
    def place(self) -> str:
        """The file and line, as editors take them.

        >>> Origin("config.yaml", 72, "").place, Origin("config.yaml", None, "").place
        ('config.yaml:72', 'config.yaml')
        """
        return self.file if self.line is None else f"{self.file}:{self.line}"

    def pairs(self) -> Labels:
        """Return it as pairs to keep."""
        line = () if self.line is None else (("line", str(self.line)),)
        return (("file", self.file), *line, ("config", self.digest))


def settings(of: object) -> Iterator[tuple[str, str]]:
    """Yield the values of a detector's settings as config.yaml writes them; levels are named for their severity."""
    for field in fields(of):  # type: ignore[arg-type]
        value = getattr(of, field.name)
        if field.name == "levels":
            yield from _levels(value)
        elif (written := _written(value)) is not None:
            yield _WRITTEN.get(field.name, field.name), written


def span(length: timedelta) -> str:
    """Return a length of time as config.yaml writes it.

    >>> span(timedelta(minutes=90)), span(timedelta(0)), span(timedelta(milliseconds=1500))
    ('1h30m', '0s', '1s500ms')
    """
    left = length // timedelta(milliseconds=1)
    parts = []
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, left = divmod(left, size)
        parts.append(f"{count}{unit}" if count else "")
    return "".join(parts) or "0s"


def _levels(levels: Iterable[Level]) -> Iterator[tuple[str, str]]:
    for level in levels:
        yield level.severity.word, f"{level.enter:.12g}"
        yield f"leave.{level.severity.word}", f"{level.leave:.12g}"


def _written(value: object) -> str | None:
    """Return a plain setting as text, None for what is no single value."""
    match value:
        case timedelta():
            return span(value)
        case bool():
            return "true" if value else "false"
        case Severity():
            return value.word
        case Enum():
            return str(value.value)
        case int() | float():
            return f"{value:.12g}"
        case str():
            return value
    return None
