"""Tries mutants on a copy of the checkout: the work tree itself is never changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from time import monotonic

from tests.mutants.mutant import ROOT, Mutant

# A mutant may make a test wait for ever, which is a failure too.
LONGEST = 120.0
# What pytest ends with where it ran and a test failed.
_FAILED = 1


class Fate(Enum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "SURVIVED"
    STALE = "stale"
    BROKEN = "the tests could not run"


@dataclass(frozen=True)
class Tried:
    """A mutant, what became of it, and the words of the tests."""

    mutant: Mutant
    fate: Fate
    seconds: float = 0.0
    said: str = ""


@contextmanager
def copied() -> Iterator[Path]:
    """Have a copy of what git knows or would take, in a folder of its own."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copy = Path(folder)
        for name in filter(None, names):
            if (ROOT / name).is_file():
                (copy / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, copy / name)
        yield copy


def tried(mutant: Mutant, copy: Path) -> Tried:
    """Apply a mutant to the copy, run its tests, and take it back."""
    file = copy / mutant.file
    text = file.read_text()
    if text.count(mutant.old) != 1:
        return Tried(mutant, Fate.STALE)
    file.write_text(text.replace(mutant.old, mutant.new))
    try:
        return _judged(mutant, copy)
    finally:
        file.write_text(text)


def passes(tests: Sequence[str], copy: Path) -> str:
    """Return nothing where these tests pass on the copy as it is, else their words."""
    code, said = _run(tests, copy, LONGEST * 10)
    return "" if code == 0 else said


def _judged(mutant: Mutant, copy: Path) -> Tried:
    began = monotonic()
    code, said = _run(mutant.tests, copy, LONGEST)
    fate = {0: Fate.SURVIVED, _FAILED: Fate.KILLED}.get(code, Fate.BROKEN)
    return Tried(mutant, fate, monotonic() - began, said)


def _run(tests: Sequence[str], copy: Path, longest: float) -> tuple[int, str]:
    # Compiled modules are told apart by whole seconds and sizes only: none are kept.
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            command, cwd=copy, env=environment, stdout=said, stderr=said, start_new_session=True
        )
        try:
            code = process.wait(longest)
        except subprocess.TimeoutExpired:
            code = _FAILED
        finally:
            _end(process)
        said.seek(0)
        return code, said.read()


def _end(process: subprocess.Popen[bytes]) -> None:
    """End what hangs; pytest takes its servers down when it is interrupted."""
    if process.poll() is not None:
        return
    process.send_signal(2)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
