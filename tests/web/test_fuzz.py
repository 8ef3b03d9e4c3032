"""The API against its own description: schemathesis looks for any answer that breaks it."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path

from flask import Flask
from waitress.server import create_server

from relay.web.pages import create_app
from tests.web.conftest import SITE, Told
from tests.web.stories import MINUTE, NOW


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serve ``app`` on a free port with a few threads, as the relay does; yield its address."""
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.close()
        server.task_dispatcher.shutdown()
        thread.join(10)


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
