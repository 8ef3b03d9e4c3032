"""The relay's own channels and the viewer: a whole incident over HTTP, and nothing that a message says breaks the page."""

import asyncio
import subprocess
from datetime import timedelta
from html.parser import HTMLParser

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from pydantic import SecretStr

from relay.channels import discord, discord_message, slack, slack_message
from relay.channels.wording import message
from relay.core.delivery import RemoteRef
from relay.core.model import ChangeKind, Notification, Picture
from relay.core.text import Language
from relay.exchange import Exchange
from tests.channels.notifications import notification, notifications
from viewer.app import create_app

Running = tuple[subprocess.Popen[str], str]
DEADLINE = timedelta(seconds=10)
Settings = slack.Settings | discord.Settings


OPENED, ESCALATED, RESOLVED = ChangeKind.OPENED, ChangeKind.ESCALATED, ChangeKind.RESOLVED


def tell(channel: Settings, told: Notification, previous: RemoteRef | None = None) -> RemoteRef | None:
    """Send one notification by the relay's own channel; return its living message."""

    async def send() -> RemoteRef | None:
        exchange = Exchange()
        try:
            return (await channel.build("chat", exchange).send(told, previous, DEADLINE)).remote
        finally:
            await exchange.close()

    return asyncio.run(send())


def test_an_incident_on_discord(viewer: Running) -> None:
    """One living message, aloud when it escalates, and posted anew once somebody deleted it."""
    address = f"{viewer[1]}/api/webhooks/1/token"
    channel = discord.Settings(kind="discord", webhook_url=SecretStr(address))
    living = tell(channel, notification(OPENED))
    assert living is not None
    assert tell(channel, notification(OPENED, ESCALATED), living) == living
    first, aloud = httpx.get(f"{viewer[1]}/messages").json()["discord"]
    assert [raw["method"] for raw in first["raw"]] == ["POST", "PATCH"]
    assert dict(living.parts)["id"] == first["id"]
    assert len(aloud["text"]) < len(first["text"])

    assert httpx.delete(f"{address}/messages/{first['id']}").status_code == 204
    anew = tell(channel, notification(OPENED, ESCALATED, RESOLVED), living)
    assert anew not in (None, living)
    shown = httpx.get(f"{viewer[1]}/messages").json()["discord"]
    assert [one["deleted"] for one in shown].count(True) == 1
    assert any(one["id"] == dict(anew.parts)["id"] for one in shown if anew is not None)


def test_the_picture_of_an_incident_on_discord(viewer: Running) -> None:
    """Each edit brings its own in place of the last; one without leaves none behind."""
    channel = discord.Settings(kind="discord", webhook_url=SecretStr(f"{viewer[1]}/api/webhooks/1/token"))

    def pictures(living: RemoteRef | None) -> list[bytes]:
        assert living is not None
        id = dict(living.parts)["id"]
        [one] = [one for one in httpx.get(f"{viewer[1]}/messages").json()["discord"] if one["id"] == id]
        return [httpx.get(f"{viewer[1]}/attachments/{id}/{name}").content for name in one["files"]]

    living = tell(channel, notification(OPENED, picture=Picture("one", b"first")))
    assert pictures(living) == [b"first"]
    tell(channel, notification(OPENED, ESCALATED, picture=Picture("two", b"second")), living)
    assert pictures(living) == [b"second"]
    tell(channel, notification(OPENED, ESCALATED, RESOLVED), living)
    assert pictures(living) == []


def test_an_incident_on_slack(viewer: Running) -> None:
    """A webhook posts each change."""
    channel = slack.Settings(kind="slack", webhook_url=SecretStr(f"{viewer[1]}/services/T0/B0/X0"))
    for kinds in ([OPENED], [OPENED, ESCALATED], [OPENED, ESCALATED, RESOLVED]):
        assert tell(channel, notification(*kinds)) is None
    shown = httpx.get(f"{viewer[1]}/messages").json()["slack"]
    assert len(shown) == 3
    assert all("shop" in one["text"] for one in shown)


class Tags(HTMLParser):
    """The names of a page's tags and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names |= {tag, *(name for name, _ in attrs)}


def names(page: str) -> set[str]:
    """Return the names of a page's tags and attributes."""
    tags = Tags()
    tags.feed(page)
    return tags.names


@pytest.fixture(scope="module")
def known() -> set[str]:
    """The names on a page of two plain messages, and those that only other messages need."""
    return names(page_of(notification())) | {
        "div",
        "svg",
        "rect",
        "img",
        "src",
        "alt",
        "hr",
        "mark",
        "href",
        "rel",
    }


def page_of(told: Notification) -> str:
    """Return the viewer's page with one notification as Slack and as Discord show it."""
    client = create_app().test_client()
    what = message(told, Language.FRENCH)
    assert client.post("/services/T/B/X", json=slack_message.render(what)).text == "ok"
    posted = client.post("/api/webhooks/1/x?wait=true", json=discord_message.render(what))
    assert posted.status_code == 200
    return client.get("/").text


@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(told=notifications())
def test_hostile_messages_are_shown_as_text(known: set[str], told: Notification) -> None:
    """Both clients take the relay's message whatever an incident says, and no word of it becomes a tag."""
    marks = {"b", "i", "s", "u", "code", "pre", "a", "time", "datetime"}
    assert names(page_of(told)) <= known | marks
