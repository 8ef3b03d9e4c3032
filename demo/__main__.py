"""``python -m demo``: see a memory leak become a Slack and a Discord message and an entry on the incident page."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from time import monotonic, sleep, time
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from demo.processes import Part, PartFailed, check_free
from demo.screen import Screen
from demo.traffic import CALLS, Traffic

HERE = Path(__file__).parent
VAR = Path("var/demo")
PATIENCE_SECONDS = 60
SECRET = "demonstration-secret"  # noqa: S105 - it guards nothing: the demonstration listens on loopback only


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the parts listen."""

    relay: str
    gameshelf: str
    viewer: str


def main() -> int:
    """Run the demonstration until Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    screen = Screen()
    try:
        with _running(screen) as (addresses, parts):
            _tell_addresses(screen, addresses)
            _drive(screen, addresses)
            screen.show("\nLook around; Ctrl-C stops everything.")
            _watch(parts)
    except PartFailed as failure:
        screen.say(str(failure))
        return 1
    except KeyboardInterrupt:
        screen.say("stopped")
    return 0


@contextmanager
def _running(screen: Screen) -> Iterator[tuple[Addresses, list[Part]]]:
    ports = {name: os.environ.get(f"{name}_PORT") or default for name, default in _PORTS.items()}
    # First, as a demonstration that runs already keeps its files in the same folder.
    for name, port in ports.items():
        check_free(f"{name}_PORT", port)
    rmtree(VAR, ignore_errors=True)
    addresses = Addresses(*(f"http://127.0.0.1:{ports[name]}" for name in ("RELAY", "GAMESHELF", "VIEWER")))
    parts: list[Part] = []
    try:
        for name, arguments, environment, url in _parts(ports, addresses):
            parts.append(Part(name, arguments, environment, VAR / f"{name}.log"))
            parts[-1].wait_until_it_answers(url)
            screen.say(f"{name} is up")
        yield addresses, parts
    finally:
        for part in reversed(parts):
            part.stop()


_PORTS = {"RELAY": "8080", "GAMESHELF": "8081", "VIEWER": "8082"}


def _parts(ports: dict[str, str], at: Addresses) -> Iterator[tuple[str, list[str], dict[str, str], str]]:
    yield "viewer", ["viewer", "--port", ports["VIEWER"]], {}, f"{at.viewer}/messages"
    serve = ["gameshelf_api", "serve", "--port", ports["GAMESHELF"], "--data-dir", str(VAR / "gameshelf")]
    yield "gameshelf", serve, {"GAMESHELF_CACHE": "leaky"}, f"{at.gameshelf}/livez"
    config = str(HERE / "config.yaml")
    environment = {
        "SLACK_WEBHOOK_URL": os.environ.get("SLACK_WEBHOOK_URL")
        or f"{at.viewer}/services/T000/B000/demonstration",
        "DISCORD_WEBHOOK_URL": os.environ.get("DISCORD_WEBHOOK_URL")
        or f"{at.viewer}/api/v10/webhooks/1/demonstration",
        "DEMO_GAMESHELF_URL": at.gameshelf,
        "DEMO_PUBLIC_URL": at.relay,
        "DEMO_STORE": f"sqlite:///{VAR / 'relay.db'}",
        "MALLOC_ARENA_MAX": "2",
    }
    yield (
        "relay",
        ["relay", "serve", "--config", config, "--port", ports["RELAY"]],
        environment,
        f"{at.relay}/readyz",
    )


def _tell_addresses(screen: Screen, at: Addresses) -> None:
    real = [name for name in ("SLACK_WEBHOOK_URL", "DISCORD_WEBHOOK_URL") if os.environ.get(name)]
    note = f"\n  messages go to the real {' and '.join(real)}" if real else ""
    screen.show(
        f"\n  incidents      {at.relay}/incidents\n  chat viewer    {at.viewer}/\n  GameShelf API  {at.gameshelf}/{note}\n"
    )


def _drive(screen: Screen, at: Addresses) -> None:
    """Leak memory, report a failed deployment, and tell what arrives."""
    VAR.mkdir(parents=True, exist_ok=True)
    traffic = Traffic(at.gameshelf, VAR / "traffic.log")
    began = monotonic()
    screen.say(f"{CALLS} calls of /popular among other visitors: its cache never forgets")
    news = _News(screen, at)
    reports = [
        (0.1, "DEPLOYMENT_SUCCESS", "Clever Cloud reports a deployment (simulated webhook)"),
        (0.5, "DEPLOYMENT_FAIL", "Clever Cloud reports a failed deployment (simulated webhook)"),
    ]
    try:
        while monotonic() - began < PATIENCE_SECONDS and not (traffic.is_over and news.is_complete):
            traffic.go_on()
            screen.bar("traffic", traffic.part)
            if reports and traffic.part > reports[0][0]:
                _, event, said = reports.pop(0)
                screen.say(said)
                _report(at, event)
            news.look()
            sleep(0.2)
    finally:
        traffic.stop()
    screen.bar("traffic", 1)
    news.close()


# What is to arrive everywhere: the leak beyond its first and its second threshold, its forecast, and the failed deployment.
_WANTED = ("memory", "critical memory", "leak", "deployment")


class _News:
    """What the viewer and the incident page show that was not there before."""

    def __init__(self, screen: Screen, at: Addresses) -> None:
        self._screen = screen
        self._at = at
        self._seen: set[tuple[str, str]] = set()
        self._told: dict[str, str] = {}
        self._began = monotonic()

    @property
    def is_complete(self) -> bool:
        """Whether both channels and the page have shown the leak up to critical, and the failed deployment."""
        # What goes to the real ones can't be seen from here.
        places = [name for name in ("Slack", "Discord") if not os.environ.get(f"{name.upper()}_WEBHOOK_URL")]
        return {(place, what) for place in (*places, "page") for what in _WANTED} <= self._seen

    def look(self) -> None:
        """Tell what is new."""
        messages = _json(f"{self._at.viewer}/messages")
        for place, key in (("Slack", "slack"), ("Discord", "discord")):
            for message in messages.get(key, []):
                self._notice(place, str(message["id"]), str(message["text"]))
        for incident in _json(f"{self._at.relay}/api/v1/incidents").get("incidents", []):
            self._notice("page", str(incident["id"]), f"{incident['severity']}: {incident['title']}")

    def close(self) -> None:
        """Say what did not arrive, if anything."""
        if not self.is_complete:
            self._screen.say("not everything arrived within a minute: see the logs in var/demo")

    def _notice(self, place: str, name: str, words: str) -> None:
        line = " · ".join(part.strip() for part in words.splitlines() if part.strip())[:104]
        if self._told.get(f"{place}{name}") == line:
            return
        self._told[f"{place}{name}"] = line
        self._screen.say(f"{place:8} {line}")
        lower = words.lower()
        if "memory" in lower or "mémoire" in lower:
            self._seen.add((place, "memory"))
            first = lower.strip().splitlines()[0]
            if "critical" in first or "critique" in first:
                self._seen.add((place, "critical memory"))
        if any(word in lower for word in ("leak", "fuite", "run out", "limite bientôt")):
            self._seen.add((place, "leak"))
        if "deploy" in lower or "déploiement" in lower:
            self._seen.add((place, "deployment"))


def _report(at: Addresses, event: str) -> None:
    """Send what Clever Cloud sends after a deployment of the API."""
    inner = {
        "appId": "app_7c2e9d04-1b66-4f0e-8a35-5d1f0c9b2a22",
        "ownerId": "orga_3f1c0b7e-5a52-4d4a-9b3e-2c7d8f0a1b11",
    }
    body = {"event": event, "date": int(time() * 1000), "data": json.dumps(inner)}
    request = Request(f"{at.relay}/webhooks/clever-cloud/{SECRET}", json.dumps(body).encode(), method="POST")  # noqa: S310
    with urlopen(request, timeout=10):  # noqa: S310 - an address of this demonstration
        pass


def _json(url: str) -> dict[str, list[dict[str, object]]]:
    try:
        with urlopen(url, timeout=2) as answer:  # noqa: S310 - an address of this demonstration
            loaded: dict[str, list[dict[str, object]]] = json.load(answer)
            return loaded
    except (HTTPError, URLError, OSError, ValueError):
        return {}


def _watch(parts: list[Part]) -> None:
    while True:
        for part in parts:
            if part.has_ended:
                raise PartFailed(f"{part.name} has ended")
        sleep(0.5)


if __name__ == "__main__":
    sys.exit(main())
