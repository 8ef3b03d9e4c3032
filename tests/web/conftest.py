"""The pages over a real store: one told story that tests only read, and empty ones that they write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from relay.hindsight.replaying import Table
from relay.web.pages import create_app
from relay.web.site import Site
from tests.web.stories import NEW_TARGET, NOW, RULES, SECOND, TARGETS, Story, tell_everything

SITE = Site(
    password=None,
    open_without_password=True,
    secret_key=b"a key for tests",
    rules=RULES,
    targets=(*TARGETS, NEW_TARGET),
    table=lambda _: Table(RULES, TARGETS),
    version="0.1.0",
)
Enter = Callable[..., FlaskClient]


@dataclass(frozen=True)
class Told:
    """A story that was told, the incident of the leak in it, and a receipt."""

    story: Story
    leak: str
    app: Flask

    @property
    def receipt(self) -> str:
        """A request that opened an incident."""
        with self.story.reader.read() as tx:
            events = tx.newest_events(100)
        return next(one.receipt_id for one in events if one.receipt_id and one.outcome == "opened")


def build(story: Story, site: Site = SITE) -> Flask:
    """Return the pages over a story, a little after its end."""
    return create_app(site, story.reader, lambda: NOW + 20 * SECOND, story.redeliver)


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    story = Story(tmp_path_factory.mktemp("told") / "relay.db")
    leak = tell_everything(story)
    yield Told(story, leak, build(story))
    story.close()


@pytest.fixture
def client(told: Told) -> FlaskClient:
    return told.app.test_client()


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    story = Story(tmp_path / "relay.db")
    yield story
    story.close()


@pytest.fixture
def enter(story: Story) -> Enter:
    """Return a visitor of the pages over ``story``, under a changed configuration."""

    def enter(**changes: object) -> FlaskClient:
        return build(story, replace(SITE, **changes)).test_client()  # type: ignore[arg-type]

    return enter
