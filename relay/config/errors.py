"""What is wrong with a configuration: every problem at once, each with where it stands, none with a secret in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

# The keys and list numbers that lead to a value.
Place = tuple[str | int, ...]

MOST_TOLD = 50
_LONGEST_KEY = 60


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A line and a column, both from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem; ``position`` is None where the file as a whole is meant."""

    position: Position | None
    place: str
    message: str

    def told(self, path: Path) -> str:
        """Return it as ``file:line:column: key: message``, on one line."""
        at = f"{path}:{self.position.line}:{self.position.column}" if self.position else str(path)
        return ": ".join(part for part in (at, self.place, self.message) if part)


class ConfigError(Exception):
    """A configuration that can't be used; as text one line a problem, in the order of the file."""

    def __init__(self, path: Path, problems: Iterable[Problem]) -> None:
        self.problems = tuple(ordered(problems))
        told = [problem.told(path) for problem in self.problems[:MOST_TOLD]]
        if len(self.problems) > MOST_TOLD:
            told.append(f"{path}: and {len(self.problems) - MOST_TOLD} more problems")
        super().__init__("\n".join(told))


def ordered(problems: Iterable[Problem]) -> list[Problem]:
    """Return problems in the order of the file; those of the file as a whole come first."""
    return sorted(problems, key=lambda problem: (problem.position or Position(0, 0), problem.place))


@dataclass(slots=True)
class Findings:
    """Collects what is found at places of the document; of several problems at one place the first counts.

    ``keys`` are the places whose key is meant, not what it holds.
    """

    problems: dict[Place, str] = field(default_factory=dict)
    warnings: dict[Place, str] = field(default_factory=dict)
    keys: set[Place] = field(default_factory=set)

    def error(self, place: Place, message: str, *, is_key: bool = False) -> None:
        """Note what makes the configuration unusable."""
        if place not in self.problems and is_key:
            self.keys.add(place)
        self.problems.setdefault(place, message)

    def warn(self, place: Place, message: str) -> None:
        """Note what is allowed and yet probably not meant."""
        self.warnings.setdefault(place, message)


def written(place: Place) -> str:
    """Return a place as a person writes it.

    >>> written(("routes", 0, "quiet", "zone"))
    'routes.0.quiet.zone'
    """
    return ".".join(_key(step) for step in place)


def suggestion(word: str, known: Sequence[str]) -> str:
    """Return ``, did you mean "…"?``, or else what there is to choose from.

    >>> suggestion("warnin", ["warning", "critical"]), suggestion("x", ["b", "a"]), suggestion("x", [])
    (', did you mean "warning"?', ' (known here: a, b)', '')
    """
    close = get_close_matches(word[:_LONGEST_KEY], known, n=1)
    if close:
        return f', did you mean "{close[0]}"?'
    return f" (known here: {', '.join(sorted(known))})" if known else ""


def _key(step: str | int) -> str:
    """A key comes from the file: it must neither break the line nor command a terminal."""
    cut = str(step)[:_LONGEST_KEY]
    return "".join(character if character.isprintable() else "\ufffd" for character in cut)
