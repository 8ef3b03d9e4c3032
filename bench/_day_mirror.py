"""The simulated day's platform in a process of its own, so that CPU and memory measured beside it are the relay's alone."""

from __future__ import annotations

import multiprocessing
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection

from mirror.clock import Clock
from mirror.day import day, outage
from mirror.mirroring import mirroring
from mirror.posting.body import body
from mirror.world.hooks import Hook, HookUrl
from mirror.world.nouns import Event
from mirror.world.sample import Sample, sample
from mirror.world.scenario import Trouble

MINUTE = timedelta(minutes=1)
OUTAGE_AT = timedelta(hours=8, minutes=8)
_BACKLOG = (
    ("DEPLOYMENT_ACTION_BEGIN", {"state": "WIP", "cause": "Monitoring/Unreachable"}),
    ("DEPLOYMENT_ACTION_END", {"state": "FAIL"}),
    ("APPLICATION_STOP", {}),
    ("DEPLOYMENT_ACTION_BEGIN", {"state": "WIP", "cause": "Git"}),
    ("DEPLOYMENT_ACTION_END", {"state": "OK"}),
)
Bodies = queue.Queue[bytes]


@dataclass(frozen=True, slots=True)
class Far:
    """What the relay's operator knows of the platform, and what is true of the day."""

    url: str
    owner: str
    token: str
    applications: tuple[tuple[str, str], ...]
    troubles: tuple[Trouble, ...]


class Platform:
    """The mirror, from outside."""

    def __init__(self, far: Far, pipe: Connection) -> None:
        self.far = far
        self._pipe = pipe

    def advance_to(self, at: datetime) -> list[bytes]:
        """Let time pass there; return the bodies that it posted meanwhile."""
        self._pipe.send(at)
        return self._pipe.recv()  # type: ignore[no-any-return]


@contextmanager
def platform(midnight: datetime, applications: int, backlog: int) -> Iterator[Platform]:
    """Run the mirror until the end of the block."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_run, args=(there, midnight, applications, backlog))
    process.start()
    try:
        yield Platform(here.recv(), here)
    finally:
        here.send(None)
        process.join()


def _run(pipe: Connection, midnight: datetime, applications: int, backlog: int) -> None:
    far = sample(midnight, applications)
    with _mailbox() as (url, bodies), mirroring(far.platform, Clock(midnight)) as mirror:
        hook = Hook("hook", far.owner.id, "relay", (HookUrl("raw", url),), midnight)
        far.platform.hooks["hook"] = hook
        day(far.applications, far.user, midnight).begin(mirror)
        known = tuple((one.id, one.name) for one in far.applications)
        troubles = tuple(mirror.scenario.troubles)
        pipe.send(Far(mirror.url, far.owner.id, far.api_token, known, troubles))
        late = _backlog(far, midnight + OUTAGE_AT, backlog)
        due: tuple[datetime, bytes] | None = next(late, None)
        while (at := pipe.recv()) is not None:
            mirror.advance_to(at)
            came = [bodies.get() for _ in range(bodies.qsize())]
            while due is not None and due[0] <= at:
                came.append(due[1])
                due = next(late, None)
            pipe.send(came)


def _backlog(far: Sample, at: datetime, number: int) -> Iterator[tuple[datetime, bytes]]:
    """Yield when each event of an outage's backlog is read at last, and what it says of hours ago."""
    pace = (outage.THROUGH - outage.READ) / max(number, 1)
    for place in range(number):
        name, data = _BACKLOG[place % len(_BACKLOG)]
        one = far.applications[place // len(_BACKLOG) % len(far.applications)]
        said = {"appId": one.id, "ownerId": one.owner_id, "uuid": f"deployment_late_{place // 2}", **data}
        happened = at + (outage.READ - 30 * MINUTE) * (place / number)
        event = Event(name, happened, one.owner_id, one.id, said)
        yield at + outage.READ + pace * place, body(event, "raw", far.platform.quirks)


@contextmanager
def _mailbox() -> Iterator[tuple[str, Bodies]]:
    """Take what is posted, as the relay's edge does, and keep it until the day's clock comes to it."""
    bodies: Bodies = queue.Queue()

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.put(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/", bodies
    server.shutdown()
