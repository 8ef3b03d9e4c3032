"""``python -m mirror --port 8083``: run the mirror until Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import sys
from datetime import UTC, datetime
from threading import Event

from mirror.clock import Clock
from mirror.day import day
from mirror.mirroring import Mirror, mirroring
from mirror.world.sample import CONSUMER, TOKEN, Sample, sample


def main() -> None:
    """Serve until SIGINT or SIGTERM."""
    options = _options()
    clock = Clock(_start(today=options.day is not None), options.speed)
    here = sample(clock.now(), options.applications)
    ended = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _signal, _frame: ended.set())
    with mirroring(here.platform, clock, port=options.port, parallel=4) as mirror:
        if options.day is not None:
            day(here.applications, here.user, clock.now(), bad=options.day == "bad").begin(mirror)
        sys.stdout.write(_told(mirror, here))
        sys.stdout.flush()
        ended.wait()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mirror", description="A stand-in for Clever Cloud's API.")
    parser.add_argument("--port", type=int, default=8083, help="0 takes a free one (default: 8083)")
    parser.add_argument("--applications", type=int, default=3, help="how many there are (default: 3)")
    parser.add_argument(
        "--speed", type=float, default=1, help="simulated seconds that pass a second (default: 1)"
    )
    parser.add_argument(
        "--day",
        choices=("good", "bad"),
        help="let a simulated day happen, from last midnight UTC on; a bad one has an outage and holes",
    )
    return parser.parse_args()


def _start(*, today: bool) -> datetime:
    now = datetime.now(UTC)
    return now.replace(hour=0, minute=0, second=0, microsecond=0) if today else now


def _told(mirror: Mirror, here: Sample) -> str:
    """Return what a person needs to ask it, also with the official command line."""
    return f"""Clever Cloud, mirrored: {mirror.url}
  organisation  {here.owner.id}
  application   {here.applications[0].id}
  add-on        {here.addon.id} ({here.addon.real_id})
  API token     {here.api_token}
The official command line asks it with:
  export API_HOST={mirror.url} AUTH_BRIDGE_HOST={mirror.url}
  export OAUTH_CONSUMER_KEY={CONSUMER[0]} OAUTH_CONSUMER_SECRET={CONSUMER[1]}
  export CLEVER_TOKEN={TOKEN[0]} CLEVER_SECRET={TOKEN[1]}
"""


if __name__ == "__main__":
    main()
