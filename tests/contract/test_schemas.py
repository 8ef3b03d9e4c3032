"""The validators themselves: they take what Slack and Discord take, and refuse what those refuse."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contract.schemas import discord_problems, slack_problems
from tests.contract.slack_spec import specification

Body = dict[str, Any]


def plain(text: str) -> Body:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Body:
    return {"type": "mrkdwn", "text": text}


def slack(*blocks: Body, **more: Any) -> Body:
    """Return a message with these blocks in one coloured attachment, as the relay sends it."""
    return {"text": "memory", "attachments": [{"color": "#d92d20", "blocks": list(blocks)}], **more}


SECTION = {"type": "section", "text": mrkdwn("*memory* 92 %")}


@pytest.mark.parametrize(
    "body",
    [
        {"text": "memory"},
        slack(SECTION),
        slack({"type": "header", "text": plain("x" * 150)}, {"type": "divider"}),
        slack({"type": "section", "fields": [mrkdwn("x" * 2000)] * 5}),
        slack({"type": "context", "elements": [mrkdwn("x")] * 10}),
        slack({"type": "image", "image_url": "https://a.example/1.png", "alt_text": "x" * 2000}),
        slack({"type": "image", "slack_file": {"id": "F0123ABCD"}, "alt_text": "memory"}),
        {"text": "memory", "blocks": [SECTION] * 50},
        {"text": "memory", "blocks": [{"type": "section", "text": mrkdwn("x" * 3000)}] * 4},
    ],
)
def test_slack_takes(body: Body) -> None:
    """At every limit, not over it."""
    assert slack_problems(body) == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"text": ""}, "text is empty"),
        ({"text": " \n"}, "text is empty"),
        ({"text": "memory", "txet": "memory"}, "txet"),
        ({"text": "x" * 40_001}, "$.text"),
        (slack({"type": "header", "text": plain("x" * 151)}), "blocks[0]"),
        (slack({"type": "header", "text": mrkdwn("x")}), "blocks[0]"),
        (slack({"type": "section"}), "text or fields"),
        (slack({"type": "section", "fields": []}), "text or fields"),
        (slack({"type": "section", "text": mrkdwn("x" * 3001)}), "blocks[0]"),
        (slack({"type": "section", "text": mrkdwn("")}), "empty"),
        (slack({"type": "section", "fields": [mrkdwn("x")] * 11}), "blocks[0]"),
        (slack({"type": "section", "fields": [mrkdwn("x" * 2001)]}), "blocks[0]"),
        (slack({"type": "section", "text": mrkdwn("x"), "colour": "red"}), "blocks[0]"),
        (slack({"type": "sectoin", "text": mrkdwn("x")}), "blocks[0]"),
        (slack({"type": "context", "elements": [mrkdwn("x")] * 11}), "blocks[0]"),
        (slack(*[SECTION] * 51), "blocks"),
        ({"text": "memory", "blocks": [SECTION] * 51}, "$.blocks"),
        ({"text": "memory", "attachments": [{"text": "x"}] * 21}, "$.attachments"),
        (slack({"type": "image", "image_url": "https://a.example/1.png"}), "blocks[0]"),
        (
            slack({"type": "image", "image_url": "https://a.example/" + "x" * 3000, "alt_text": "x"}),
            "image_url attribute cannot exceed 3000",
        ),
        (
            slack({"type": "image", "image_url": "https://a.example/1.png", "alt_text": "x" * 2001}),
            "alt_text attribute cannot exceed 2000",
        ),
        (slack({"type": "image", "image_url": "https://a.example/1.png", "alt_text": ""}), "says nothing"),
        (slack({"type": "image", "alt_text": "memory"}), "blocks[0]"),
        (slack({"type": "image", "slack_file": {"file": "F0123ABCD"}, "alt_text": "memory"}), "blocks[0]"),
        # Each block is inside its limit, all together are not.
        (slack(*[{"type": "section", "text": mrkdwn("x" * 2401)}] * 5), "12005 characters"),
    ],
)
def test_slack_refuses(body: Body, said: str) -> None:
    """The problem says where."""
    assert said in " ".join(slack_problems(body))


def test_the_web_api_needs_a_channel() -> None:
    """The webhook knows its channel, the method must be told."""
    assert slack_problems({"text": "x", "channel": "C1", "ts": "1.2"}, api=True) == []
    assert slack_problems({"text": "x"}, api=True) != []
    assert slack_problems({"text": "x", "channel": "C1"}) != []


def test_limits_are_read_from_slacks_own_package() -> None:
    """A new version that words its limits otherwise would go unnoticed without this."""
    assert specification()[1] >= 106


def discord(**more: Any) -> Body:
    return {"allowed_mentions": {"parse": []}, **more}


def field(name: str = "value", value: str = "92 %") -> Body:
    return {"name": name, "value": value, "inline": True}


@pytest.mark.parametrize(
    "body",
    [
        discord(content="memory"),
        discord(content="x" * 2000, username="GameShelf Relay"),
        discord(embeds=[{"title": "x" * 256, "description": "x" * 4096, "color": 0xFFFFFF}]),
        discord(embeds=[{"title": "x", "timestamp": "2026-11-23T14:02:00Z", "url": "https://example.org/1"}]),
        discord(embeds=[{"title": "x", "timestamp": "2026-11-23T14:02:00+00:00"}]),
        discord(embeds=[{"fields": [field()] * 25, "footer": {"text": "incident 7, update 2"}}]),
        # White space at the ends does not count toward the total.
        discord(embeds=[{"description": "x" * 4000 + " " * 96}, {"description": "x" * 2000}]),
        discord(
            embeds=[{"title": "x", "image": {"url": "attachment://chart.png"}}],
            attachments=[{"id": "0", "filename": "chart.png", "description": "x" * 1024}],
        ),
    ],
)
def test_discord_takes(body: Body) -> None:
    """At every limit, not over it; also as an edit, which knows no user name."""
    assert discord_problems(body) == []
    body.pop("username", None)
    assert discord_problems(body, edit=True) == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (discord(), "message is empty"),
        (discord(content=" \n"), "message is empty"),
        (discord(content="x" * 2001), "content"),
        (discord(content="x", contnet="x"), "contnet"),
        (discord(content="x", username="x" * 81), "username"),
        (discord(content="x", username="Discord alerts"), "username"),
        (discord(embeds=[{}]), "embed is empty"),
        (discord(embeds=[{"title": "x" * 257}]), "embeds.0.title"),
        (discord(embeds=[{"description": "x" * 4097}]), "embeds.0.description"),
        (discord(embeds=[{"title": "x", "colour": 1}]), "colour"),
        (discord(embeds=[{"title": "x", "color": 0x1000000}]), "embeds.0.color"),
        (discord(embeds=[{"title": "x", "color": "red"}]), "embeds.0.color"),
        (discord(embeds=[{"title": "x", "timestamp": "yesterday"}]), "embeds.0.timestamp"),
        (discord(embeds=[{"title": "x", "url": "no address"}]), "embeds.0.url"),
        (discord(embeds=[{"title": "x"}] * 11), "embeds"),
        (discord(embeds=[{"fields": [field()] * 26}]), "embeds.0.fields"),
        (discord(embeds=[{"fields": [field(name="x" * 257)]}]), "embeds.0.fields.0.name"),
        (discord(embeds=[{"fields": [field(value="x" * 1025)]}]), "embeds.0.fields.0.value"),
        (discord(embeds=[{"fields": [field(value=" ")]}]), "white space"),
        (discord(embeds=[{"fields": [{"name": "x"}]}]), "embeds.0.fields.0.value"),
        (discord(embeds=[{"footer": {"text": "x" * 2049}}]), "embeds.0.footer.text"),
        (discord(embeds=[{"title": "x", "url": "https://example.org/1"}] * 2), "same url"),
        (discord(embeds=[{"description": "x" * 4000}, {"description": "x" * 2001}]), "6001 characters"),
        (discord(content="x", attachments=[{"id": "zero", "description": "x"}]), "attachments.0.id"),
        (
            discord(content="x", attachments=[{"id": "0", "description": "x" * 1025}]),
            "attachments.0.description",
        ),
        (discord(content="x", attachments=[{"id": "0", "description": " "}]), "says nothing"),
        (discord(content="x", attachments=[{"id": "0", "alt": "x"}]), "alt"),
        (discord(embeds=[{"title": "x", "image": {"url": "attachment://a.png"}}]), "no attachment a.png"),
        ({"content": "x"}, "allowed_mentions"),
        ({"content": "x", "allowed_mentions": {"parse": ["users"]}}, "allowed_mentions"),
        ({"content": "x", "allowed_mentions": {"parse": ["nobody"]}}, "allowed_mentions"),
    ],
)
def test_discord_refuses(body: Body, said: str) -> None:
    """The problem says where."""
    assert said in " ".join(discord_problems(body))


def test_an_edit_is_no_post() -> None:
    """Who speaks is settled when a message is posted."""
    assert discord_problems(discord(content="x", username="relay"), edit=True) != []


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.text(max_size=5), st.recursive(st.none() | st.text(), st.lists, max_leaves=5)))
def test_no_body_stops_the_validators(body: Body) -> None:
    """Every JSON object gets an answer, in order, also one with lone surrogates or line separators."""
    assert isinstance(slack_problems(body), list)
    assert isinstance(discord_problems(body), list)
    assert discord_problems(discord(content="\u2028 memory \ud83d")) == []
