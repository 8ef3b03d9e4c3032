"""A disk that loses its power: what is left of the files when only what was synced is sure to be there.

The rules: what a sync covered is there; of what was written since, any part may be, sector by sector; a file is sure to be
there, or gone, once its folder was synced.
"""

from __future__ import annotations

import random
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from relay.store.checking import of_sqlite
from relay.store.sqlite import SqliteBackend
from tests.durability.recording import Note

SECTOR = 512
# What is left needs no disk that syncs.
MEMORY = Path("/dev/shm")
# What is left of what was written since the last sync.
NOTHING, EVERYTHING, SOME = "nothing", "everything", "some"


@dataclass
class _File:
    synced: bytearray = field(default_factory=bytearray)
    # Since then: (number of the note, offset, bytes), or a size that it was cut to.
    since: list[tuple[int, int, bytes | None]] = field(default_factory=list)
    is_there: bool = True
    # As the folder on the disk says; until it is synced, the disk may say either.
    is_sure: bool = False
    begun: int = 0


class Disk:
    """The files of one folder, as notes change them."""

    def __init__(self) -> None:
        self._files: dict[str, _File] = {}

    def take(self, number: int, note: Note) -> None:
        """Go on by one note."""
        if note.kind == "U":
            self._files[note.path].is_there = False
            self._files[note.path].is_sure = False
            return
        if note.kind in "A":
            return
        file = self._files.setdefault(note.path, _File())
        if note.kind == "O" and not file.is_there:
            file = self._files[note.path] = _File()
        elif note.kind == "W":
            file.since.append((number, note.at, note.bytes))
        elif note.kind == "T":
            file.since.append((number, note.at, None))
        elif note.kind == "B":
            file.begun = number
        elif note.kind == "S":
            self._sync(note.path, file)

    def left(self, how: str, dice: random.Random) -> Iterator[tuple[str, bytes]]:
        """Give the files that are left and what is in them."""
        for path, file in self._files.items():
            if path.endswith("-shm") or not (file.synced or file.since):
                continue
            there = file.is_there if file.is_sure or how != SOME else dice.random() < 0.5
            if how == NOTHING and not file.is_sure:
                there = not file.is_there
            if there:
                content = bytearray(file.synced)
                for _, at, data in _kept(file.since, how, dice):
                    _apply(content, at, data)
                yield path, bytes(content)

    def _sync(self, path: str, file: _File) -> None:
        for number, at, data in file.since:
            if number < file.begun:
                _apply(file.synced, at, data)
        file.since = [one for one in file.since if one[0] >= file.begun]
        for other, its in self._files.items():
            if str(Path(other).parent) == path:
                its.is_sure = True


def _apply(content: bytearray, at: int, data: bytes | None) -> None:
    if data is None:
        del content[at:]
        content.extend(bytes(max(0, at - len(content))))
        return
    content.extend(bytes(max(0, at - len(content))))
    content[at : at + len(data)] = data


def _kept(
    since: Sequence[tuple[int, int, bytes | None]], how: str, dice: random.Random
) -> Iterator[tuple[int, int, bytes | None]]:
    if how == EVERYTHING:
        yield from since
    if how != SOME:
        return
    for number, at, data in since:
        if data is None:
            if dice.random() < 0.5:
                yield number, at, None
            continue
        for start in range(0, len(data), SECTOR):
            if dice.random() < 0.5:
                yield number, at + start, data[start : start + SECTOR]


@dataclass
class Loss:
    """What cutting the power at many moments showed."""

    cuts: int = 0
    answered: int = 0
    lost: list[tuple[int, str, int]] = field(default_factory=list)
    broken: list[tuple[int, str, str]] = field(default_factory=list)


def cut_everywhere(notes: Sequence[Note], cuts: int, seed: int = 1) -> Loss:
    """Cut the power at ``cuts`` moments, spread over all, start a store on what is left, and look for what was answered."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        return _cut_everywhere(notes, Path(folder), cuts, seed)


def _cut_everywhere(notes: Sequence[Note], folder: Path, cuts: int, seed: int) -> Loss:
    dice = random.Random(seed)
    moments = set(dice.sample(range(len(notes)), min(cuts, len(notes))))
    # Right after an answer is when a promise is youngest.
    moments |= set(dice.sample([n for n, note in enumerate(notes) if note.receipts], 20))
    disk, loss, answered = Disk(), Loss(), set[str]()
    for number, note in enumerate(notes):
        disk.take(number, note)
        answered.update(one.decode() for one in note.receipts)
        if number in moments:
            how = (NOTHING, EVERYTHING, SOME, SOME)[loss.cuts % 4]
            _cut(disk, how, dice, folder / f"cut-{number}", loss, number, answered)
    loss.answered = len(answered)
    return loss


def _cut(
    disk: Disk, how: str, dice: random.Random, folder: Path, loss: Loss, number: int, answered: set[str]
) -> None:
    folder.mkdir(parents=True)
    for path, content in disk.left(how, dice):
        (folder / Path(path).name).write_bytes(content)
    loss.cuts += 1
    backend = SqliteBackend(folder / "relay.db")
    try:
        backend.migrate()
        wrong = [one.rule for one in of_sqlite(backend) if one.broken]
    except Exception as fault:  # noqa: BLE001 - whatever it is, it is what the test looks for
        wrong = [repr(fault)]
    if wrong:
        loss.broken.append((number, how, "; ".join(wrong)))
    else:
        connection = sqlite3.connect(backend.path)
        held = {row[0] for row in connection.execute("select id from receipts")}
        connection.close()
        if answered - held:
            loss.lost.append((number, how, len(answered - held)))
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
