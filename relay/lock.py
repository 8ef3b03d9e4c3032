"""A lock file beside a SQLite store: a second server on the same file says why it won't start."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

# Beside a store: what each part of a relay holds while it runs.
WEB, WORKER = ".web.lock", ".worker.lock"


class AlreadyRunning(Exception):
    """Another server has the store."""


class ServerLock:
    """Held from start to end; the kernel frees it when the process dies, however it dies."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(self._file, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(self._file)
            raise AlreadyRunning(
                f"another relay (process {holder}) runs on this store; stop it, or give this one another store"
            ) from None
        os.ftruncate(self._file, 0)
        os.write(self._file, str(os.getpid()).encode())

    def release(self) -> None:
        """Let the next server start."""
        os.close(self._file)


def of_part(store: Path, part: str) -> ServerLock:
    """Take the lock of a part; a store has the same one by whatever link it is reached."""
    real = store.resolve()
    return ServerLock(real.with_name(real.name + part))


@contextmanager
def alone(store: Path) -> Iterator[None]:
    """Keep every server off a store."""
    with ExitStack() as held:
        for part in (WEB, WORKER):
            held.callback(of_part(store, part).release)
        yield
