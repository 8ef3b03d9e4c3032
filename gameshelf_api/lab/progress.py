"""Showing how far a run is: a bar on a terminal, a plain line every tenth otherwise."""

import sys
import time
from typing import TextIO

from gameshelf_api.lab.texts import Texts

WIDTH = 30


class Bar:
    """A progress bar; what is printed meanwhile goes through ``say``, which keeps the bar at the end."""

    def __init__(self, texts: Texts, title: str, out: TextIO | None = None) -> None:
        self._texts, self._title = texts, title
        self._out = out or sys.stdout
        self._is_terminal = self._out.isatty()
        self._started = time.monotonic()
        self._shown_at = self._shown_tenth = 0.0
        self._is_open = False

    def show(self, done: int, total: int, errors: int) -> None:
        """Show that ``done`` of ``total`` requests are made."""
        elapsed = time.monotonic() - self._started
        values = {"title": self._title, "done": done, "total": total, "seconds": elapsed}
        self._draw(self._texts.say("progress", errors=errors, **values), done, total)

    def show_steps(self, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` steps are done."""
        elapsed = time.monotonic() - self._started
        values = {"title": self._title, "done": done, "total": total, "seconds": elapsed}
        self._draw(self._texts.say("steps", **values), done, total)

    def _draw(self, line: str, done: int, total: int) -> None:
        now, tenth = time.monotonic(), done * 10 // max(total, 1)
        if self._is_terminal and (now - self._shown_at > 0.1 or done == total):
            full = WIDTH * done // max(total, 1)
            self._out.write(f"\r\x1b[K[{'█' * full}{'·' * (WIDTH - full)}] {line}")
            self._shown_at, self._is_open = now, True
        elif not self._is_terminal and tenth > self._shown_tenth:
            self._out.write(f"{line}\n")
            self._shown_tenth = tenth
        self._out.flush()

    def say(self, line: str) -> None:
        """Print a line above the bar."""
        self._out.write(("\r\x1b[K" if self._is_open else "") + f"{line}\n")
        self._shown_at = 0.0
        self._out.flush()

    def close(self) -> None:
        """Leave the bar behind."""
        if self._is_open:
            self._out.write("\n")
            self._is_open = False
