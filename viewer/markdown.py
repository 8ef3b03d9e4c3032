"""Discord's markdown as spans. Source: https://docs.discord.com/developers/reference#message-formatting"""

import re

from viewer.spans import Look, Span, Spans, link, unix

TOKEN = re.compile(
    r"\\(?P<escaped>[^A-Za-z0-9\s])"
    r"|```(?:[a-z]+\n)?(?P<block>[\s\S]+?)```"
    r"|`(?P<code>[^`\n]+)`"
    r"|<t:(?P<time>-?\d{1,12}(?::[tTdDfFsSR])?)>"
    r"|<(?P<mention>[@#][!&]?\d+)>|(?P<all>@everyone|@here)"
    r"|\[(?P<label>[^\[\]\n]+)\]\(<?(?P<target>https?://[^\s()<>]+)>?\)"
    r"|<?(?P<bare>https?://[^\s<>]+)>?"
    r"|\*\*(?P<bold>[^*\n]+)\*\*"
    r"|__(?P<underline>[^_\n]+)__"
    r"|~~(?P<strike>[^~\n]+)~~"
    r"|\*(?P<italic>[^*\s][^*\n]*)\*"
    r"|(?<!\w)_(?P<slanted>[^_\n]+)_(?!\w)"
    r"|^(?P<heading>\#{1,3} [^\n]+)"
    r"|^-\# (?P<small>[^\n]+)",
    re.M,
)
LOOKS = {
    "bold": Look.BOLD,
    "underline": Look.UNDERLINE,
    "strike": Look.STRIKE,
    "italic": Look.ITALIC,
    "slanted": Look.ITALIC,
}
TIME_SHAPES = {
    "t": "%H:%M",
    "T": "%H:%M:%S",
    "d": "%d/%m/%Y",
    "D": "%d %B %Y",
    "f": "%d %B %Y %H:%M",
    "F": "%A, %d %B %Y %H:%M",
    "s": "%d/%m/%Y %H:%M",
    "S": "%d/%m/%Y %H:%M:%S",
    "R": "%Y-%m-%d %H:%M:%S",
}


def parse(text: str) -> Spans:
    r"""Return the spans of a text.

    >>> [str(span.look) for span in parse("**memory** at <t:1700000000:R>, 2 \\* 3")]
    ['b', 'plain', 'time', 'plain', 'plain', 'plain']
    """
    spans: list[Span] = []
    end = 0
    for found in TOKEN.finditer(text):
        if found.start() > end:
            spans.append(Span(Look.PLAIN, text[end : found.start()]))
        spans.append(token(found))
        end = found.end()
    if end < len(text):
        spans.append(Span(Look.PLAIN, text[end:]))
    return tuple(spans)


def token(found: re.Match[str]) -> Span:
    """Return the span of one piece of markup."""
    kind = found.lastgroup or ""
    inside = found[kind]
    match kind:
        case "escaped":
            return Span(Look.PLAIN, inside)
        case "block":
            return Span(Look.BLOCK, inside.strip("\n"))
        case "code":
            return Span(Look.CODE, inside)
        case "time":
            seconds, _, style = inside.partition(":")
            return unix(seconds, TIME_SHAPES[style or "f"], found[0], relative=style == "R")
        case "mention" | "all":
            return Span(Look.MENTION, inside)
        case "target":
            return Span(Look.LINK, inner=parse(found["label"]), target=inside)
        case "bare":
            return link(inside, "")
        # Without the marks that follow: a line of nothing else would go as deep as it is long.
        case "heading":
            return Span(Look.BOLD, inner=parse(inside.lstrip("#- ")))
        case "small":
            return Span(Look.PLAIN, inner=parse(inside.lstrip("#- ")))
        case _:
            return Span(LOOKS[kind], inner=parse(inside))
