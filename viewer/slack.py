"""Slack's side: what an incoming webhook takes and refuses, and what a message shows."""

from collections.abc import Callable, Iterator
from typing import Any

from viewer import mrkdwn
from viewer.drawing import Card, Drawing, Kind, Part, colour, objects, word
from viewer.room import Message
from viewer.spans import Look, Span, Spans, link, said

MOST_BLOCKS = 50
MOST_ATTACHMENTS = 100
NAMED = {"good": "#2eb67d", "warning": "#ecb22e", "danger": "#e01e5a"}
GREY = "#a0a0a2"
Body = dict[str, Any]


def refusal(body: object) -> str | None:
    """Return Slack's word for what it would not take, or None: https://docs.slack.dev/messaging/…webhooks"""
    if not isinstance(body, dict):
        return "invalid_payload"
    blocks, attachments = body.get("blocks") or [], body.get("attachments") or []
    if not isinstance(blocks, list) or len(blocks) > MOST_BLOCKS:
        return "invalid_blocks"
    if not all(isinstance(block, dict) and isinstance(block.get("type"), str) for block in blocks):
        return "invalid_blocks"
    if not isinstance(attachments, list):
        return "invalid_payload"
    if len(attachments) > MOST_ATTACHMENTS:
        return "too_many_attachments"
    return None if word(body, "text").strip() or blocks or attachments else "no_text"


def draw(message: Message) -> Drawing:
    """Return what the message shows; with blocks its own text is for notifications only."""
    body = message.body
    own = tuple(part for block in objects(body, "blocks") for part in block_parts(block))
    text = mrkdwn.parse(word(body, "text"))
    parts = own or ((Part(Kind.TEXT, (text,)),) if text else ())
    return Drawing(parts, tuple(card(one) for one in objects(body, "attachments")))


def card(attachment: Body) -> Card:
    """Return one attachment: its blocks, or the older fields."""
    blocks = tuple(part for block in objects(attachment, "blocks") for part in block_parts(block))
    code = word(attachment, "color")
    return Card(blocks or tuple(older_parts(attachment)), colour(NAMED.get(code, code), GREY))


def older_parts(attachment: Body) -> Iterator[Part]:
    """Yield the parts of an attachment without blocks."""
    if text := word(attachment, "pretext"):
        yield Part(Kind.TEXT, (mrkdwn.parse(text),))
    if title := word(attachment, "title"):
        yield Part(Kind.HEADING, ((link(word(attachment, "title_link"), title),),))
    if text := word(attachment, "text") or word(attachment, "fallback"):
        yield Part(Kind.TEXT, (mrkdwn.parse(text),))
    fields = tuple(older_field(field) for field in objects(attachment, "fields"))
    if fields:
        yield Part(Kind.FIELDS, fields)
    if footer := word(attachment, "footer"):
        yield Part(Kind.SMALL, (said(footer),))


def older_field(field: Body) -> Spans:
    """Return a field of the older kind: a bold title over its value."""
    title = Span(Look.BOLD, word(field, "title") + "\n")
    return (title, *mrkdwn.parse(word(field, "value")))


def text_of(value: object) -> Spans:
    """Return the spans of a text object, plain or mrkdwn."""
    text = word(value, "text")
    return mrkdwn.parse(text) if word(value, "type") == "mrkdwn" else said(text)


def section(block: Body) -> Iterator[Part]:
    """Yield a section: its text, then its fields."""
    if text := text_of(block.get("text")):
        yield Part(Kind.TEXT, (text,))
    if fields := tuple(text_of(field) for field in objects(block, "fields")):
        yield Part(Kind.FIELDS, fields)


def header(block: Body) -> Iterator[Part]:
    """Yield a header's plain text."""
    yield Part(Kind.HEADING, (text_of(block.get("text")),))


def context(block: Body) -> Iterator[Part]:
    """Yield the small print; a picture in it is told by its words."""
    elements = objects(block, "elements")
    yield Part(Kind.SMALL, tuple(text_of(one) or said(word(one, "alt_text")) for one in elements))


def actions(block: Body) -> Iterator[Part]:
    """Yield buttons; one that leads somewhere is a link."""
    buttons = ((link(word(one, "url"), word(one.get("text"), "text")),) for one in objects(block, "elements"))
    yield Part(Kind.BUTTONS, tuple(buttons))


def image(block: Body) -> Iterator[Part]:
    """Yield a picture and the words for who does not see it."""
    yield Part(Kind.IMAGE, (said(word(block, "alt_text")),), word(block, "image_url"))


def divider(_block: Body) -> Iterator[Part]:
    """Yield a rule."""
    yield Part(Kind.RULE)


BLOCKS: dict[str, Callable[[Body], Iterator[Part]]] = {
    "section": section,
    "header": header,
    "context": context,
    "actions": actions,
    "image": image,
    "divider": divider,
}


def block_parts(block: Body) -> Iterator[Part]:
    """Yield the parts of a block; a kind that is not drawn here is at least named."""
    kind = word(block, "type")
    if kind in BLOCKS:
        yield from BLOCKS[kind](block)
    else:
        yield Part(Kind.SMALL, (said(f"[{kind}]"),))
