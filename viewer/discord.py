"""Discord's side: what a webhook takes, refuses and answers, and what a message shows."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from viewer import markdown
from viewer.drawing import Card, Drawing, Kind, Part, colour, objects, word
from viewer.room import File, Message
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


# The kinds of files that an embed shows: https://docs.discord.com/developers/reference#editing-message-attachments
PICTURES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
}
NAME = re.compile(r"[\w.-]{1,100}", re.ASCII)


def attached(
    body: Body, uploads: Mapping[str, tuple[str, bytes]], before: Sequence[File], new_id: Iterator[int]
) -> tuple[File, ...] | None:
    """Return the files that a message has after a call: of those that it had the ones that it names, then the new ones.

    ``uploads`` are names and contents by the ``n`` of ``files[n]``. None where the call says nothing of files.
    """
    if "attachments" not in body and not uploads:
        return None
    named = {str(one.get("id")): one for one in objects(body, "attachments")}
    kept = tuple(one for one in before if one.id in named or "attachments" not in body)
    new = (
        File(
            str(next(new_id)),
            name,
            PICTURES.get(name.rpartition(".")[2].lower(), "application/octet-stream"),
            content,
            word(named.get(number), "description"),
        )
        for number, (name, content) in uploads.items()
        if NAME.fullmatch(name)
    )
    return (*kept, *new)


def missing(body: Body, files: Sequence[File]) -> Body | None:
    """Return Discord's answer to an embed that shows a file that is not there, or None."""
    for number, embed in enumerate(objects(body, "embeds")):
        name = word(embed.get("image"), "url").partition("attachment://")[2]
        if name and all(one.name != name for one in files):
            return invalid(
                f"embeds.{number}.image.url", "ATTACHMENT_NOT_FOUND", "Referenced attachment not found"
            )
    return None


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
        "attachments": [
            {
                "id": one.id,
                "filename": one.name,
                "size": len(one.content),
                "content_type": one.kind,
                "description": one.description,
            }
            for one in message.files
        ],
        "mentions": [],
        "timestamp": message.at.isoformat(),
        "edited_timestamp": message.edited_at.isoformat() if message.edited_at else None,
    }


def draw(message: Message) -> Drawing:
    """Return what the message shows: its content, its embeds, and the pictures that no embed shows."""
    body, images = message.body, {one.name: picture(message, one) for one in message.files}
    content = markdown.parse(word(body, "content"))
    parts = (Part(Kind.TEXT, (content,)),) if content else ()
    shown = {word(embed.get("image"), "url") for embed in objects(body, "embeds")}
    loose = (part for name, part in images.items() if f"attachment://{name}" not in shown)
    return Drawing((*parts, *loose), tuple(card(embed, images) for embed in objects(body, "embeds")))


def picture(message: Message, file: File) -> Part:
    """Return a file as the picture that it is, with the words for who does not see it."""
    return Part(Kind.IMAGE, (said(file.description or file.name),), f"/attachments/{message.id}/{file.name}")


def card(embed: Body, images: Mapping[str, Part]) -> Card:
    """Return one embed; its colour is a number."""
    number = embed.get("color")
    code = f"{number:06x}" if isinstance(number, int) and 0 <= number <= 0xFFFFFF else ""
    return Card(tuple(embed_parts(embed, images)), colour(code, GREY))


def embed_parts(embed: Body, images: Mapping[str, Part]) -> Iterator[Part]:
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
        name = source.removeprefix("attachment://")
        yield images.get(name) or Part(Kind.IMAGE, (said(name),), source)
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
