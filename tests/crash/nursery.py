"""Processes of the relay, started without loading everything anew: one that has loaded it all forks as often as it is asked.

Thousands of starts are worth that. What is forked runs the ``relay`` command from its first line and is killed as any process.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import importlib
import json
import os
import select
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHIM = Path(__file__).parent / "shim"
# What every process needs; the driver of PostgreSQL is otherwise loaded where it is configured.
LOADED = ("relay.cli", "relay.store.postgres", "psycopg_binary", "uvloop", "httptools")
_PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """A process, and its exit code once it has ended: negative for a signal."""

    pid: int
    ended: asyncio.Future[int]

    @property
    def code(self) -> int | None:
        """The exit code, None while it runs."""
        return self.ended.result() if self.ended.done() else None


@dataclass
class Nursery:
    """Asks for processes. Its children end with it."""

    process: asyncio.subprocess.Process
    _asked: list[asyncio.Future[Child]] = field(default_factory=list)
    _children: dict[int, Child] = field(default_factory=dict)

    async def run(self, words: Sequence[str], log: Path, environment: Mapping[str, str]) -> Child:
        """Start ``relay`` with these words."""
        assert self.process.stdin is not None
        asked: asyncio.Future[Child] = asyncio.get_running_loop().create_future()
        self._asked.append(asked)
        order = {"words": list(words), "log": str(log), "environment": dict(environment)}
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        return await asked

    async def listen(self) -> None:
        """Take note of who began and who ended."""
        assert self.process.stdout is not None
        loop = asyncio.get_running_loop()
        while line := await self.process.stdout.readline():
            kind, pid, code = line.decode().split()
            if kind == "began":
                child = self._children[int(pid)] = Child(int(pid), loop.create_future())
                self._asked.pop(0).set_result(child)
            else:
                self._children.pop(int(pid)).ended.set_result(int(code))
        # Who still waits would wait for ever: it could not even begin, its words stand above.
        for asked in self._asked:
            asked.set_exception(ChildProcessError("the nursery has ended"))


@asynccontextmanager
async def nursery(**environment: str) -> AsyncIterator[Nursery]:
    """Have a nursery until the end of the block; ``environment`` holds for all that it starts."""
    # Nobody speaks TLS here: to read the system's certificates takes a third of a start.
    bare = {
        "SSL_CERT_FILE": os.devnull,
        "SSL_CERT_DIR": os.devnull,
        "PYTHONPATH": f"{SHIM}{os.pathsep}{ROOT}",
    }
    given = {**os.environ, **environment, **bare}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.crash.nursery", cwd=ROOT, env=given,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    made = Nursery(process)
    listening = asyncio.create_task(made.listen())
    try:
        yield made
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening


# What follows runs in the process that forks.


def main() -> None:
    """Fork for each line that comes in; say who began and who ended; kill them all when nobody asks any more."""
    for name in LOADED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    running: set[int] = set()
    coming = b""
    while True:
        readable, _, _ = select.select([0], [], [], 0.02)
        if readable:
            read = os.read(0, 65536)
            if not read:
                break
            *orders, coming = (coming + read).split(b"\n")
            for order in orders:
                running.add(_fork(json.loads(order)))
        _reap(running)
    for pid in running:
        os.kill(pid, signal.SIGKILL)
    while running:
        running.discard(os.wait()[0])


def _reap(running: set[int]) -> None:
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        running.discard(pid)
        _say(f"ended {pid} {os.waitstatus_to_exitcode(status)}\n")


def _fork(order: Mapping[str, object]) -> int:
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            code = _live(order)
        finally:
            os._exit(code)
    _say(f"began {pid} 0\n")
    return pid


def _live(order: Mapping[str, object]) -> int:
    """Be the process that was asked for; return its exit code."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    log = os.open(str(order["log"]), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for held, place in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(held, place)
    os.environ.update(order["environment"])  # type: ignore[call-overload]
    from relay.cli import main as relay

    try:
        relay(order["words"], prog_name="relay")
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    except BaseException:  # noqa: BLE001 - into its own log, as an interpreter does at its end
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


def _say(line: str) -> None:
    os.write(1, line.encode())


if __name__ == "__main__":
    main()
