"""Slack's mrkdwn as spans. Source: https://docs.slack.dev/messaging/formatting-message-text"""

import re

from viewer.spans import Look, Span, Spans, link, unix

TOKEN = re.compile(
    r"```(?P<block>[\s\S]+?)```"
    r"|`(?P<code>[^`\n]+)`"
    r"|<(?P<angle>[^<>\n]+)>"
    r"|(?<!\w)\*(?P<bold>[^*\n]+)\*(?!\w)"
    r"|(?<!\w)_(?P<italic>[^_\n]+)_(?!\w)"
    r"|(?<!\w)~(?P<strike>[^~\n]+)~(?!\w)"
    r"|:(?P<emoji>[a-z_]{1,30}):"
)
# The few that alerts use; any other stays as it was written.
EMOJI = {
    "red_circle": "🔴",
    "large_orange_circle": "🟠",
    "large_yellow_circle": "🟡",
    "large_green_circle": "🟢",
    "large_blue_circle": "🔵",
    "white_check_mark": "✅",
    "rotating_light": "🚨",
    "warning": "⚠️",
    "information_source": "ℹ️",
    "bell": "🔔",
}
LOOKS = {"bold": Look.BOLD, "italic": Look.ITALIC, "strike": Look.STRIKE}
DATE_SHAPES = {"time": "%H:%M", "time_secs": "%H:%M:%S"}
DATE = re.compile(
    r"!date\^(?P<seconds>-?\d+)\^(?P<shape>[^|^]*)(?:\^(?P<link>[^|]*))?(?:\|(?P<fallback>.*))?"
)


def unescaped(text: str) -> str:
    """Undo Slack's three escapes, the ampersand last."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def parse(text: str) -> Spans:
    """Return the spans of a text.

    >>> [str(span.look) for span in parse("*memory* of `api`")]
    ['b', 'plain', 'code']
    """
    spans: list[Span] = []
    end = 0
    for found in TOKEN.finditer(text):
        if found.start() > end:
            spans.append(Span(Look.PLAIN, unescaped(text[end : found.start()])))
        spans.append(token(found))
        end = found.end()
    if end < len(text):
        spans.append(Span(Look.PLAIN, unescaped(text[end:])))
    return tuple(spans)


def token(found: re.Match[str]) -> Span:
    """Return the span of one piece of markup."""
    kind, inside = found.lastgroup or "", found[found.lastgroup or 0]
    match kind:
        case "block":
            return Span(Look.BLOCK, unescaped(inside.strip("\n")))
        case "code":
            return Span(Look.CODE, unescaped(inside))
        case "angle":
            return angle(inside)
        case "emoji":
            return Span(Look.PLAIN, EMOJI.get(inside, found[0]))
        case _:
            return Span(LOOKS[kind], inner=parse(inside))


def angle(inside: str) -> Span:
    """Return what stands between angle brackets: a date, a mention or a link."""
    if date := DATE.fullmatch(inside):
        shape = re.sub(
            r"\{(\w+)}", lambda one: DATE_SHAPES.get(one[1], "%Y-%m-%d"), date["shape"].replace("%", "")
        )
        return unix(date["seconds"], shape, unescaped(date["fallback"] or ""))
    target, _, label = inside.partition("|")
    if target[:1] in "!@#":
        return Span(Look.MENTION, "@" + unescaped(label or target[1:]).lstrip("@"))
    return link(unescaped(target), unescaped(label))
