"""How Slack draws a message: one coloured attachment of blocks, and a top-level text for notifications and screen readers.

The rule: every part has its own limit, and the limits add up to less than Slack takes over all blocks, so no message is
refused for its length. Limits: https://docs.slack.dev/reference/block-kit/blocks; the total of about 13,200 characters is
undocumented (https://github.com/slackapi/bolt-js/issues/2509).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from relay import __version__
from relay.channels.trimming import fitted, one_line
from relay.channels.wording import Field, Message, Step
from relay.core.model import Picture

Body = dict[str, Any]

# "Generally one message per second per channel": https://docs.slack.dev/apis/web-api/rate-limits
PACE = timedelta(seconds=1)
AGENT = {"user-agent": f"GameShelf-Relay/{__version__}"}
# A preview of the incident's page would show its login form.
NO_PREVIEW: Body = {"unfurl_links": False, "unfurl_media": False}

LONGEST_TITLE = 600
LONGEST_SUMMARY = 2_400
LONGEST_LABEL = 100
LONGEST_VALUE = 400
LONGEST_STEP = 150
LONGEST_LATE = 600
LONGEST_MARKER = 200
LONGEST_REPLY = 400
LONGEST_ALT = 1_000
# Slack has no escape for its own marks: only these three have one, and back-ticks must not close ours.
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "`": "'"}


def render(message: Message) -> Body:
    """Return the whole message.

    The headline stands in the text alone: Slack shows the text above the attachment, so a header would say it twice.
    """
    attachment = {
        "color": f"#{message.colour:06X}",
        "fallback": fallback(message),
        "blocks": _blocks(message),
    }
    return {"text": headline(message), "attachments": [attachment], **NO_PREVIEW}


def pictured(body: Body, picture: Picture) -> Body:
    """Return a whole message that shows a picture, which Slack fetches."""
    return _with_image(body, {"image_url": picture.link}, picture)


def pictured_by(body: Body, file: str, picture: Picture) -> Body:
    """Return a whole message that shows an uploaded picture."""
    return _with_image(body, {"slack_file": {"id": file}}, picture)


def _with_image(body: Body, source: Body, picture: Picture) -> Body:
    """Place a picture between the story and the small print."""
    (attachment,) = body["attachments"]
    *blocks, foot = attachment["blocks"]
    image = {"type": "image", **source, "alt_text": fitted(one_line(picture.said), LONGEST_ALT)}
    return {**body, "attachments": [{**attachment, "blocks": [*blocks, image, foot]}]}


def reduced(message: Message) -> Body:
    """Return the message as text alone, for when Slack refuses its blocks."""
    parts = [
        headline(message),
        _summary(message),
        *map(_line, message.fields),
        _late(message),
        _foot(message),
    ]
    return {"text": "\n".join(filter(None, parts)), **NO_PREVIEW}


def reply(message: Message) -> Body:
    """Return the few words that are said in the message's thread."""
    summary = fitted(one_line(message.summary), LONGEST_REPLY, _escape)
    said = " — ".join(filter(None, (message.latest, summary)))
    parts = [f"{message.mark} *{message.word}* · {said}", _late(message), _foot(message)]
    return {"text": "\n".join(filter(None, parts)), **NO_PREVIEW}


def headline(message: Message) -> str:
    """Return severity and title."""
    return f"{message.mark} *{message.word}* · {fitted(message.title, LONGEST_TITLE, _escape)}"


def fallback(message: Message) -> str:
    """Return the plain summary of the attachment for clients that can't draw it."""
    return fitted(f"{message.word} · {message.title}", 280, _escape)


def _blocks(message: Message) -> list[Body]:
    about: Body = {"type": "section", "fields": [_mrkdwn(_field(field)) for field in message.fields[:10]]}
    if summary := _summary(message):
        about = {"type": "section", "text": _mrkdwn(summary), **about}
    blocks = [about, {"type": "section", "text": _mrkdwn("\n".join(_story(message)))}]
    if late := _late(message):
        blocks.append({"type": "section", "text": _mrkdwn(late)})
    return [*blocks, {"type": "context", "elements": [_mrkdwn(_foot(message))]}]


def _mrkdwn(words: str) -> Body:
    return {"type": "mrkdwn", "text": words}


def _summary(message: Message) -> str:
    return fitted(message.summary, LONGEST_SUMMARY, _escape)


def _field(field: Field) -> str:
    return f"*{_label(field)}*\n{_value(field)}"


def _line(field: Field) -> str:
    return f"*{_label(field)}* {_value(field)}"


def _label(field: Field) -> str:
    return fitted(field.label, LONGEST_LABEL, lambda character: _escape(character.replace("*", "∗")))


def _value(field: Field) -> str:
    if isinstance(field.value, datetime):
        return _time(field.value)
    value = fitted(field.value, LONGEST_VALUE, _escape)
    # Within back-ticks nothing is markup.
    return f"`{value}`" if field.outside else value


def _story(message: Message) -> Iterator[str]:
    yield f"*{message.happened}*"
    if message.earlier:
        yield message.earlier
    yield from map(_step, message.steps)


def _step(step: Step) -> str:
    return f"• {_time(step.at)} · {fitted(step.words, LONGEST_STEP, _escape)}"


def _late(message: Message) -> str:
    return f"⏳ {fitted(message.late, LONGEST_LATE, _escape)}" if message.late else ""


def _foot(message: Message) -> str:
    marker = fitted(message.marker, LONGEST_MARKER, _escape)
    if message.link is None:
        return marker
    return f"<{_escaped(message.link.url)}|{_escaped(message.link.label)}> · {marker}"


def _time(at: datetime) -> str:
    """Return a time that each reader sees in the own zone: https://docs.slack.dev/messaging/formatting-message-text."""
    fallen_back = f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time_secs}}|{fallen_back}>"


def _escape(character: str) -> str:
    return _ESCAPES.get(character, character)


def _escaped(words: str) -> str:
    return "".join(map(_escape, words))
