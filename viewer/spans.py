"""Spans: a text with its emphasis, as HTML or as plain text. Whatever a sender wrote is escaped here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from markupsafe import Markup, escape

LINKABLE = ("http://", "https://", "mailto:")


class Look(StrEnum):
    """How a span is drawn."""

    PLAIN = "plain"
    BOLD = "b"
    ITALIC = "i"
    UNDERLINE = "u"
    STRIKE = "s"
    CODE = "code"
    BLOCK = "pre"
    LINK = "a"
    MENTION = "mark"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text; emphasis may hold other spans, and only links and times have a target."""

    look: Look
    text: str = ""
    inner: tuple["Span", ...] = ()
    target: str = ""


Spans = tuple[Span, ...]


def said(text: str) -> Spans:
    """Return a text without any emphasis."""
    return (Span(Look.PLAIN, text),) if text else ()


def link(target: str, label: str) -> Span:
    """Return a link, or the mere label where the target is nothing that a chat client would open."""
    if target.lower().startswith(LINKABLE):
        return Span(Look.LINK, label or target, target=target)
    return Span(Look.PLAIN, label or target)


def moment(at: datetime, shape: str, *, relative: bool = False) -> Span:
    """Return a point in time in this machine's zone; a page's script tells how long ago a relative one is."""
    kind = "relative " if relative else ""
    return Span(Look.TIME, at.astimezone().strftime(shape), target=f"{kind}{at.isoformat()}")


def unix(seconds: str, shape: str, fallback: str, *, relative: bool = False) -> Span:
    """Return a moment given in seconds, or the fallback where they are no time at all."""
    try:
        return moment(datetime.fromtimestamp(int(seconds), UTC), shape, relative=relative)
    except (ValueError, OverflowError, OSError):
        return Span(Look.PLAIN, fallback)


def plain(spans: Iterable[Span]) -> str:
    """Return the mere words."""
    return "".join(span.text + plain(span.inner) for span in spans)


def html(spans: Iterable[Span]) -> Markup:
    """Return safe HTML."""
    return Markup("").join(tag(span) for span in spans)


def tag(span: Span) -> Markup:
    """Return one span as HTML; the class carries what has no element of its own."""
    inside = escape(span.text) + html(span.inner)
    match span.look:
        case Look.PLAIN:
            return inside
        case Look.LINK:
            return Markup('<a href="{}" rel="noopener noreferrer">{}</a>').format(span.target, inside)
        case Look.TIME:
            at = span.target.removeprefix("relative ")
            kind = "relative" if at != span.target else "exact"
            return Markup('<time datetime="{}" class="{}">{}</time>').format(at, kind, inside)
        case look:
            return Markup("<{0}>{1}</{0}>").format(look, inside)
