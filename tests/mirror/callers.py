"""Somebody who asks the mirror, and the mirror that they ask."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from mirror.clock import Clock
from mirror.mirroring import Mirror, mirroring
from mirror.world.quirks import Quirks
from mirror.world.sample import Sample, sample

# Made once: loading the certificates that a client could trust takes longer than a test.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@dataclass(frozen=True, slots=True)
class Caller:
    """A mirror of the sample platform, and a client with its API token."""

    mirror: Mirror
    sample: Sample
    client: httpx.Client

    @property
    def owner(self) -> str:
        return self.sample.owner.id

    @property
    def app(self) -> str:
        return self.sample.applications[0].id

    def get(self, path: str, **query: str | int | list[str]) -> Any:
        """Return the JSON of an answer that must be good."""
        answer = self.client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()


@contextmanager
def calling(applications: int = 1, quirks: Quirks | None = None) -> Iterator[Caller]:
    """Serve the sample platform on a free port for a block."""
    clock = Clock()
    here = sample(clock.now(), applications, quirks)
    headers = {"authorization": f"Bearer {here.api_token}"}
    with (
        mirroring(here.platform, clock) as mirror,
        httpx.Client(base_url=mirror.url, headers=headers, trust_env=False, verify=NO_TLS) as client,
    ):
        yield Caller(mirror, here, client)
