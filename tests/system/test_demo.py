"""What ``make run`` shows a stranger: the leak on both channels and the page, and a clean end.

It takes less than a minute; a busy machine may take three.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx

from tests.system.processes import free_port, until

ROOT = Path(__file__).parent.parent.parent


def test_the_demonstration_shows_a_leak_within_a_minute_and_ends_cleanly(tmp_path: Path) -> None:
    ports = {name: str(free_port()) for name in ("RELAY_PORT", "GAMESHELF_PORT", "VIEWER_PORT")}
    relay, viewer = (f"http://127.0.0.1:{ports[name]}" for name in ("RELAY_PORT", "VIEWER_PORT"))
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_WEBHOOK_URL")} | {
        **ports,
        "PYTHONPATH": str(ROOT),
    }
    with (tmp_path / "demo.log").open("wb") as log:
        demo = subprocess.Popen(
            [sys.executable, "-m", "demo"],
            cwd=tmp_path,
            env=environment,
            stdout=log,
            stderr=log,
            # Whoever runs the tests in the background ignores it, and that is inherited.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
    try:
        until(lambda: _answers(f"{relay}/healthz"), "the relay did not come up")
        until(lambda: _told(viewer, "slack", "Critical", "Memory"), "Slack was not told", 180)
        until(lambda: _told(viewer, "discord", "Critique", "Mémoire"), "Discord was not told", 60)
        for client in ("slack", "discord"):
            assert _told(viewer, client, "app_7c2e9d04")  # the failed deployment
        assert _told(viewer, "slack", "leak", "It reaches 200 MB")
        until(lambda: _charts(viewer) == {"slack", "discord"}, "no message had its chart", 60)
        until(lambda: _suspect(relay) == "/popular", "the leaking route was not named", 30)
        until(
            lambda: _shows(f"{relay}/incidents", "Memory over its threshold"), "no threshold was passed", 120
        )
        # Give it the moment in which it says so itself; only then is Ctrl-C what a person would press.
        until(
            lambda: "Ctrl-C stops" in (tmp_path / "demo.log").read_text(),
            "it did not say that all arrived",
            30,
        )
    finally:
        demo.send_signal(signal.SIGINT)
        try:
            code = demo.wait(30)
        finally:
            demo.kill()
    assert code == 0, (tmp_path / "demo.log").read_text()
    assert not _answers(f"{relay}/healthz")
    assert not _answers(f"{viewer}/messages")


def _told(viewer: str, client: str, *words: str) -> bool:
    messages = httpx.get(f"{viewer}/messages", trust_env=False).json()[client]
    return any(all(word in message["text"] for word in words) for message in messages)


def _shows(url: str, words: str) -> bool:
    return words in httpx.get(url, trust_env=False).text


def _charts(viewer: str) -> set[str]:
    """Return which clients show a chart: Discord was sent it, Slack's stand-in has an address; both say it in words."""
    told = httpx.get(f"{viewer}/messages", trust_env=False).json()
    images = [
        block
        for one in told["slack"]
        for block in one["message"]["attachments"][0]["blocks"]
        if block["type"] == "image" and block["alt_text"].startswith("Memory of gameshelf-api")
    ]
    sent = [one for one in told["discord"] if one["files"] and "Mémoire de gameshelf-api" in one["text"]]
    urls = [("slack", image["image_url"]) for image in images[:1]]
    urls += [("discord", f"{viewer}/attachments/{one['id']}/{one['files'][0]}") for one in sent[:1]]
    return {client for client, url in urls if _is_png(url)}


def _is_png(url: str) -> bool:
    picture = httpx.get(url, trust_env=False)
    return picture.headers["content-type"] == "image/png" and picture.content.startswith(b"\x89PNG")


def _suspect(relay: str) -> str | None:
    told = httpx.get(f"{relay}/api/v1/incidents", trust_env=False).json()["incidents"]
    return next((one["facts"].get("suspect") for one in told if one["kind"] == "leak"), None)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False
