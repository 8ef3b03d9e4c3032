"""Processes of the demonstration: started together, stopped together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import monotonic, sleep
from urllib.error import URLError
from urllib.request import urlopen

# How long a part may take to answer, and to end once it is asked to.
START_SECONDS = 30.0
STOP_SECONDS = 10.0


class PartFailed(Exception):
    """A part of the demonstration did not come up or ended too soon; the message holds the end of its log."""


def check_free(variable: str, port: str) -> None:
    """Raise ``PartFailed`` unless ``port`` can be listened on: whoever answers there would be taken for a part."""
    if not (port.isdecimal() and 0 < int(port) < 65_536):
        raise PartFailed(f"{variable}={port} is no port")
    try:
        socket.create_server(("127.0.0.1", int(port))).close()
    except OSError as cause:
        raise PartFailed(
            f"port {port} can't be used ({cause.strerror}): stop what listens there, or set {variable}"
        ) from None


class Part:
    """One process with a log file of its own."""

    def __init__(
        self, name: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path
    ) -> None:
        self.name = name
        self._log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            # In a session of its own: Ctrl-C reaches the demonstration alone, which then ends its parts in order.
            self._process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                env={**os.environ, **environment},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def has_ended(self) -> bool:
        """Whether the process is no longer there."""
        return self._process.poll() is not None

    def wait_until_it_answers(self, url: str) -> None:
        """Return once ``url`` answers; raise ``PartFailed`` when it does not."""
        deadline = monotonic() + START_SECONDS
        while not _answers(url):
            if self.has_ended or monotonic() > deadline:
                raise PartFailed(f"{self.name} did not start. The end of {self._log}:\n{self._tail()}")
            sleep(0.05)

    def stop(self) -> None:
        """End the process: politely, then for good."""
        if self.has_ended:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _tail(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines()[-12:]
        return "\n".join(f"  {line}" for line in lines)


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=1) as answer:  # noqa: S310 - an address of this demonstration
            return int(answer.status) == 200
    except (URLError, OSError):
        return False
