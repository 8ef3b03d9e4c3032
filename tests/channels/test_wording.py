"""What a message says, whichever client draws it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from relay.channels.wording import MOST_FACTS, MOST_MOMENTS, Message, message
from relay.core.model import ChangeKind, Severity
from relay.core.text import Language, text, verbatim
from tests.channels.notifications import AT, moment, notification


def said(what: Message) -> dict[str, object]:
    """Return the fields by their labels."""
    return {field.label: field.value for field in what.fields}


def test_an_open_trouble_says_value_threshold_and_since_when() -> None:
    """And has no duration yet."""
    what = message(notification(ChangeKind.OPENED), Language.ENGLISH)
    assert said(what) == {"Target": "shop", "Value": "92.3 %", "Threshold": "90 %", "Since": AT}
    assert (what.word, what.title) == ("Warning", "Memory over its threshold on shop")
    assert [step.words for step in what.steps] == ["opened as Warning (92.3 %)"]


def test_its_end_says_how_long_it_was() -> None:
    """In the reader's language."""
    what = message(notification(ChangeKind.RESOLVED), Language.FRENCH)
    assert said(what)["Durée"] == "12 min"
    assert (what.word, what.latest) == ("Résolu", "résolu")


def test_a_number_and_its_unit_stay_on_one_line() -> None:
    """In French a no-break space stands between."""
    what = message(notification(ChangeKind.OPENED), Language.FRENCH)
    assert said(what)["Valeur"] == "92,3\xa0%"
    assert what.steps[0].words.endswith("(92,3\xa0%)")


def test_a_momentary_trouble_has_no_duration() -> None:
    """It opens and closes at once."""
    over = {"resolved_at": AT, "severity": Severity.WARNING}
    assert "Duration" not in said(message(notification(ChangeKind.NOTICED, incident=over), Language.ENGLISH))


def test_folded_changes_are_told_as_one_story() -> None:
    """Without those that changed nothing; the number is the last one's."""
    kinds = [ChangeKind.OPENED, ChangeKind.UPDATED, ChangeKind.ESCALATED, ChangeKind.RESOLVED]
    what = message(notification(*kinds), Language.ENGLISH)
    words = [step.words.split(" (")[0] for step in what.steps]
    assert words == ["opened as Warning", "Warning → Critical", "resolved"]
    assert what.marker == "incident #89abcdef · update 4"


def test_a_long_story_tells_its_end_and_how_much_came_before() -> None:
    """The newest changes matter."""
    kinds = [ChangeKind.ESCALATED, ChangeKind.EASED] * 6
    what = message(notification(*kinds), Language.ENGLISH)
    assert len(what.steps) == MOST_MOMENTS
    assert what.steps[-1].at == what.at
    assert what.earlier == "… 4 before that"


@pytest.mark.parametrize(
    ("kind", "heard"), [(kind, kind.value not in ("eased", "updated")) for kind in ChangeKind]
)
def test_what_makes_itself_heard(kind: ChangeKind, heard: bool) -> None:
    """Everything but an easing and a mere repetition."""
    assert message(notification(kind), Language.ENGLISH).heard is heard


def test_nothing_changed_still_says_something() -> None:
    """A change that changed nothing is told as it is."""
    assert message(notification(ChangeKind.UPDATED), Language.ENGLISH).latest == "reported again"


@pytest.mark.parametrize("nothing", [None, float("nan"), float("inf")])
def test_a_value_that_is_none_is_left_out(nothing: float | None) -> None:
    """In the fields and in the story."""
    told = notification(incident={"value": nothing, "threshold": nothing})
    told = replace(told, moments=(moment(ChangeKind.OPENED, value=nothing),))
    what = message(told, Language.ENGLISH)
    assert list(said(what)) == ["Target", "Since"]
    assert what.latest == what.steps[-1].words == "opened as Warning"


def test_a_title_is_never_empty() -> None:
    """Its kind stands in, at worst its number."""
    blank = {"title": verbatim("\u200b \n")}
    assert message(notification(incident=blank), Language.ENGLISH).title == "memory"
    assert message(notification(incident={**blank, "kind": " "}), Language.ENGLISH).title == "89abcdef"


def test_facts_are_told_as_far_as_there_is_room() -> None:
    """Those with something to see."""
    facts = (("commit", "a1b2c3"), ("author", "\n"), *((f"fact {number}", "x") for number in range(9)))
    what = message(notification(incident={"facts": facts, "source": "clever-cloud"}), Language.ENGLISH)
    outside = [field.label for field in what.fields if field.outside]
    assert outside == ["Target", "commit", "fact 0", "fact 1", "fact 2"]
    own = message(notification(incident={"facts": facts, "source": "poll"}), Language.ENGLISH)
    assert [field.label for field in own.fields if field.outside] == [
        "Target"
    ]  # its sentences say it already
    assert len(outside) == MOST_FACTS + 1


def test_the_deployment_before_it_is_named() -> None:
    """In the reader's language, as words from outside, on one line."""
    by = text("deployment.by", author="Al\nex")
    named = text("deployment.named", what=verbatim("4f6d"), by=by, why=verbatim(""))
    what = {"deployment": text("deployment.preceded", span=timedelta(minutes=12), deployment=named)}
    fields = message(notification(incident=what), Language.FRENCH).fields
    [told] = [field for field in fields if field.label == "Déploiement"]
    assert (told.value, told.outside) == ("12 min après 4f6d par Al ex", True)


def test_lateness_is_said() -> None:
    """With its reason."""
    late = text("late.refused", channel="chat", span=timedelta(minutes=9), why="Slack answered HTTP 500")
    what = message(notification(late=late), Language.ENGLISH)
    assert what.late == "told late: chat took nothing for 9 min (Slack answered HTTP 500)"


@pytest.mark.parametrize(
    ("link", "kept"),
    [
        ("https://relay.example/incidents/1?a=b&c=d#top", True),
        ("http://127.0.0.1:8080/incidents/1", True),
        ("", False),
        ("javascript:alert(1)", False),
        ("https://relay.example/a|b", False),
        ("https://relay.example/a>b", False),
        ("https://relay.example/a)b", False),
        ("https://relay.example/a b", False),
        ("https://relay.example/é", False),
        ("https://relay.example/\n", False),
        ("https://relay.example/" + "x" * 500, False),
    ],
)
def test_a_link_that_could_leave_its_markup_is_left_out(link: str, kept: bool) -> None:
    """It is built by the relay, but from a configured address."""
    what = message(notification(link=link), Language.ENGLISH)
    assert (what.link is not None) is kept
