"""The mirror as one object: a platform, its clock, and a socket that answers for it."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mirror.answers import every
from mirror.clock import Clock
from mirror.http.application import Application, Log
from mirror.http.faults import Fault
from mirror.http.server import serving
from mirror.world.platform import Platform


@dataclass(frozen=True, slots=True)
class Mirror:
    """What a test or a program holds: change the platform, turn the clock, look at what was asked."""

    platform: Platform
    clock: Clock
    application: Application
    url: str

    @property
    def log(self) -> Log:
        """The requests that came."""
        return self.application.log

    def fail(self, fault: Fault) -> Fault:
        """Let something go wrong from now on."""
        self.application.faults.append(fault)
        return fault

    def mend(self) -> None:
        """End every fault."""
        self.application.faults.clear()


@contextmanager
def mirroring(
    platform: Platform, clock: Clock | None = None, port: int = 0, tls: ssl.SSLContext | None = None
) -> Iterator[Mirror]:
    """Serve a platform until the end of the block; port 0 takes a free one."""
    clock = clock or Clock()
    application = Application(platform, clock, every())
    with serving(application, port, tls=tls) as url:
        yield Mirror(platform, clock, application, url)
