"""The GameShelf API with two routes more, for processes that only look as if they leaked: ``python -m bench._leaks_shop FOLDER``.

``/session`` keeps 30 KB for twenty seconds, as a store of sessions does; ``/report`` gathers 15 MB in six seconds and gives
them back: with the bench's clock a job of a quarter of an hour. The cache is the one that GAMESHELF_CACHE names.
"""

from __future__ import annotations

import os
import sys
import time
from collections import deque
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask

from gameshelf_api import server
from gameshelf_api.database import sample_data
from gameshelf_api.settings import Settings
from gameshelf_api.storage import sample_images
from gameshelf_api.web import service

SESSION_SECONDS = 20.0
REPORT_SECONDS = 6.0


def _add_routes(app: Flask) -> None:
    sessions: deque[tuple[float, bytearray]] = deque()

    @app.get("/session")
    def session() -> dict[str, int]:
        now = time.monotonic()
        sessions.append((now, bytearray(os.urandom(30_000))))
        while sessions and sessions[0][0] < now - SESSION_SECONDS:
            sessions.popleft()
        return {"sessions": len(sessions)}

    @app.get("/report")
    def report() -> dict[str, int]:
        rows: list[bytearray] = []
        ends = time.monotonic() + REPORT_SECONDS
        while time.monotonic() < ends:
            rows.append(bytearray(os.urandom(100_000)))
            time.sleep(REPORT_SECONDS / 150)
        return {"rows": len(rows)}


def main(folder: Path) -> None:
    """Serve until SIGTERM, and print the address first."""
    built = service.build(Settings.read(os.environ, folder))
    sample_data.migrate(built.database, datetime.now(UTC))
    sample_images.add(built.store)
    _add_routes(built.app)
    listening = server.create(built.app, "127.0.0.1", 0)
    print(listening.effective_port, flush=True)
    server.run(listening, 0.5)
    built.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
