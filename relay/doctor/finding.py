"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How it is."""

    WELL = "ok"
    WARNING = "warning"
    FAILED = "failed"
    ABSENT = "not configured"
    SKIPPED = "not tried"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: ``said`` is what was found, ``mend`` how to make it well. Neither holds a secret."""

    check: str
    state: State
    said: str
    mend: str = ""


def well(check: str, said: str) -> Finding:
    """Return that all is well."""
    return Finding(check, State.WELL, said)


def warning(check: str, said: str, mend: str) -> Finding:
    """Return what may do harm."""
    return Finding(check, State.WARNING, said, mend)


def failed(check: str, said: str, mend: str) -> Finding:
    """Return what will do harm."""
    return Finding(check, State.FAILED, said, mend)


def absent(check: str, said: str, mend: str = "") -> Finding:
    """Return that there is nothing to look at; ``mend`` says what could be had."""
    return Finding(check, State.ABSENT, said, mend)


def skipped(check: str, said: str, mend: str) -> Finding:
    """Return that it was not looked at."""
    return Finding(check, State.SKIPPED, said, mend)
