"""How Discord draws a message: a short content for notifications, and one embed.

The rule: every part has its own limit, and the limits add up to less than the 6,000 characters that Discord takes over an
embed, so no message is refused for its length. Limits: https://docs.discord.com/developers/resources/message.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from relay.channels.trimming import fitted, one_line
from relay.channels.wording import Field, Message, Step
from relay.core.model import Picture

Body = dict[str, Any]

LONGEST_TITLE = 256
LONGEST_TARGET = 200
LONGEST_SUMMARY = 1_000
LONGEST_STEP = 80
LONGEST_LATE = 300
LONGEST_LABEL = 60
LONGEST_VALUE = 200
LONGEST_MARKER = 150
LONGEST_ALT = 1_024
FILE = "chart.png"
# An edit keeps the files that it does not speak of: without this an old chart would stand below newer words.
NO_FILES: Body = {"attachments": []}
# Without it the default comes back, also on an edit: then <@id> in an outside text pings that user.
NOBODY: Body = {"allowed_mentions": {"parse": []}}
# A backslash takes the meaning of any punctuation; a mention has none, so it is broken by a space of no width.
_ESCAPES = {character: f"\\{character}" for character in "\\*_~`|<>[]#"} | {"@": "@\u200b"}


def render(message: Message) -> Body:
    """Return the living message.

    The link stands in the description, not as the embed's ``url``: a host that Discord does not take for one, as on a
    laptop, must not cost the whole message.
    """
    embed: Body = {
        "title": fitted(message.title, LONGEST_TITLE, _escape),
        "description": "\n\n".join(_description(message)),
        "color": message.colour,
        "fields": [_field(field) for field in message.fields[:25]],
        "footer": {"text": fitted(message.marker, LONGEST_MARKER)},
        "timestamp": message.at.isoformat(timespec="seconds"),
    }
    return {"content": _headline(message), "embeds": [embed], **NOBODY}


def pictured(body: Body, picture: Picture) -> Body:
    """Return a living message with the picture that is sent beside it, in place of any that it had."""
    (embed,) = body["embeds"]
    file = {"id": "0", "filename": FILE, "description": fitted(one_line(picture.said), LONGEST_ALT)}
    return {
        **body,
        "embeds": [{**embed, "image": {"url": f"attachment://{FILE}"}}],
        "attachments": [file],
    }


def reduced(message: Message) -> Body:
    """Return the message as plain content without a link, for when Discord refuses the embed."""
    title = fitted(message.title, LONGEST_TITLE, _escape)
    summary = fitted(message.summary, LONGEST_SUMMARY, _escape)
    parts = [
        _headline(message),
        title,
        summary,
        _late(message),
        fitted(message.marker, LONGEST_MARKER, _escape),
    ]
    return {"content": "\n".join(filter(None, parts)), "embeds": [], **NOBODY}


def short(message: Message) -> Body:
    """Return the few words that say aloud what an edit says silently."""
    title = fitted(message.title, LONGEST_TITLE, _escape)
    summary = fitted(one_line(message.summary), 2 * LONGEST_VALUE, _escape)
    said = " — ".join(filter(None, (title, fitted(message.latest, LONGEST_STEP, _escape), summary)))
    foot = " · ".join(filter(None, (_link(message), fitted(message.marker, LONGEST_MARKER, _escape))))
    parts = [f"{message.mark} **{message.word}** · {said}", _late(message), foot]
    return {"content": "\n".join(filter(None, parts)), **NOBODY}


def _headline(message: Message) -> str:
    """Severity and target: the title follows in the embed."""
    target = fitted(message.target, LONGEST_TARGET, _escape)
    return " · ".join(filter(None, (f"{message.mark} **{message.word}**", target)))


def _description(message: Message) -> Iterator[str]:
    if message.summary:
        yield fitted(message.summary, LONGEST_SUMMARY, _escape)
    yield "\n".join(_story(message))
    if message.late:
        yield _late(message)
    if message.link:
        yield _link(message)


def _story(message: Message) -> Iterator[str]:
    yield f"**{message.happened}**"
    if message.earlier:
        yield message.earlier
    yield from map(_step, message.steps)


def _step(step: Step) -> str:
    return f"• {_time(step.at, 'T')} · {fitted(step.words, LONGEST_STEP, _escape)}"


def _late(message: Message) -> str:
    return f"⏳ {fitted(message.late, LONGEST_LATE, _escape)}" if message.late else ""


def _link(message: Message) -> str:
    """The angle brackets keep Discord from drawing a preview of the page."""
    return f"[{message.link.label}](<{message.link.url}>)" if message.link else ""


def _field(field: Field) -> Body:
    return {"name": fitted(field.label, LONGEST_LABEL, _escape), "value": _value(field), "inline": True}


def _value(field: Field) -> str:
    if isinstance(field.value, datetime):
        return f"{_time(field.value, 'f')} ({_time(field.value, 'R')})"
    return fitted(field.value, LONGEST_VALUE, _escape)


def _time(at: datetime, style: str) -> str:
    """Return a time that each reader sees in the own zone; ``R`` counts from now."""
    return f"<t:{int(at.timestamp())}:{style}>"


def _escape(character: str) -> str:
    return _ESCAPES.get(character, character)
