"""What the demonstration says to the person before it."""

from __future__ import annotations

import sys
from time import monotonic

WIDTH = 32


class Screen:
    """Lines, and one bar that is redrawn on a terminal and told in steps elsewhere."""

    def __init__(self) -> None:
        self._began = monotonic()
        self._bar_shown = False
        self._told = -1

    def say(self, line: str) -> None:
        """Print a line with the seconds since the start."""
        self._clear()
        print(f"{monotonic() - self._began:5.1f} s  {line}", flush=True)

    def show(self, lines: str) -> None:
        """Print lines as they are."""
        self._clear()
        print(lines, flush=True)

    def bar(self, label: str, done: float) -> None:
        """Show how much is done, from 0 to 1."""
        done = min(max(done, 0.0), 1.0)
        if not sys.stdout.isatty():
            self._step(label, done)
            return
        filled = round(done * WIDTH)
        print(f"\r  {label} [{'█' * filled}{'·' * (WIDTH - filled)}] {done:4.0%}", end="", flush=True)
        self._bar_shown = True

    def _step(self, label: str, done: float) -> None:
        step = int(done * 4)
        if step > self._told:
            self._told = step
            print(f"  {label} {done:.0%}", flush=True)

    def _clear(self) -> None:
        if self._bar_shown:
            print("\r" + " " * 78 + "\r", end="")
            self._bar_shown = False
