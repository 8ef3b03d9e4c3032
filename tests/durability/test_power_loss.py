"""The power fails at any moment: nothing that was answered is lost. With less than ``synchronous=FULL`` it would be."""

from __future__ import annotations

from pathlib import Path

from tests.durability.losing import cut_everywhere
from tests.durability.recording import Note, recorded


def test_nothing_answered_is_lost_whenever_the_power_fails(tmp_path: Path) -> None:
    """And the store that is left starts, and is whole."""
    notes = recorded(tmp_path, events=48)
    assert answers_too_early(notes) == []
    loss = cut_everywhere(notes, cuts=80)
    assert loss.answered == 48
    assert loss.cuts >= 80
    assert (loss.lost, loss.broken) == ([], [])


def test_the_control_loses(tmp_path: Path) -> None:
    """SQLite's usual ``synchronous=NORMAL`` keeps the file whole and loses what was answered: the test can see it."""
    notes = recorded(tmp_path, events=32, synchronous="normal")
    assert answers_too_early(notes)
    loss = cut_everywhere(notes, cuts=15)
    assert loss.lost
    assert loss.broken == []


def answers_too_early(notes: list[Note]) -> list[str]:
    """Return the receipts that were answered before the log that holds them was written and synced, in this order."""
    written: dict[bytes, int] = {}
    synced_up_to = begun = -1
    early = []
    for number, note in enumerate(notes):
        if note.kind == "B" and note.path.endswith("-wal"):
            begun = number
        elif note.kind == "S" and note.path.endswith("-wal"):
            synced_up_to = begun
        for receipt in note.receipts:
            first = written.setdefault(receipt, _written(notes, receipt, number))
            if not 0 <= first < synced_up_to:
                early.append(receipt.decode())
    return early


def _written(notes: list[Note], receipt: bytes, before: int) -> int:
    """Return when the log first held a receipt, -1 where it did not before then."""
    for number in range(before):
        note = notes[number]
        if note.kind == "W" and note.path.endswith("-wal") and receipt in note.bytes:
            return number
    return -1
