"""Discord: one living message, said aloud where an edit is silent, and what its own errors mean."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ConfigDict, SecretStr, TypeAdapter, ValidationError

from relay import __version__
from relay.channels import Channel, SettingsOfAny, discord
from relay.core.delivery import Failure, RemoteRef
from relay.core.model import ChangeKind
from tests.channels.far_end import Play, Settings, answer, hang, reset, tell
from tests.channels.notifications import notification
from tests.channels.test_outcomes import SECRET, discord_webhook

SAVED = answer(200, {"id": "1100000000000000001"})
PATH = f"/api/webhooks/1/{SECRET}"


def refused(status: int, code: int, **more: Any) -> Play:
    """A refusal with its code."""
    return answer(status, {"code": code, "message": "words of theirs <@1>", **more})


def living(channel: Channel) -> RemoteRef:
    """The message that was posted before."""
    return RemoteRef((("id", "900"), ("of", channel.identity)))


def test_the_first_message_is_posted_and_waited_for() -> None:
    """Only with wait=true does Discord say whether it was saved, and its id."""
    told = tell(discord_webhook, notification(), SAVED)
    [seen] = told.seen
    assert (seen.method, seen.target) == ("POST", f"{PATH}?wait=true")
    assert seen.headers["user-agent"].startswith("DiscordBot (https://")
    assert seen.headers["user-agent"].endswith(f", {__version__})")
    assert seen.body["allowed_mentions"] == {"parse": []}
    assert told.sent.remote is not None
    assert dict(told.sent.remote.parts)["id"] == "1100000000000000001"


@pytest.mark.parametrize(
    ("kinds", "aloud"),
    [
        ([ChangeKind.ESCALATED], True),
        ([ChangeKind.REOPENED], True),
        ([ChangeKind.RESOLVED], True),
        ([ChangeKind.EASED], False),
        ([ChangeKind.ESCALATED, ChangeKind.EASED], True),  # what is folded is heard too
    ],
)
def test_a_later_change_edits_and_is_said_aloud(kinds: list[ChangeKind], aloud: bool) -> None:
    """A short new message, unless the trouble only eased; the edited one lives on."""
    told = tell(discord_webhook, notification(*kinds), SAVED, previous=living)
    targets = [(seen.method, seen.target) for seen in told.seen]
    assert targets == [("PATCH", f"{PATH}/messages/900"), ("POST", f"{PATH}?wait=true")][: 1 + aloud]
    assert all(seen.body["allowed_mentions"] == {"parse": []} for seen in told.seen)
    assert all("embeds" not in seen.body for seen in told.seen[1:])
    assert told.sent.remote is not None
    assert dict(told.sent.remote.parts)["id"] == "900"


def test_the_webhooks_own_query_stays_and_the_thread_is_named() -> None:
    """On an edit too, since a message in a thread is not found without it."""

    def threaded(url: str) -> Settings:
        address = SecretStr(f"{url}{PATH}/?with_components=true&wait=false")
        return discord.Settings(kind="discord", webhook_url=address, thread_id="77", username="Relay")

    told = tell(threaded, notification(ChangeKind.ESCALATED), SAVED, previous=living)
    edit, post = (urlsplit(seen.target) for seen in told.seen)
    assert (edit.path, post.path) == (f"{PATH}/messages/900", PATH)
    assert parse_qs(edit.query)["thread_id"] == parse_qs(post.query)["thread_id"] == ["77"]
    assert parse_qs(post.query)["wait"] == ["true"]
    assert parse_qs(post.query)["with_components"] == ["true"]
    # An edit can't change who speaks, and refuses to be told.
    assert [seen.body.get("username") for seen in told.seen] == [None, "Relay"]


@pytest.mark.parametrize(("status", "code"), [(404, 10008), (400, 30046)])
def test_a_message_that_is_lost_is_posted_anew(status: int, code: int) -> None:
    """Deleted, or too old to be edited so often: the new one lives on, and speaks for itself."""
    told = tell(
        discord_webhook, notification(ChangeKind.ESCALATED), refused(status, code), SAVED, previous=living
    )
    assert [seen.method for seen in told.seen] == ["PATCH", "POST"]
    assert "embeds" in told.seen[1].body
    assert told.sent.remote is not None
    assert dict(told.sent.remote.parts)["id"] == "1100000000000000001"


@pytest.mark.parametrize("previous", [living, lambda _: None])
@pytest.mark.parametrize(
    ("status", "code", "failure"),
    [
        (404, 10015, Failure.GONE),
        (404, 10003, Failure.GONE),
        (404, 0, Failure.GONE),
        (401, 50027, Failure.GONE),
        (403, 50001, Failure.GONE),
        (403, 50013, Failure.GONE),
        (400, 50083, Failure.GONE),
        (400, 160005, Failure.GONE),
        (400, 220001, Failure.GONE),
        (400, 220002, Failure.GONE),
        (400, 220003, Failure.GONE),
        (400, 40067, Failure.GONE),
        (400, 50109, Failure.PERMANENT),
        (405, 0, Failure.PERMANENT),
        (502, 0, Failure.REFUSED),
    ],
)
def test_errors(status: int, code: int, failure: Failure, previous: Any) -> None:
    """By their code rather than their status; one request, whether it was to post or to edit."""
    told = tell(discord_webhook, notification(ChangeKind.ESCALATED), refused(status, code), previous=previous)
    assert (told.error.failure, told.error.status, len(told.seen)) == (failure, status, 1)
    assert "theirs" not in str(told.error)


@pytest.mark.parametrize("shared", [{"global": True}, {"global": False, "code": 20028}, {}])
def test_the_bodys_exact_wait_goes_before_the_headers(shared: dict[str, Any]) -> None:
    """Whole seconds in the header are a rounding of it."""
    limited = answer(
        429, {"message": "You are being rate limited.", "retry_after": 64.57, **shared}, retry_after="65"
    )
    error = tell(discord_webhook, notification(), limited).error
    assert error.failure is Failure.THROTTLED
    assert error.retry_after is not None
    assert error.retry_after.total_seconds() == pytest.approx(64.57)


@pytest.mark.parametrize("nonsense", ["soon", -1, None, True, {}])
def test_a_wait_that_makes_no_sense_is_not_waited(nonsense: Any) -> None:
    """Not forever, and without an error of our own."""
    error = tell(discord_webhook, notification(), answer(429, {"retry_after": nonsense})).error
    assert error.failure is Failure.THROTTLED
    assert error.retry_after is None


FORM = {"embeds": {"0": {"title": {"_errors": [{"code": "BASE_TYPE_MAX_LENGTH", "message": "words"}]}}}}


@pytest.mark.parametrize(
    ("status", "code"), [(400, 50035), (400, 50006), (413, 40005), (413, 0), (400, 240000)]
)
def test_a_refused_form_is_said_once_more_as_plain_content(status: int, code: int) -> None:
    """Without a link too, which a filter may have taken for a harmful one."""
    told = tell(discord_webhook, notification(), refused(status, code), SAVED)
    assert told.sent.status == 200
    reduced = told.seen[1].body
    assert reduced["embeds"] == []
    assert "http" not in reduced["content"]
    assert reduced["allowed_mentions"] == {"parse": []}
    assert "Memory over its threshold on shop" in reduced["content"]


def test_a_form_that_is_refused_twice_is_refused_for_good_and_says_where() -> None:
    """Two requests, not more."""
    told = tell(discord_webhook, notification(), refused(400, 50035, errors=FORM))
    assert (told.error.failure, len(told.seen)) == (Failure.PERMANENT, 2)
    assert str(told.error) == "Discord answered HTTP 400 (code 50035) at embeds.0.title: BASE_TYPE_MAX_LENGTH"


def test_hostile_form_errors_say_nothing() -> None:
    """They are the far end's words: only names are repeated, few of them, none deep."""
    deep: dict[str, Any] = {"_errors": [{"code": "DEEP"}]}
    for _ in range(200):
        deep = {"<b>": deep}
    wide = {f"<@{number}>": {"_errors": [{"code": "https://evil.example"}]} for number in range(50)}
    hostile: list[Any] = [deep, wide, [1], "words", {"_errors": []}, {"_errors": [1]}]
    for errors in hostile:
        reason = str(tell(discord_webhook, notification(), refused(400, 50035, errors=errors)).error)
        assert "evil" not in reason
        assert "<" not in reason
        assert len(reason) < 200


def test_an_edit_without_an_answer_leaves_no_doubt() -> None:
    """Editing twice is as once; only what is posted can arrive twice."""
    told = tell(discord_webhook, notification(ChangeKind.ESCALATED), reset, previous=living)
    assert told.error.failure is Failure.REFUSED
    told = tell(discord_webhook, notification(ChangeKind.ESCALATED), SAVED, reset, previous=living)
    assert told.error.failure is Failure.UNCERTAIN


def test_editing_and_saying_share_one_deadline() -> None:
    """What is slow in the first call is missing in the second."""
    told = tell(
        discord_webhook, notification(ChangeKind.ESCALATED), SAVED, hang, previous=living, deadline=0.5
    )
    assert told.error.failure is Failure.UNCERTAIN
    assert [seen.method for seen in told.seen] == ["PATCH", "POST"]


@pytest.mark.parametrize("reference", [(("id", "9/../../x"),), (("of", "another"), ("id", "9")), ()])
def test_a_reference_of_another_destination_is_not_touched(reference: tuple[tuple[str, str], ...]) -> None:
    """Nor one that is no id."""

    def previous(channel: Channel) -> RemoteRef:
        return RemoteRef(tuple({"of": channel.identity, **dict(reference)}.items()))

    told = tell(discord_webhook, notification(ChangeKind.ESCALATED), SAVED, previous=previous)
    assert [seen.method for seen in told.seen] == ["POST"]


# pydantic heeds this of the outermost model only: the configuration as a whole must say it too.
ANY: TypeAdapter[Any] = TypeAdapter(SettingsOfAny, config=ConfigDict(hide_input_in_errors=True))
HOOK = "https://discord.com/api/webhooks/1/XXXX"


def test_settings() -> None:
    """A thread's id may be written as the number that it looks like."""
    given = {"kind": "discord", "webhook_url": HOOK, "thread_id": 123456789012345678, "language": "fr"}
    made = ANY.validate_python(given)
    assert isinstance(made, discord.Settings)
    assert made.thread_id == "123456789012345678"
    channel: Channel = made.build("chat", None)  # type: ignore[arg-type]
    assert channel.name == "chat"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "Field required"),
        ({"webhook_url": "discord.com/SECRET"}, "https://"),
        ({"webhook_url": "https://discord.com/api/webhooks/1/SECRET/slack"}, "without /slack"),
        ({"webhook_url": "https://discord.com/api/webhooks/1/SECRET/github/"}, "without /slack"),
        ({"webhook_url": HOOK, "thread_id": "SECRET"}, "pattern"),
        ({"webhook_url": HOOK, "username": "My Discord relay"}, "discord"),
        ({"webhook_url": HOOK, "username": "x" * 81}, "80 characters"),
        ({"webhook_url": HOOK, "username": "  "}, "empty"),
        ({"webhook_url": HOOK, "colour": "red"}, "Extra inputs"),
    ],
)
def test_settings_that_can_not_work_are_refused_without_showing_them(
    given: dict[str, Any], said: str
) -> None:
    """The message says what to mend, and never the secret."""
    with pytest.raises(ValidationError) as raised:
        ANY.validate_python({"kind": "discord", **given})
    told = str(raised.value) + repr(raised.value.errors(include_input=False, include_url=False))
    assert said in told
    assert "SECRET" not in told
