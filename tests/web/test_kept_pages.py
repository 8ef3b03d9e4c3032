"""A page of the list is written once, until what it shows changes; what is kept is never told from what is written anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from flask import Flask
from flask.testing import FlaskClient

from relay.core.model import Severity
from relay.core.text import text
from relay.web.kept_pages import MOST_BYTES, KeptPages
from relay.web.pages import create_app
from relay.web.rows import Rows
from relay.web.site import Desk, Site, furnish, swap
from tests.web.conftest import SITE
from tests.web.stories import NOW, TARGETS, Story, webhook

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
ADDRESSES = (
    "/incidents",
    "/incidents?state=open",
    "/incidents?severity=critical&target=gameshelf-api",
    "/incidents?q=deployment",
    "/incidents?target=nobody",
)


class Clock:
    at = NOW

    def __call__(self) -> datetime:
        return self.at


def made(story: Story, site: Site, clock: Clock, most: int) -> Flask:
    """Return the pages, of which ``most`` are kept; without any, rows are drawn anew as well."""
    app = create_app(site, story.reader, clock, story.redeliver)
    desk: Desk = app.extensions["relay"]
    furnish(app, replace(desk, kept=KeptPages(most), rows=desk.rows if most else Rows(0)))
    return app


def test_what_is_kept_is_never_told_from_what_is_written_anew(story: Story) -> None:
    clock = Clock()
    kept, anew = (made(story, SITE, clock, most).test_client() for most in (12, 0))
    story.know(*TARGETS)
    seen = set()

    def same() -> None:
        for address in ADDRESSES:
            for tag in ("en", "fr"):
                said = {"Accept-Language": tag}
                pages = [one.get(address, headers=said) for one in (kept, kept, anew)]
                assert (
                    len({page.data for page in pages}) == len({page.headers["ETag"] for page in pages}) == 1
                )
                seen.add(pages[0].data)

    for happens in _things(story, clock):
        before = len(seen)
        happens()
        same()
        assert len(seen) > before, "nothing was to be seen of it"


def _things(story: Story, clock: Clock) -> list[Callable[[], object]]:
    fine = {target.name: {"memory": 50.0, "response_time": 0.1, "heap": 1e6} for target in TARGETS}
    silent = {**fine, TARGETS[0].name: text("nodata.why.refused")}

    def later(span: timedelta) -> None:
        clock.at += span

    def polled(results: dict[str, object]) -> None:
        later(MINUTE)
        story.poll(clock.at, results)  # type: ignore[arg-type]

    return [
        lambda: polled(fine),
        lambda: story.receive(webhook(clock.at, Severity.WARNING)),
        lambda: later(MINUTE),
        lambda: story.receive(webhook(clock.at, Severity.CRITICAL)),
        lambda: story.receive(webhook(clock.at, name="other", title="Another <one>")),
        lambda: polled(silent),
        lambda: polled(silent),
        lambda: polled(silent),
        lambda: polled(fine),
        lambda: story.receive(webhook(clock.at, Severity.OK)),
        lambda: later(10 * MINUTE),
    ]


def _signed_in(client: FlaskClient) -> FlaskClient:
    client.post("/login", data={"password": "pass"})
    return client


def test_who_signed_in_gets_a_page_of_their_own(story: Story) -> None:
    """It has a way out, and one who comes with the password itself has none."""
    app = made(story, replace(SITE, password="pass"), Clock(), 12)
    inside = _signed_in(app.test_client())
    shown = {"Authorization": "Bearer pass"}
    assert b"/logout" in inside.get("/incidents").data
    assert b"/logout" not in app.test_client().get("/incidents", headers=shown).data
    assert b"/logout" in inside.get("/incidents").data
    assert app.test_client().get("/incidents").status_code == 302


def test_another_configuration_has_pages_of_its_own(story: Story) -> None:
    app = made(story, SITE, Clock(), 12)
    assert b"0.1.0" in app.test_client().get("/incidents").data
    swap(app, replace(SITE, version="0.2.0"))
    assert b"0.2.0" in app.test_client().get("/incidents").data


def test_a_page_is_written_once_and_the_oldest_is_forgotten() -> None:
    pages, written = KeptPages(2), []

    def asked(key: str) -> bytes:
        return pages.page(key, lambda: written.append(key) or key).body  # type: ignore[func-returns-value]

    assert [asked(key) for key in "abab"] == [b"a", b"b", b"a", b"b"]
    assert written == ["a", "b"]
    asked("c")
    asked("b")
    assert written == ["a", "b", "c"]
    asked("a")
    assert written == ["a", "b", "c", "a"]


def test_large_pages_are_kept_up_to_a_bound() -> None:
    pages, written = KeptPages(12), []

    def asked(key: str, size: int) -> None:
        pages.page(key, lambda: written.append(key) or "x" * size)  # type: ignore[func-returns-value]

    for key in "aba":
        asked(key, MOST_BYTES // 2)
    assert written == ["a", "b"]
    for _ in range(2):
        asked("large", MOST_BYTES + 1)
    asked("a", 1)
    assert written == ["a", "b", "large", "large", "a"]
