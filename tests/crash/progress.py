"""What a run of the crash matrix came to so far, kept so that one that was stopped goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from tests.crash.matrix import Row

_ROOT = Path(__file__).parents[2]
KEPT = _ROOT / "build" / "crash.json"
_NUMBERS = ("rounds", "accepted", "told", "repeated", "most_repeats", "wrong")


def keep(rows: Sequence[Row], place: Path = KEPT) -> None:
    """Keep what the rows came to, at once or not at all."""
    played = {
        _name(row): {name: getattr(row, name) for name in _NUMBERS} for row in rows if row.rounds or row.wrong
    }
    place.parent.mkdir(exist_ok=True)
    draft = place.with_suffix(".new")
    draft.write_text(json.dumps({"of": _sources(), "rows": played}))
    draft.replace(place)


def take_up(rows: Sequence[Row], place: Path = KEPT) -> None:
    """Give the rows what they came to in a run of the same code that was stopped."""
    if not place.exists():
        return
    kept = json.loads(place.read_text())
    if kept["of"] != _sources():
        return
    for row in rows:
        for name, value in kept["rows"].get(_name(row), {}).items():
            setattr(row, name, value)


def _name(row: Row) -> str:
    return f"{row.layout.name} | {row.case.name}"


def _sources() -> str:
    """Return what the relay and the harness are, by their content."""
    found = sha256()
    for folder in ("relay", "tests/crash"):
        for file in sorted((_ROOT / folder).rglob("*.py")):
            found.update(file.read_bytes())
    return found.hexdigest()
