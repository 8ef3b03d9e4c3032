"""The API against its own description: schemathesis looks for any answer that breaks it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from itertools import count
from pathlib import Path

from relay.web.pages import create_app
from tests.web.conftest import SITE, Told
from tests.web.serving import serving
from tests.web.stories import MINUTE, NOW


def test_schemathesis_finds_nothing(told: Told, tmp_path: Path) -> None:
    """Every check it has, right and wrong requests, with and without the password, on a running server."""
    # A quarter of an hour passes with each look at the clock: its wrong passwords are not slowed down.
    looks = count()
    site = replace(SITE, password="fuzz", open_without_password=False)
    app = create_app(site, told.story.reader, lambda: NOW + next(looks) * 15 * MINUTE)
    with serving(app) as address:
        command = ["run", f"{address}/api/v1/openapi.json", "--checks=all", "--max-examples=20", "--no-color"]
        found = subprocess.run(
            [
                Path(sys.executable).parent / "schemathesis",
                *command,
                "--seed=1",
                "--header=Authorization: Bearer fuzz",
            ],
            capture_output=True,
            text=True,
            timeout=150,
            cwd=tmp_path,
        )
    assert found.returncode == 0, found.stdout
    assert "5 selected" in found.stdout
