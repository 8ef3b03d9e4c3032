"""Discord's side: what a webhook takes, refuses and answers, and what a message shows."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import Any

from viewer import markdown
from viewer.drawing import Card, Drawing, Kind, Part, colour, objects, word
from viewer.room import Message
from viewer.spans import Look, Span, Spans, link, moment, plain, said

MOST_CONTENT = 2_000
MOST_EMBEDS = 10
GREY = "#a0a0a2"
Body = dict[str, Any]
# https://docs.discord.com/developers/topics/opcodes-and-status-codes#json-json-error-codes
UNKNOWN_MESSAGE = {"message": "Unknown Message", "code": 10008}
INVALID_JSON = {"message": "The request body contains invalid JSON.", "code": 50109}
EMPTY_MESSAGE = {"message": "Cannot send an empty message", "code": 50006}


def invalid(path: str, code: str, message: str) -> Body:
    """Return Discord's answer about one key of a body."""
    errors = {path: {"_errors": [{"code": code, "message": message}]}}
    return {"message": "Invalid Form Body", "code": 50035, "errors": errors}


def refusal(body: object) -> Body | None:
    """Return Discord's answer to what it would not take, or None."""
    if not isinstance(body, dict):
        return INVALID_JSON
    embeds = body.get("embeds") or []
    if not isinstance(embeds, list) or len(embeds) > MOST_EMBEDS:
        return invalid("embeds", "BASE_TYPE_BAD_LENGTH", f"Must be {MOST_EMBEDS} or fewer in length.")
    if len(word(body, "content").strip()) > MOST_CONTENT:
        return invalid("content", "BASE_TYPE_MAX_LENGTH", f"Must be {MOST_CONTENT} or fewer in length.")
    has_any = word(body, "content").strip() or embeds or body.get("components")
    return None if has_any else EMPTY_MESSAGE


def answer(message: Message, webhook: str) -> Body:
    """Return a message as Discord gives it back."""
    return {
        "id": message.id,
        "type": 0,
        "channel_id": "1",
        "webhook_id": webhook,
        "author": {"id": webhook, "username": word(message.body, "username") or "relay", "bot": True},
        "content": word(message.body, "content"),
        "embeds": list(objects(message.body, "embeds")),
        "attachments": [],
        "mentions": [],
        "timestamp": message.at.isoformat(),
        "edited_timestamp": message.edited_at.isoformat() if message.edited_at else None,
    }


def draw(body: Body) -> Drawing:
    """Return what the message shows: its content, then its embeds."""
    content = markdown.parse(word(body, "content"))
    parts = (Part(Kind.TEXT, (content,)),) if content else ()
    return Drawing(parts, tuple(card(embed) for embed in objects(body, "embeds")))


def card(embed: Body) -> Card:
    """Return one embed; its colour is a number."""
    number = embed.get("color")
    code = f"{number:06x}" if isinstance(number, int) and 0 <= number <= 0xFFFFFF else ""
    return Card(tuple(embed_parts(embed)), colour(code, GREY))


def embed_parts(embed: Body) -> Iterator[Part]:
    """Yield author, title, description, fields, picture and footer, in Discord's order."""
    if author := word(embed.get("author"), "name"):
        yield Part(Kind.SMALL, (said(author),))
    if title := word(embed, "title"):
        # As text: a title that is a link holds no other.
        yield Part(Kind.HEADING, ((link(word(embed, "url"), plain(markdown.parse(title))),),))
    if description := word(embed, "description"):
        yield Part(Kind.TEXT, (markdown.parse(description),))
    for inline, fields in groupby(objects(embed, "fields"), key=lambda one: one.get("inline") is True):
        texts = tuple(field_spans(field) for field in fields)
        # What is not inline has a line of its own.
        yield from (Part(Kind.FIELDS, texts),) if inline else (Part(Kind.TEXT, (text,)) for text in texts)
    if source := word(embed.get("image"), "url"):
        yield Part(Kind.IMAGE, (said(source.removeprefix("attachment://")),), source)
    footer = (said(word(embed.get("footer"), "text")), stamp(word(embed, "timestamp")))
    if any(footer):
        yield Part(Kind.SMALL, tuple(filter(None, footer)))


def stamp(text: str) -> Spans:
    """Return an embed's time, or nothing where it is none."""
    try:
        return (moment(datetime.fromisoformat(text), "%Y-%m-%d %H:%M"),)
    except (ValueError, OverflowError):
        return ()


def field_spans(field: Body) -> Spans:
    """Return a field: a bold name over its value."""
    name = plain(markdown.parse(word(field, "name")))
    return (Span(Look.BOLD, name + "\n"), *markdown.parse(word(field, "value")))
