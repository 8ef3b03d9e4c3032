"""The mirror behind TLS, with a certificate that is good, or expired, or both in turn."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path

import httpx
import pytest

from mirror.clock import DEFAULT_START, Clock
from mirror.http.certificates import made
from mirror.mirroring import mirroring
from mirror.world.sample import sample


def test_two_of_four_balancers_have_expired_certificates(tmp_path: Path) -> None:
    """Every second connection fails and says why; the others are answered."""
    certificates = made(tmp_path)
    turns = cycle([False, True])
    here = sample(DEFAULT_START)
    tls = certificates.serving(lambda: next(turns))
    trusting = certificates.trusting()
    headers = {"authorization": f"Bearer {here.api_token}"}
    with mirroring(here.platform, Clock(), tls=tls) as mirror:
        for _ in range(2):
            answer = httpx.get(f"{mirror.url}/v2/self", headers=headers, verify=trusting, trust_env=False)
            assert answer.json()["id"] == here.user.id
            with pytest.raises(httpx.ConnectError, match="certificate has expired"):
                httpx.get(f"{mirror.url}/v2/self", verify=trusting, trust_env=False)
