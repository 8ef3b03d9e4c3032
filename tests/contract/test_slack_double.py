"""The channel Slack against a stateful Slack, by both of its ways."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from relay.channels.slack import Settings
from relay.channels.slack_bot import SlackBot
from relay.core.delivery import DeliveryError, Failure, RemoteRef, Sent
from relay.core.model import ChangeKind, Notification, Picture
from relay.core.text import Language
from relay.exchange import Exchange
from tests.channels.notifications import notification
from tests.contract.emulate import TOKEN

DEADLINE = timedelta(seconds=10)
Call = Callable[..., Any]


@pytest.fixture
def api(emulate_slack: str) -> Call:
    """Call a method of the Web API as the person who looks at the channel."""

    def call(method: str, **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        said = httpx.post(f"{emulate_slack}/api/{method}", headers=headers, json=body).json()
        assert said["ok"], said
        return said

    return call


def run(told: Callable[[Exchange], Coroutine[Any, Any, Sent]]) -> Sent:
    """Run with an exchange of its own."""

    async def within() -> Sent:
        exchange = Exchange()
        try:
            return await told(exchange)
        finally:
            await exchange.close()

    return asyncio.run(within())


def test_a_webhook_posts_what_a_reader_finds_in_the_channel(emulate_slack: str, api: Call) -> None:
    """Slack said ok, and the message is there."""
    hook = SecretStr(f"{emulate_slack}/services/T000000001/B000000001/X000000001")
    settings = Settings(kind="slack", webhook_url=hook, language=Language.FRENCH)
    sent = run(lambda exchange: settings.build("chat", exchange).send(notification(), None, DEADLINE))
    assert sent == Sent(200, None)
    texts = [
        message["text"]
        for channel in api("conversations.list")["channels"]
        for message in api("conversations.history", channel=channel["id"])["messages"]
    ]
    assert "⚠️ *Avertissement* · Mémoire : seuil dépassé sur shop" in texts


def bot(emulator: str, channel: str, exchange: Exchange) -> SlackBot:
    """Return the channel by a bot token."""
    token = SecretStr(TOKEN)
    settings = Settings(kind="slack", bot_token=token, channel=channel, api_url=f"{emulator}/api/")
    made = settings.build("chat", exchange)
    assert isinstance(made, SlackBot)
    return made


def test_a_bot_keeps_one_message_and_tells_the_story_in_its_thread(emulate_slack: str, api: Call) -> None:
    """Opened, escalated, resolved: one message in the channel that says the end, two replies."""
    place = api("conversations.list")["channels"][0]["id"]

    def tell(what: Notification, previous: RemoteRef | None) -> RemoteRef:
        sent = run(lambda exchange: bot(emulate_slack, place, exchange).send(what, previous, DEADLINE))
        assert sent.remote is not None
        return sent.remote

    opened = tell(notification(ChangeKind.OPENED), None)
    escalated = tell(notification(ChangeKind.ESCALATED), opened)
    assert tell(notification(ChangeKind.RESOLVED), escalated) == escalated == opened

    ts = dict(opened.parts)["ts"]
    living, *replies = api("conversations.replies", channel=place, ts=ts)["messages"]
    assert living["text"].startswith("✅ *Resolved*")
    assert living["attachments"][0]["color"] == "#2E9E5B"
    assert [reply["text"].split(" — ")[0] for reply in replies] == [
        "🛑 *Critical* · Warning → Critical",
        "✅ *Resolved* · resolved",
    ]


def test_a_message_that_someone_deleted_is_posted_anew(emulate_slack: str, api: Call) -> None:
    """Slack says message_not_found to the update."""
    place = api("conversations.list")["channels"][0]["id"]

    async def story(exchange: Exchange) -> Sent:
        channel = bot(emulate_slack, place, exchange)
        opened = await channel.send(notification(), None, DEADLINE)
        assert opened.remote is not None
        await asyncio.to_thread(api, "chat.delete", channel=place, ts=dict(opened.remote.parts)["ts"])
        again = await channel.send(notification(ChangeKind.ESCALATED), opened.remote, DEADLINE)
        assert again.remote != opened.remote
        return again

    anew = run(story).remote
    assert anew is not None
    texts = [message["text"] for message in api("conversations.history", channel=place)["messages"]]
    assert sum(text.startswith("🛑 *Critical*") for text in texts) == 1


def test_a_channel_that_is_not_there_parks(emulate_slack: str) -> None:
    """Slack says channel_not_found."""

    async def told(exchange: Exchange) -> Sent:
        return await bot(emulate_slack, "C999999999", exchange).send(notification(), None, DEADLINE)

    with pytest.raises(DeliveryError) as raised:
        run(told)
    assert raised.value.failure is Failure.GONE


def test_a_bot_uploads_a_picture_that_its_message_shows(emulate_slack: str, api: Call) -> None:
    """In three steps, by the address that Slack gives; shared with no channel, as the message itself shows it."""
    place = api("conversations.list")["channels"][0]["id"]
    png = b"\x89PNG\r\n\x1a\n" + bytes(2_000)
    what = notification(picture=Picture("memory of shop, 92 % at the end", png))
    sent = run(lambda exchange: bot(emulate_slack, place, exchange).send(what, None, DEADLINE))
    assert not sent.unseen
    [posted] = api("conversations.history", channel=place)["messages"][:1]
    image = posted["attachments"][0]["blocks"][-2]
    assert image["alt_text"] == "memory of shop, 92 % at the end"
    file = api("files.info", file=image["slack_file"]["id"])["file"]
    assert file["size"] == len(png)
    assert not file.get("channels")
