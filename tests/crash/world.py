"""A relay as it runs somewhere: processes that a supervisor starts again, a sender that does not give up, a far end."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, time

from tests.crash.far_end import FarEnd, far_end
from tests.crash.nursery import Child, Nursery
from tests.crash.sender import Sender, Unanswered
from tests.crash.stores import Store

SECRET = "a-secret-of-the-crash-test"
# How long anything may take on a busy machine before it counts as hanging.
PATIENCE = 120.0
STEPS = ("warning", "critical", "ok")
SENDERS = 3
# Seconds between two requests of a sender at most: soon after a fault, and when the next one lets them wait.
BUSY, SLOW = 0.15, 4.0


@dataclass(frozen=True)
class Times:
    """What the shim shortens the lease and the deadline of a send to, in seconds; in production they are 30 and 10.

    A busy machine needs more: whoever does not get to run for longer than that looks like a fault.
    """

    lease: float
    deadline: float

    @property
    def environment(self) -> dict[str, str]:
        """How the shim is told."""
        return {"CRASH_LEASE": str(self.lease), "CRASH_DEADLINE": str(self.deadline)}


# For a few at a time, and for dozens.
SHORT = Times(5, 3)
LONG = Times(6, 3.5)


class Stuck(Exception):
    """Something that must happen did not."""


@dataclass(frozen=True)
class Span:
    """From when to when something went on, in seconds of the clock on the wall."""

    begin: float
    end: float


@dataclass(frozen=True)
class Accepted:
    """A 2xx: for what, and with which receipt."""

    trouble: str
    step: str
    receipt: str


@dataclass
class Instance:
    """One process: ``relay serve``, ``web`` or ``worker``."""

    role: str
    config: Path
    log: Path
    armed: Path
    nursery: Nursery
    port: int = 0
    child: Child | None = None

    async def start(self) -> None:
        """Run it. Whether it answers is seen by whoever sends."""
        words = [self.role, "--config", str(self.config)]
        if self.role != "worker":
            # Once and for all: whoever starts again answers at the same address.
            self.port = self.port or _free_port()
            words += ["--port", str(self.port)]
        self.child = await self.nursery.run(words, self.log, {"CRASH_ARMED": str(self.armed)})

    @property
    def pid(self) -> int:
        """Its process id, 0 while it does not run."""
        return self.child.pid if self.child is not None and self.child.code is None else 0

    def send(self, number: signal.Signals) -> None:
        """Signal it, if it runs."""
        if self.pid:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)


@dataclass
class World:
    """A store, its processes, who sends and who is told."""

    folder: Path
    store: Store
    end: FarEnd
    instances: list[Instance]
    times: Times
    accepted: list[Accepted] = field(default_factory=list)
    deaths: list[int] = field(default_factory=list)
    """The exit codes of processes that the supervisor started again."""
    faults: list[Span] = field(default_factory=list)
    """What went wrong: each may repeat one message on each channel. A death is noted when the supervisor sees it."""
    refused: int = 0
    """How many posts were answered 503 or 429, to be sent again."""
    pause: float = BUSY
    _number: int = 0
    _marks: int = 0
    _mark: Path = Path("nothing-fired")
    _supervising: asyncio.Task[None] | None = None

    def arm(self, point: str, action: str = "kill", number: int = 1) -> Path:
        """Have whoever reaches ``point`` for the ``number``-th time die or stop; return the file that will say who."""
        self._marks += 1
        self._mark = self.folder / f"fired-{self._marks}"
        draft = self.folder / "armed.new"
        draft.write_text(f"{point}|{action}|{number}|{self._mark}")
        draft.rename(self.folder / "armed")
        return self._mark

    def disarm(self) -> None:
        """Let everybody live."""
        (self.folder / "armed").unlink(missing_ok=True)

    async def start(self) -> None:
        """Start every process, and again whichever ends."""
        for instance in self.instances:
            await instance.start()
        self._supervising = asyncio.create_task(self._supervise())

    async def stop(self) -> None:
        """End everything."""
        if self._supervising is not None:
            self._supervising.cancel()
            with suppress(asyncio.CancelledError):
                await self._supervising
        for instance in self.instances:
            instance.send(signal.SIGKILL)
        for instance in self.instances:
            if instance.child is not None:
                await asyncio.wait_for(instance.child.ended, PATIENCE)

    async def _supervise(self) -> None:
        """Start again what ended, as a platform does; a fault is armed for one death only."""
        while True:
            for instance in self.instances:
                code = instance.child.code if instance.child is not None else None
                if code is not None:
                    self.deaths.append(code)
                    self.faults.append(Span(time(), time()))
                    if self._mark.exists():
                        self.disarm()
                    await instance.start()
            await asyncio.sleep(0.02)

    async def until(self, seen: Callable[[], object], what: str, every: float = 0.05) -> None:
        """Wait until it is so."""
        deadline = monotonic() + PATIENCE
        while not seen():
            if monotonic() > deadline or self._is_broken:
                raise Stuck(f"{what}\n{self.logs()}")
            await asyncio.sleep(every)

    async def calm(self) -> None:
        """Wait until nothing is to be told any more."""
        await self.until(self._is_calm, "deliveries stay pending", every=0.2)

    async def one(self) -> Instance:
        """Return one of the processes that run."""
        await self.until(lambda: self.pids, "no process is started again")
        return random.choice([instance for instance in self.instances if instance.pid])

    def fell(self, mark: Path) -> bool:
        """Whether the process that a fault hit is over."""
        pid = mark.read_text()
        return bool(pid) and int(pid) not in self.pids

    async def up(self) -> None:
        """Wait until every process runs and ends in order when it is asked to."""
        await self.until(
            lambda: all(one.pid and _catches(one.pid, signal.SIGTERM) for one in self.instances),
            "a process does not come up",
        )

    def _is_calm(self) -> bool:
        try:
            (row,) = self.store.rows("select count(*) as pending from deliveries where state = 'pending'")
            (held,) = self.store.rows(
                "select count(*) as over from incidents where resolved_at is null and ends_at is not null"
            )
        except Exception:  # noqa: BLE001 - no store yet, or it is being restarted
            return False
        return bool(row["pending"] == 0 and held["over"] == 0)

    @property
    def pids(self) -> list[int]:
        """The processes that run."""
        return [instance.pid for instance in self.instances if instance.pid]

    @property
    def _is_broken(self) -> bool:
        """Whether a process ended by itself."""
        return any(code not in (0, -signal.SIGKILL) for code in self.deaths)

    def logs(self) -> str:
        """Return the ends of the logs."""
        return "\n".join(f"{one.log.name}: …{_end_of(one.log)}" for one in self.instances)

    @asynccontextmanager
    async def traffic(self, about: str, *, alerts: bool = False) -> AsyncIterator[None]:
        """Send until the end of the block; what was begun by then is sent to its end."""
        over = asyncio.Event()
        senders = [asyncio.create_task(self._send(about, over, alerts=alerts)) for _ in range(SENDERS)]
        try:
            yield
        finally:
            over.set()
            await asyncio.wait_for(asyncio.gather(*senders), 2 * PATIENCE)

    async def _send(self, about: str, over: asyncio.Event, *, alerts: bool) -> None:
        with closing(Sender()) as sender:
            while True:
                self._number += 1
                trouble = f"{about}-{self._number}"
                for step in ("alert",) if alerts else STEPS:
                    await self._accepted(sender, trouble, step)
                    with suppress(TimeoutError):
                        await asyncio.wait_for(over.wait(), random.uniform(0, self.pause))
                if over.is_set():
                    return
                self.pause = min(SLOW, self.pause * 2)

    async def _accepted(self, sender: Sender, trouble: str, step: str) -> None:
        """Post until it is accepted, as a sender must."""
        path, body = _post(trouble, step)
        deadline = monotonic() + PATIENCE
        while monotonic() < deadline and not self._is_broken:
            ports = [one.port for one in self.instances if one.role != "worker"]
            try:
                status, answer = await sender.post(random.choice(ports), path, body)
            except Unanswered:
                await asyncio.sleep(0.1)
                continue
            if status == 200:
                self.accepted.append(Accepted(trouble, step, answer["receipt"]))
                return
            if status not in (429, 503):
                raise Stuck(f"answered {status}: {answer}")
            self.refused += 1
            await asyncio.sleep(0.2)
        raise Stuck(f"never accepted: {trouble} {step}\n{self.logs()}")


@asynccontextmanager
async def world(
    folder: Path, store: Store, roles: Sequence[str], nursery: Nursery, times: Times
) -> AsyncIterator[World]:
    """Make a world; its processes are started by ``start``."""
    async with far_end() as end:
        config = folder / "config.yaml"
        config.write_text(json.dumps(_config(store.address, f"http://127.0.0.1:{end.port}")))
        instances = [
            Instance(role, config, folder / f"{role}-{number}.log", folder / "armed", nursery)
            for number, role in enumerate(roles)
        ]
        made = World(folder, store, end, instances, times)
        try:
            yield made
        finally:
            await made.stop()


def _config(store: str, far: str) -> dict[str, object]:
    return {
        "store": store,
        "intakes": {
            "generic": {"format": "generic", "secrets": [SECRET]},
            "alerts": {"format": "alertmanager", "secrets": [SECRET], "resolve_timeout": "1s"},
        },
        "channels": {
            "slack": {"kind": "slack", "webhook_url": f"{far}/slack/{SECRET}", "digest_above": 10_000},
            "discord": {
                "kind": "discord",
                "webhook_url": f"{far}/discord/webhooks/1/{SECRET}",
                "digest_above": 10_000,
            },
        },
        "log": {"level": "warning"},
    }


def _post(trouble: str, step: str) -> tuple[str, object]:
    if step == "alert":
        labels = {"alertname": trouble, "severity": "critical", "instance": trouble}
        return f"/webhooks/alerts/{SECRET}", [{"labels": labels}]
    body = {"event_id": f"{trouble}-{step}", "key": trouble, "title": trouble, "severity": step}
    return f"/webhooks/generic/{SECRET}", {**body, "target": trouble, "summary": f"step {step} of {trouble}"}


def _free_port() -> int:
    """Return a port below those that a system gives to whoever calls: nobody may have it while its process is away."""
    while True:
        port = random.randint(10_000, 30_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _catches(pid: int, number: signal.Signals) -> bool:
    """Whether a process has a handler for a signal."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("SigCgt:"):
                return bool(int(line.split()[1], 16) >> (number - 1) & 1)
    return False


def _end_of(log: Path) -> str:
    return log.read_text(errors="replace")[-1500:] if log.exists() else ""
