"""Every message is one that Slack and Discord take, by their own specifications, whatever stands in it."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise, product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relay.channels import discord_message, slack_message
from relay.channels.trimming import units
from relay.channels.wording import COLOURS, MARKS, Message, message
from relay.core.model import ChangeKind, Notification, Picture
from relay.core.text import Language, text, verbatim
from relay.drawing.curves import Ahead
from relay.drawing.pictures import told
from tests.building import MINUTE, NOON
from tests.channels.notifications import hostile, notification, notifications
from tests.contract.schemas import discord_problems, slack_problems
from tests.drawing.test_pictures import LEVELS_OF, PLAIN, SAMPLES

PLACE = {"channel": "C012AB3CD"}
messages = st.builds(message, notifications(), st.sampled_from(list(Language)))
relaxed = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


# An address as the relay makes it, behind the longest that may be configured.
ADDRESS = "https://relay.example/" + "p" * 480 + "/charts/" + "0" * 120 + ".png"


def slack_refusals(what: Message, said: str = "memory of shop, 92 % at the end") -> list[str]:
    """Return what speaks against any of the bodies that are sent to Slack; ``said`` are a picture's words."""
    whole, reduced, reply = (
        draw(what) for draw in (slack_message.render, slack_message.reduced, slack_message.reply)
    )
    picture = Picture(said, link=ADDRESS)
    return [
        *slack_problems(slack_message.pictured(whole, picture)),
        *slack_problems(
            {**PLACE, "ts": "1.2", **slack_message.pictured_by(whole, "F0123ABCD", picture)}, api=True
        ),
        *slack_problems(whole),
        *slack_problems(reduced),
        *slack_problems({**PLACE, **whole}, api=True),
        *slack_problems({**PLACE, "ts": "1.2", **whole, "attachments": [], **reduced}, api=True),
        *slack_problems({**PLACE, "thread_ts": "1.2", "reply_broadcast": True, **reply}, api=True),
    ]


def discord_refusals(what: Message, said: str = "memory of shop, 92 % at the end") -> list[str]:
    """Return what speaks against any of the bodies that are sent to Discord; ``said`` are a picture's words."""
    whole, reduced, short = (
        draw(what) for draw in (discord_message.render, discord_message.reduced, discord_message.short)
    )
    return [
        *discord_problems({"username": "Relay", **whole}),
        *discord_problems({**whole, **discord_message.NO_FILES}, edit=True),
        *discord_problems(discord_message.pictured(whole, Picture(said, b"png"))),
        *discord_problems(discord_message.pictured(whole, Picture(said, b"png")), edit=True),
        *discord_problems(reduced),
        *discord_problems({**reduced, **discord_message.NO_FILES}, edit=True),
        *discord_problems(short),
    ]


@relaxed
@given(messages)
def test_slack_takes_every_message(what: Message) -> None:
    """Hostile, empty and huge text included."""
    assert slack_refusals(what) == []


@relaxed
@given(messages)
def test_discord_takes_every_message(what: Message) -> None:
    """Hostile, empty and huge text included."""
    assert discord_refusals(what) == []


@relaxed
@given(messages, hostile)
def test_both_take_every_picture_with_its_words(what: Message, said: str) -> None:
    """Its words hold a target's name, which anybody may have chosen; they are never markup, and never too long."""
    words = f"Memory of {said}"
    assert slack_refusals(what, words) + discord_refusals(what, words) == []


@pytest.mark.parametrize("language", Language)
def test_who_does_not_see_a_picture_is_told_what_it_shows(language: Language) -> None:
    """Metric, last value, thresholds, deployment and forecast, as the picture itself has them, in the reader's language."""
    curve = replace(
        PLAIN,
        levels=LEVELS_OF,
        deployed=(NOON,),
        ahead=Ahead(100, NOON + 150 * MINUTE, NOON + 140 * MINUTE, None),
    )
    picture = Picture(told(curve, "shop", language), b"png", ADDRESS)
    what = message(notification(), language)
    slack = slack_message.pictured(slack_message.render(what), picture)["attachments"][0]["blocks"][-2]
    discord = discord_message.pictured(discord_message.render(what), picture)["attachments"][0]
    words = slack["alt_text"].replace("\xa0", " ").replace("\u202f", " ")
    assert slack["alt_text"] == discord["description"]
    last = f"{SAMPLES[-1].value:.1f}".replace(".", "," if language is Language.FRENCH else ".")
    wanted = {
        Language.ENGLISH: ["Memory of shop", f"{last} % at the end", "Warning 70 %", "Critical 85 %",
                           "Deployment at 2026-11-23 12:00", "Forecast: 100 % at 2026-11-23 14:30"],
        Language.FRENCH: ["Mémoire de shop", f"{last} % à la fin", "Avertissement 70 %", "Critique 85 %",
                          "Déploiement à 2026-11-23 12:00", "Prévision : 100 % à 2026-11-23 14:30"],
    }  # fmt: skip
    assert [part for part in wanted[language] if part not in words] == []


FULL = {"value": None, "threshold": None}
LATE = text("late.waiting", span=notification().at - notification().incident.opened_at)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", ChangeKind)
@pytest.mark.parametrize("incident", [{}, FULL])
@pytest.mark.parametrize("link", ["", "https://relay.example/incidents/01"])
@pytest.mark.parametrize("late", [None, LATE])
def test_every_kind_of_change_is_taken(
    kind: ChangeKind, language: Language, incident: Any, link: str, late: Any
) -> None:
    """With and without value and threshold, link and lateness, in both languages."""
    what = message(notification(kind, incident=incident, link=link, late=late), language)
    assert slack_refusals(what) + discord_refusals(what) == []


def fullest() -> Notification:
    """Return the largest message that can be drawn: every part cut at its limit, every character escaped."""
    facts = tuple((f"{number}" + "&" * 9_000, "&" * 9_000) for number in range(9))
    words = verbatim("&" * 90_000)
    incident = {"title": words, "summary": words, "target": "&" * 9_000, "unit": "&" * 9_000, "facts": facts}
    incident["source"] = "test"
    kinds = [ChangeKind.ESCALATED, ChangeKind.EASED] * 9
    link = "https://relay.example/" + "i" * 470
    return notification(*kinds, incident=incident, link=link, late=words, repeated=True)


@pytest.mark.parametrize("escaped", ["&", "*", "🎲", "x"])
@pytest.mark.parametrize("language", Language)
def test_the_totals_hold_where_every_part_is_full(language: Language, escaped: str) -> None:
    """And the totals are nearly used, so that the parts are no smaller than they need to be."""
    what = message(fullest(), language)
    swapped = Message(
        **{name: _swapped(getattr(what, name), escaped) for name in Message.__dataclass_fields__}
    )
    assert slack_refusals(swapped) + discord_refusals(swapped) == []
    slack = sum(map(units, _texts(slack_message.render(swapped)["attachments"][0]["blocks"])))
    assert 6_000 < slack <= 12_000
    embed = discord_message.render(swapped)["embeds"][0]
    discord = sum(
        map(units, [*_texts([embed["fields"], embed["footer"]]), embed["title"], embed["description"]])
    )
    assert 4_000 < discord <= 6_000


def _swapped(value: Any, escaped: str) -> Any:
    match value:
        case str():
            return value.replace("&" * 100, escaped * 100)
        case tuple():
            return tuple(
                type(one)(*(_swapped(getattr(one, name), escaped) for name in one.__dataclass_fields__))
                for one in value
            )
        case _:
            return value


def _texts(body: Any) -> Iterator[str]:
    """Yield every string of a body that a reader sees."""
    match body:
        case str():
            yield body
        case dict():
            for name, value in body.items():
                if name not in ("type", "color", "timestamp"):
                    yield from _texts(value)
        case list():
            for value in body:
                yield from _texts(value)


# Slack: what may stand between angle brackets is what the relay wrote there.
OURS_IN_SLACK = re.compile(
    r"<!date\^\d+\^\{date_short_pretty\} \{time_secs\}\|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC>"
    r"|<https?://[^\s<>|]+\|(Open the incident|Ouvrir l'incident)>"
)
OURS_IN_DISCORD = re.compile(
    r"<t:\d+:[TfR]>|\[(Open the incident|Ouvrir l'incident)\]\(<https?://[^\s<>()]+>\)|^> ", re.MULTILINE
)


@relaxed
@given(messages)
def test_no_outside_text_pings_or_leaves_its_place_in_slack(what: Message) -> None:
    """No angle bracket but ours, no bare ampersand, and back-ticks in pairs around one value each."""
    for body in (slack_message.render(what), slack_message.reduced(what), slack_message.reply(what)):
        for words in _texts(body):
            rest = OURS_IN_SLACK.sub("", words)
            assert "<" not in rest
            assert ">" not in rest
            assert re.search(r"&(?!amp;|lt;|gt;)", rest) is None
            for line in rest.split("\n"):
                assert line.count("`") in (0, 2)


@relaxed
@given(messages)
def test_no_outside_text_pings_or_is_markup_in_discord(what: Message) -> None:
    """Nobody is allowed to be pinged, no mention is even drawn, and every mark of theirs has a backslash."""
    for body in (discord_message.render(what), discord_message.reduced(what), discord_message.short(what)):
        assert body["allowed_mentions"] == {"parse": []}
        for embed in body.get("embeds", []):
            del embed["footer"]  # Drawn without markup, and all our own.
        for words in _texts(body):
            rest = (
                OURS_IN_DISCORD.sub("", words)
                .replace(f"**{what.word}**", "")
                .replace(f"**{what.happened}**", "")
            )
            bare = re.sub(r"\\[^0-9A-Za-z\s]", "", rest)
            assert not set(bare) & set("\\*_~`|<>[]#")
            assert "@" not in bare.replace("@\u200b", "")


@relaxed
@given(messages)
def test_nothing_unseen_is_sent(what: Message) -> None:
    """No control character, no lone surrogate, no override of the writing direction."""
    for body in (slack_message.render(what), discord_message.render(what)):
        for words in _texts(body):
            words.encode()
            assert re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", words) is None


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(("repeated", "count"), [(False, 0), (True, 1)])
def test_a_message_that_may_be_a_repetition_says_so(language: Language, repeated: bool, count: int) -> None:
    """Beside the incident's number and the update's."""
    what = message(notification(ChangeKind.OPENED, ChangeKind.ESCALATED, repeated=repeated), language)
    for body in (slack_message.render(what), discord_message.render(what)):
        words = json.dumps(body, ensure_ascii=False)
        assert len(re.findall("may have been sent before|peut-être déjà envoyé", words)) == count
        assert "incident #89abcdef · " in words


def test_severity_is_told_by_word_mark_and_colour() -> None:
    """Each of the three differs for each severity, and each stands in both clients' messages."""
    whats = [message(notification(incident={"severity": severity}), Language.ENGLISH) for severity in MARKS]
    for one, other in product(whats, whats):
        if one is not other:
            assert (one.mark, one.word, one.colour) != (other.mark, other.word, other.colour)
    assert all(one != other for one, other in pairwise(sorted(COLOURS.values())))
    for what in whats:
        slack, discord = slack_message.render(what), discord_message.render(what)
        assert slack["text"].startswith(f"{what.mark} *{what.word}*")
        assert discord["content"].startswith(f"{what.mark} **{what.word}**")
        assert int(slack["attachments"][0]["color"][1:], 16) == discord["embeds"][0]["color"] == what.colour
