"""The page in a real browser, and the program that serves it."""

import json
import signal
import socket
import subprocess
from collections.abc import Iterator

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from flask.testing import FlaskClient
from playwright.sync_api import Browser, expect, sync_playwright

from tests.viewer.test_discord import ALERT as EMBED
from tests.viewer.test_slack import ALERT as BLOCKS
from viewer.app import create_app

Running = tuple[subprocess.Popen[str], str]


def send(address: str) -> None:
    """Post one message to each client."""
    assert httpx.post(f"{address}/services/T/B/X", json=BLOCKS).text == "ok"
    assert httpx.post(f"{address}/api/webhooks/1/x?wait=true", json=EMBED).status_code == 200


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=options)
        yield browser
        browser.close()


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly(viewer: Running, signal_number: signal.Signals) -> None:
    """Ctrl-C and a termination are no errors."""
    process, address = viewer
    send(address)
    process.send_signal(signal_number)
    assert process.wait(timeout=10) == 0


def test_it_listens_on_loopback_only(viewer: Running) -> None:
    """Whoever wants more says so with ``--host``."""
    port = int(viewer[1].rsplit(":", 1)[1])
    with socket.socket() as other:
        # A second listener on another loopback address would fail if the first held all of them.
        other.bind(("127.0.0.2", port))


def test_an_unchanged_page_is_not_sent_again(client: FlaskClient) -> None:
    """The tag is of the messages and of the language."""
    tag = client.get("/").headers["ETag"]
    assert client.get("/", headers={"If-None-Match": tag}).status_code == 304
    french = client.get("/", headers={"If-None-Match": tag, "Accept-Language": "fr"})
    assert "Visionneuse" in french.text
    client.post("/services/T/B/X", json=BLOCKS)
    assert client.get("/", headers={"If-None-Match": tag}).status_code == 200


def test_a_restart_is_a_change() -> None:
    """Two starts count from nothing, and what a browser has of the first is not the second's."""
    first, second = (create_app().test_client().get("/").headers["ETag"] for _ in range(2))
    assert first != second


def test_nothing_inline_is_allowed(client: FlaskClient) -> None:
    """A message that got a tag through would still run nothing."""
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_it_refreshes_without_a_script_too(client: FlaskClient) -> None:
    """By the browser itself, every five seconds."""
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in client.get("/").text


@pytest.mark.parametrize(
    ("width", "scheme"), [(360, "light"), (360, "dark"), (1280, "light"), (1280, "dark")]
)
def test_the_page_refreshes_and_axe_finds_nothing(
    viewer: Running, browser: Browser, width: int, scheme: str
) -> None:
    """A message appears by itself; no violation, no sideways scrolling, nothing in the console."""
    address = viewer[1]
    said: list[str] = []
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.on("console", lambda message: said.append(message.text))
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(address)
    expect(page.locator("article")).to_have_count(0)
    send(address)
    expect(page.locator("article")).to_have_count(2, timeout=10_000)
    expect(page.get_by_role("link", name="Warning: memory")).to_be_visible()
    bar, card = page.locator(".discord .bar").bounding_box(), page.locator(".discord .card").bounding_box()
    found = Axe().run(page)
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    assert found.violations_count == 0, json.dumps(found.response["violations"])[:2000]
    assert wide <= width
    assert bar is not None
    assert card is not None
    assert bar["height"] == card["height"] > 50
    assert said == []
