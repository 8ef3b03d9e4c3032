"""A mutant: one promise, the change of the code that breaks it, and the tests that must see it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Mutant:
    """``old``, which stands in ``file`` once, becomes ``new``; then at least one of ``tests`` fails."""

    promise: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    @property
    def is_stale(self) -> bool:
        """Whether the code has changed so that the mutant says nothing any more."""
        return (ROOT / self.file).read_text().count(self.old) != 1
