"""The words of a page: its language, and how sentences, numbers and times are written in templates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from flask import Flask, Request, g, request
from markupsafe import Markup

from relay.core.catalogue import CATALOGUE
from relay.core.model import Severity
from relay.core.text import Argument, Language, Text, duration, quantity, say, text
from relay.web.site import desk
from relay.web.visible import is_link, visible

COOKIE = "language"


def choose(asked: Request, default: Language) -> Language:
    """Return the visitor's language: chosen before, else what the browser asks for, else the default."""
    chosen = asked.cookies.get(COOKIE, "")
    tags = [language.value for language in Language]
    if chosen in tags:
        return Language(chosen)
    return Language(asked.accept_languages.best_match(tags, default.value))


def language() -> Language:
    """Return the language of the answer to this request."""
    chosen: Language | None = g.get("language")
    if chosen is None:
        chosen = g.language = choose(request, desk().site.language)
    return chosen


def told(what: Text) -> str:
    """Return a sentence in the visitor's language, with what came from outside made visible."""
    return visible(say(what, language()))


def t(key: str, **args: Argument) -> str:
    """Return the catalogue's sentence ``key`` in the visitor's language."""
    return told(text(key, **args))


def known(prefix: str, word: str) -> str:
    """Return the sentence ``prefix.word`` where the catalogue has it, else the word itself."""
    key = f"{prefix}.{word.replace(' ', '_')}"
    return t(key) if key in CATALOGUE else visible(word)


def measured(value: float | None, unit: str) -> str:
    """Return a number with its unit, or a dash where there is none."""
    return "–" if value is None else visible(quantity(value, unit, language()))


def lasting(span: timedelta) -> str:
    """Return a length of time."""
    return duration(span, language())


def ongoing(span: timedelta) -> str:
    """Return how long something has lasted, to the minute, so that a page does not change with every second."""
    if span < timedelta(minutes=1):
        return t("page.lasts.short")
    return t("page.lasts", span=span - span % timedelta(minutes=1))


def ago(span: timedelta) -> str:
    """Return how long ago something was, to the minute."""
    if span < timedelta(minutes=1):
        return t("page.just_now")
    return t("page.ago", span=span - span % timedelta(minutes=1))


def local_time(asked: str) -> str:
    """Return a time as the browser's own field for times takes it, as far as it can.

    >>> local_time("2026-11-23"), local_time("2026-11-23T14:02:03Z"), local_time("")
    ('2026-11-23T00:00', '2026-11-23T14:02', '')
    """
    return (asked + "T00:00" if "T" not in asked else asked)[:16] if asked else ""


def capitalised(words: str) -> str:
    """Return ``words`` with a capital at the beginning and nothing else changed."""
    return words[:1].upper() + words[1:]


def here() -> str:
    """Return the path and query of this request, quoted."""
    parts = urlsplit(request.url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def milliseconds(span: timedelta) -> str:
    """Return a short length of time.

    >>> milliseconds(timedelta(seconds=0.1234))
    '123 ms'
    """
    return f"{span / timedelta(milliseconds=1):.0f} ms"


def iso(at: datetime) -> str:
    """Return a time as machines read it.

    >>> iso(datetime(2026, 11, 23, 14, 2, tzinfo=UTC))
    '2026-11-23T14:02:00Z'
    """
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def when(at: datetime, *, seconds: bool = True) -> Markup:
    """Return a date and a time of day as a page shows them: in every row, so not by a template.

    >>> when(datetime(2026, 11, 23, 14, 2, 5, tzinfo=UTC), seconds=False)
    Markup('<time datetime="2026-11-23T14:02:05Z"><span class="date">2026-11-23</span> <span class="clock">14:02</span></time>')
    """
    whole = iso(at)
    day, of_day = whole[:10], whole[11:19] if seconds else whole[11:16]
    # Digits only.
    return Markup(  # noqa: S704
        f'<time datetime="{whole}"><span class="date">{day}</span> <span class="clock">{of_day}</span></time>'
    )


def clock(at: datetime) -> Markup:
    """Return a time of day as a page shows it.

    >>> clock(datetime(2026, 11, 23, 14, 2, 5, tzinfo=UTC))
    Markup('<time datetime="2026-11-23T14:02:05Z" class="clock">14:02:05</time>')
    """
    whole = iso(at)
    return Markup(f'<time datetime="{whole}" class="clock">{whole[11:19]}</time>')  # noqa: S704


def _finalized(value: object) -> object:
    # What is markup already has been through here.
    return visible(value) if type(value) is str else value


def stamped(at: datetime) -> str:
    """Return a time as a sentence holds it.

    >>> stamped(datetime(2026, 11, 23, 14, 2, 5, tzinfo=UTC))
    '2026-11-23 14:02:05'
    """
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def furnish_words(app: Flask) -> None:
    """Give the templates of ``app`` these words. Every text that one writes is made visible, whatever its author forgot."""
    app.jinja_env.finalize = _finalized
    app.jinja_env.filters |= {
        "told": told,
        "visible": visible,
        "lasting": lasting,
        "ongoing": ongoing,
        "ago": ago,
        "local_time": local_time,
        "capitalised": capitalised,
        "milliseconds": milliseconds,
        "iso": iso,
        "stamped": stamped,
    }
    app.jinja_env.tests["link"] = is_link
    app.jinja_env.globals |= {
        "t": t,
        "known": known,
        "measured": measured,
        "Severity": Severity,
        "when": when,
        "clock": clock,
    }
    app.context_processor(lambda: {"language": language(), "languages": list(Language)})
