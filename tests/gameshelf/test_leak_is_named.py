"""The API leaks, the relay watches it: one incident that says how fast, until when, and which route, and that ends.

Time passes two hundred times faster for the leak rule, so that half a minute is as good as a hundred.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx

from tests.gameshelf.conftest import eventually, running
from tests.gameshelf.test_with_relay import CONFIG, free_port, relay_watching

LEAK = """
rules:
  memory: {{enabled: false}}
  leak: {{speed: 200, critical_within: 30m}}
"""
WATCHED = CONFIG.split("rules:")[0].replace(
    "    metrics:", "    request_counter: gameshelf_http_requests_total\n    metrics:"
).replace("64MiB", "200MB")


@contextmanager
def visitors(url: str) -> Iterator[None]:
    """Ask in waves of several lengths for the lab's routes, of which /popular leaks by far the most."""
    over = Event()

    def ask() -> None:
        turn = 0
        with httpx.Client(base_url=url, trust_env=False) as client:
            while not over.wait(0.05):
                turn += 1
                paths = ["/popular"] * (2 if turn // 70 % 2 else 1)
                paths += ["/games"] * (3 if turn // 45 % 2 else 0) + ["/health"] * (2 if turn // 60 % 2 else 0)
                for path in paths:
                    client.get(path)

    thread = Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def leak(url: str) -> dict[str, Any]:
    """Return the incident about the leak, empty while there is none."""
    try:
        told = httpx.get(f"{url}/api/v1/incidents", trust_env=False)
    except httpx.TransportError:
        return {}
    found = told.json().get("incidents", []) if told.status_code == 200 else []
    return next((dict(one) for one in found if one["kind"] == "leak"), {})


def test_a_leak_is_one_incident_that_names_its_route_and_ends_with_the_process(tmp_path: Path) -> None:
    port = free_port()
    with relay_watching(port, tmp_path, WATCHED + LEAK) as url:
        with running(tmp_path, "shop", port, GAMESHELF_CACHE="leaky") as api, visitors(api.url):
            found = eventually(lambda: leak(url).get("facts", {}).get("suspect"), 60, every=0.5)
            told = leak(url)
            print(told)
            assert found == "/popular", told
            page = httpx.get(f"{url}/incidents/{told['id']}", trust_env=False).text
            assert "The route /popular leaks" in page
            assert "It reaches 200 MB in " in page
        with running(tmp_path, "again", port, GAMESHELF_CACHE="bounded"):
            over = eventually(lambda: leak(url).get("state") == "over", 30, every=0.2)
            assert over, leak(url)
