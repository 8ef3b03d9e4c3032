"""The mirror as one object: a platform, its clock, its scenario, its post, and a socket that answers for it."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import Event, Thread

from mirror.answers import every
from mirror.clock import Clock
from mirror.http.application import Application, Log
from mirror.http.faults import Fault
from mirror.http.server import serving
from mirror.posting.post import Post
from mirror.world.platform import Platform
from mirror.world.scenario import Scenario

TICK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Mirror:
    """What a test or a program holds: change the platform, turn the clock, look at what was asked."""

    platform: Platform
    clock: Clock
    scenario: Scenario
    post: Post
    application: Application
    url: str

    @property
    def log(self) -> Log:
        """The requests that came."""
        return self.application.log

    def advance_to(self, at: datetime) -> None:
        """Let time pass: what is to happen happens, notifications are posted, each at its time, and answered."""
        while True:
            coming = [one for one in (self.scenario.next_at(), self.post.next_due()) if one is not None]
            next_at = min((*coming, at))
            self.clock.set(next_at)
            self.scenario.act(self.platform, next_at)
            self.post.send_due(next_at)
            if next_at >= at:
                return

    def fail(self, fault: Fault) -> Fault:
        """Let something go wrong from now on."""
        self.application.faults.append(fault)
        return fault

    def mend(self) -> None:
        """End every fault."""
        self.application.faults.clear()


@contextmanager
def mirroring(
    platform: Platform,
    clock: Clock | None = None,
    scenario: Scenario | None = None,
    *,
    port: int = 0,
    tls: ssl.SSLContext | None = None,
    parallel: int = 1,
) -> Iterator[Mirror]:
    """Serve a platform until the end of the block; port 0 takes a free one.

    With a clock that stands, time passes in `Mirror.advance_to`; with one that runs, by itself.
    """
    clock = clock or Clock()
    post = Post(platform, parallel=parallel)
    application = Application(platform, clock, every(clock))
    with closing(post), serving(application, port, tls=tls) as url:
        mirror = Mirror(platform, clock, scenario or Scenario(), post, application, url)
        with _passing(mirror):
            yield mirror


@contextmanager
def _passing(mirror: Mirror) -> Iterator[None]:
    """Let time pass by itself, if the clock runs."""
    if not mirror.clock.speed:
        yield
        return
    ended = Event()

    def pass_time() -> None:
        while not ended.wait(TICK_SECONDS):
            mirror.advance_to(mirror.clock.now())

    thread = Thread(target=pass_time, name="mirror-time", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
