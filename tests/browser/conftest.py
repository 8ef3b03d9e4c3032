"""A real Chromium before a real server; whatever its console says against a page fails the test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.web.conftest import SITE, build
from tests.web.serving import serving
from tests.web.stories import Story, tell_everything

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def chromium() -> str:
    """Return where the system's browser is."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.fail("no chromium here: apt-get install chromium (make test does so on Debian)")
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a running browser, for one module: while it runs, its event loop is this thread's."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield running
        running.close()


@dataclass
class Visit:
    """An open page and what its console complained of."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        self.page.goto(self.address + path)

    def after(self, seconds: float) -> None:
        """Put the page's clock forward: what was to happen by then happens now. Only of a page with a clock of its own."""
        self.page.clock.fast_forward(round(1000 * seconds))


Open = Callable[..., Visit]


@pytest.fixture
def visit(browser: Browser) -> Iterator[Open]:
    """Return how to open a page of a server; at the end no console may have complained."""
    visits: list[Visit] = []

    def visit(
        address: str,
        path: str = "/incidents",
        *,
        width: int = 1280,
        own_clock: bool = False,
        **options: object,
    ) -> Visit:
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)  # type: ignore[arg-type]
        if own_clock:
            context.clock.install()
        opened = Visit(context.new_page(), address)
        opened.page.on("console", lambda message: _note(opened, message))
        opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        visits.append(opened)
        opened.go(path)
        return opened

    yield visit
    for opened in visits:
        opened.page.context.close()
    assert [one.complaints for one in visits if one.complaints] == []


def _note(opened: Visit, message: ConsoleMessage) -> None:
    # That a page answers 400 or 404 is no complaint about the page.
    if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
        opened.complaints.append(message.text)


@dataclass(frozen=True)
class Shown:
    """A told story on a server of its own."""

    address: str
    leak: str
    deployment: str
    receipt: str


@pytest.fixture(scope="session")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    story = Story(tmp_path_factory.mktemp("shown") / "relay.db")
    leak = tell_everything(story)
    with story.reader.read() as tx:
        receipts = tx.newest_events(100)
    found = next(one for one in receipts if one.receipt_id and one.incident_id)
    with serving(build(story)) as address:
        yield Shown(address, leak, str(found.incident_id), str(found.receipt_id))
    story.close()


@dataclass(frozen=True)
class Growing:
    """A story that goes on while it is looked at."""

    story: Story
    address: str


@pytest.fixture
def growing(tmp_path: Path) -> Iterator[Growing]:
    story = Story(tmp_path / "relay.db")
    with serving(build(story)) as address:
        yield Growing(story, address)
    story.close()


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[str]:
    """Yield the address of a relay that asks for a password."""
    story = Story(tmp_path / "relay.db")
    with serving(build(story, replace(SITE, password="open sesame"))) as address:
        yield address
    story.close()
