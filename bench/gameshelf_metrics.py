"""What counting a request costs, against the time of /games.

``python -m bench.gameshelf_metrics`` prints the cost of the meter alone, the time of /games inside the
application and over HTTP, and what the meter is of each. The target is under 3 %.
"""

import logging
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from flask import Response
from werkzeug.test import EnvironBuilder

from gameshelf_api.database import sample_data
from gameshelf_api.lab import local
from gameshelf_api.lab.client import Client
from gameshelf_api.metrics.requests import RequestMeter
from gameshelf_api.settings import Settings
from gameshelf_api.web import recording, service

ROUNDS = 15
REQUESTS = 400


def microseconds(call: Callable[[], object], count: int) -> float:
    """Return the median over the rounds of the time of one call."""
    rounds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for _ in range(count):
            call()
        rounds.append((time.perf_counter() - started) / count * 1e6)
    return statistics.median(rounds)


def in_process() -> tuple[float, float]:
    """Return the time of counting a /games, and of /games from WSGI call to answer, without a socket."""
    with tempfile.TemporaryDirectory() as folder:
        shop = service.build(Settings.read({"GAMESHELF_CACHE": "bounded"}, Path(folder)))
        sample_data.migrate(shop.database, datetime.now(UTC))
        client, environ = shop.app.test_client(), EnvironBuilder("/games").get_environ()
        meter, templates = RequestMeter(), recording.route_templates(shop.app)
        response = client.get("/games")
        with shop.app.test_request_context("/games") as context:
            asked, answer = context.request, Response(response.data, content_type=response.content_type)
            counting = microseconds(lambda: recording.count(meter, templates, asked, answer, 0.0004), 20_000)

        def call() -> None:
            b"".join(shop.app(dict(environ), lambda *_: lambda _: None))

        whole = microseconds(call, REQUESTS)
        shop.close()
    return counting, whole


def over_http() -> float:
    """Return the time of /games for a client on the same machine."""
    with local.api("bounded") as url, Client(url) as client:
        return microseconds(lambda: client.get("/games"), REQUESTS)


def main() -> None:
    """Print the costs."""
    logging.getLogger("gameshelf").setLevel(logging.WARNING)
    counting, in_application = in_process()
    print(f"{'counting one /games':<38} {counting:>8.2f} µs")
    for name, took in (
        ("/games in the application, unlogged", in_application),
        ("/games over HTTP, logged", over_http()),
    ):
        print(f"{name:<38} {took:>8.1f} µs   counting is {counting / took:.2%} of it")


if __name__ == "__main__":
    main()
