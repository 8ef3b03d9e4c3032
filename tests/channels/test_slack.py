"""Slack: what is posted, updated and said in the thread, and what its own errors mean."""

from typing import Any

import pytest
from pydantic import ConfigDict, TypeAdapter, ValidationError

from relay.channels import Channel, SettingsOfAny, slack
from relay.core.delivery import Failure, RemoteRef
from relay.core.model import ChangeKind
from tests.channels.far_end import Play, answer, hang, reset, tell
from tests.channels.notifications import notification
from tests.channels.test_outcomes import SECRET, slack_bot, slack_webhook

OK = answer(200, "ok")
POSTED = answer(200, {"ok": True, "channel": "C0AB", "ts": "1700000000.000100"})


def refused(error: str, **more: Any) -> Play:
    """A method's refusal: HTTP 200 all the same."""
    return answer(200, {"ok": False, "error": error, **more})


def living(channel: Channel) -> RemoteRef:
    """The message that was posted before."""
    return RemoteRef((("channel", "C0AB"), ("of", channel.identity), ("ts", "1700000000.000100")))


def test_a_webhook_posts_each_change_and_keeps_no_reference() -> None:
    """It learns no id, so a reference from elsewhere is of no use either."""
    told = tell(slack_webhook, notification(ChangeKind.RESOLVED), OK, previous=living)
    assert (told.sent.status, told.sent.remote) == (200, None)
    [seen] = told.seen
    assert (seen.method, seen.target) == ("POST", f"/services/T0/B0/{SECRET}")
    assert seen.headers["content-type"].startswith("application/json")
    assert seen.body["text"] == "✅ *Resolved* · Memory over its threshold on shop"


@pytest.mark.parametrize("body", ["ok", "ok\n"])
def test_a_webhook_has_taken_a_message_when_it_says_ok(body: str) -> None:
    """Literally."""
    assert tell(slack_webhook, notification(), answer(200, body)).sent.status == 200


@pytest.mark.parametrize(
    ("status", "body", "failure"),
    [
        (400, "user_not_found", Failure.PERMANENT),
        (403, "action_prohibited", Failure.GONE),
        (403, "invalid_token", Failure.GONE),
        (403, "posting_to_general_channel_denied", Failure.GONE),
        (403, "team_disabled", Failure.GONE),
        (404, "channel_not_found", Failure.GONE),
        (404, "no_service", Failure.GONE),
        (404, "no_team", Failure.GONE),
        (410, "channel_is_archived", Failure.GONE),
        (429, "rate_limited", Failure.THROTTLED),
        (500, "rollup_error", Failure.REFUSED),
    ],
)
def test_a_webhooks_errors(status: int, body: str, failure: Failure) -> None:
    """As Slack's page on webhooks lists them."""
    error = tell(slack_webhook, notification(), answer(status, body)).error
    assert (error.failure, error.status) == (failure, status)


def test_a_webhooks_words_are_told_only_where_they_look_like_a_code() -> None:
    """A page of some proxy is not."""
    assert "user_not_found" in str(tell(slack_webhook, notification(), answer(400, "user_not_found")).error)
    assert "<" not in str(tell(slack_webhook, notification(), answer(400, "<b>no</b>")).error)


FORMS = ["invalid_payload", "no_text", "too_many_attachments", "invalid_blocks", "invalid_blocks_format"]


@pytest.mark.parametrize("body", FORMS)
def test_a_refused_form_is_said_once_more_as_text(body: str) -> None:
    """At once, within the same send, with everything that matters in it."""
    told = tell(slack_webhook, notification(), answer(400, body), OK)
    assert told.sent.status == 200
    whole, reduced = (seen.body for seen in told.seen)
    assert "attachments" in whole
    assert set(reduced) == {"text", "unfurl_links", "unfurl_media"}
    for said in (
        "Memory over its threshold on shop",
        "92.3 %",
        "90 %",
        "incident #89abcdef",
        "relay.example",
    ):
        assert said in reduced["text"]


def test_a_form_that_is_refused_twice_is_refused_for_good() -> None:
    """Two requests, not more."""
    told = tell(slack_webhook, notification(), answer(400, "invalid_blocks"))
    assert told.error.failure is Failure.PERMANENT
    assert len(told.seen) == 2


def test_the_second_form_has_what_is_left_of_the_deadline() -> None:
    """Not a deadline of its own."""
    told = tell(slack_webhook, notification(), answer(400, "invalid_blocks"), hang, deadline=0.5)
    assert told.error.failure is Failure.UNCERTAIN
    assert len(told.seen) == 2


def test_a_bot_posts_first_and_keeps_where_its_message_is() -> None:
    """The channel's id is Slack's, since a name can't be updated."""
    told = tell(slack_bot, notification(), POSTED)
    [seen] = told.seen
    assert seen.target == "/api/chat.postMessage"
    assert seen.headers["authorization"] == f"Bearer {SECRET}"
    assert seen.body["channel"] == "C0"
    assert told.sent.remote is not None
    assert dict(told.sent.remote.parts).items() >= {"channel": "C0AB", "ts": "1700000000.000100"}.items()


@pytest.mark.parametrize(
    ("kinds", "broadcast"),
    [
        ([ChangeKind.ESCALATED], True),
        ([ChangeKind.REOPENED], True),
        ([ChangeKind.RESOLVED], True),
        ([ChangeKind.EASED], False),
        ([ChangeKind.ESCALATED, ChangeKind.EASED], True),  # what is folded is heard too
    ],
)
def test_a_bot_updates_and_says_the_change_in_the_thread(kinds: list[ChangeKind], broadcast: bool) -> None:
    """In the channel too, unless the trouble only eased; the reference stays."""
    told = tell(slack_bot, notification(*kinds), POSTED, previous=living)
    update, reply = told.seen
    assert (update.target, reply.target) == ("/api/chat.update", "/api/chat.postMessage")
    assert (update.body["channel"], update.body["ts"]) == ("C0AB", "1700000000.000100")
    assert (reply.body["channel"], reply.body["thread_ts"]) == ("C0AB", "1700000000.000100")
    assert reply.body["reply_broadcast"] is broadcast
    assert told.sent.remote is not None
    assert dict(told.sent.remote.parts)["ts"] == "1700000000.000100"


@pytest.mark.parametrize("error", ["message_not_found", "cant_update_message", "edit_window_closed"])
def test_a_message_that_is_lost_is_posted_anew(error: str) -> None:
    """And the new one lives on."""
    anew = answer(200, {"ok": True, "channel": "C0AB", "ts": "1800000000.000200"})
    told = tell(slack_bot, notification(ChangeKind.ESCALATED), refused(error), anew, previous=living)
    assert [seen.target for seen in told.seen] == ["/api/chat.update", "/api/chat.postMessage"]
    assert "thread_ts" not in told.seen[1].body
    assert told.sent.remote is not None
    assert dict(told.sent.remote.parts)["ts"] == "1800000000.000200"


def test_a_message_of_another_destination_is_not_touched() -> None:
    """After the token or the channel has changed, a new message is posted."""
    elsewhere = RemoteRef((("channel", "C0AB"), ("of", "another"), ("ts", "1.2")))
    told = tell(slack_bot, notification(ChangeKind.ESCALATED), POSTED, previous=lambda _: elsewhere)
    assert [seen.target for seen in told.seen] == ["/api/chat.postMessage"]


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        ("ratelimited", Failure.THROTTLED),
        ("invalid_auth", Failure.GONE),
        ("channel_not_found", Failure.GONE),
        ("is_archived", Failure.GONE),
        ("not_in_channel", Failure.GONE),
        ("missing_scope", Failure.GONE),
        ("fatal_error", Failure.UNCERTAIN),
        ("service_unavailable", Failure.REFUSED),
        ("as_user_not_supported", Failure.PERMANENT),
        ("<script>", Failure.PERMANENT),
    ],
)
def test_a_methods_errors(error: str, failure: Failure) -> None:
    """They come with status 200."""
    told = tell(slack_bot, notification(), refused(error))
    assert told.error.failure is failure
    assert "<" not in str(told.error)


def test_a_methods_refused_form_is_said_as_text_and_the_place_is_told() -> None:
    """An update must empty the attachments, or the old ones would stay."""
    pointed = refused(
        "invalid_blocks", response_metadata={"messages": ["too long [json-pointer:/blocks/0/text]"]}
    )
    told = tell(slack_bot, notification(ChangeKind.EASED), pointed, POSTED, previous=living)
    assert told.sent.status == 200
    assert [seen.target for seen in told.seen] == ["/api/chat.update"] * 2 + ["/api/chat.postMessage"]
    assert told.seen[1].body["attachments"] == []
    twice = tell(slack_bot, notification(), pointed)
    assert (twice.error.failure, len(twice.seen)) == (Failure.PERMANENT, 2)
    assert str(twice.error) == "Slack answered the error invalid_blocks at /blocks/0/text"


def test_an_update_without_an_answer_leaves_no_doubt() -> None:
    """Updating twice is as once; only what is posted can arrive twice."""
    told = tell(slack_bot, notification(ChangeKind.ESCALATED), reset, previous=living)
    assert told.error.failure is Failure.REFUSED
    told = tell(slack_bot, notification(ChangeKind.ESCALATED), POSTED, reset, previous=living)
    assert told.error.failure is Failure.UNCERTAIN


# pydantic heeds this of the outermost model only: the configuration as a whole must say it too.
ANY: TypeAdapter[Any] = TypeAdapter(SettingsOfAny, config=ConfigDict(hide_input_in_errors=True))
HOOK = "https://hooks.slack.com/services/T0/B0/XXXX"


@pytest.mark.parametrize(
    "given",
    [
        {"webhook_url": HOOK},
        {"webhook_url": f" {HOOK}\n", "language": "fr"},
        {"bot_token": "xoxb-1", "channel": "#alerts", "api_url": "http://127.0.0.1:9/api"},
    ],
)
def test_settings_name_one_way(given: dict[str, Any]) -> None:
    """A webhook, or a token with its channel."""
    made = ANY.validate_python({"kind": "slack", **given})
    assert isinstance(made, slack.Settings)
    channel: Channel = made.build("chat", None)  # type: ignore[arg-type]
    assert channel.name == "chat"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "needs either webhook_url, or bot_token with channel"),
        ({"webhook_url": HOOK, "bot_token": "xoxb-SECRET", "channel": "C0"}, "needs either"),
        ({"webhook_url": HOOK, "channel": "C0"}, "belong together"),
        ({"bot_token": "xoxb-SECRET"}, "belong together"),
        ({"bot_token": "xoxb SECRET", "channel": "C0"}, "one word"),
        ({"bot_token": "", "channel": "C0"}, "one word"),
        ({"webhook_url": "hooks.slack.com/SECRET"}, "https://"),
        ({"webhook_url": "https://hooks.slack.com:SECRET/"}, "https://"),
        ({"webhook_url": "https://user:SECRET@hooks.slack.com/x"}, "https://"),
        ({"webhook_url": "ftp://hooks.slack.com/SECRET"}, "https://"),
        ({"webhook_url": "https://hooks.slack.com/SECRET with spaces"}, "https://"),
        ({"webhook_url": ""}, "https://"),
        ({"webhook_url": HOOK, "languages": "fr"}, "Extra inputs"),
        ({"webhook_url": HOOK, "language": "de"}, "'en' or 'fr'"),
    ],
)
def test_settings_that_can_not_work_are_refused_without_showing_them(
    given: dict[str, Any], said: str
) -> None:
    """The message says what to mend, and never the secret."""
    with pytest.raises(ValidationError) as raised:
        ANY.validate_python({"kind": "slack", **given})
    told = str(raised.value) + repr(raised.value.errors(include_input=False, include_url=False))
    assert said in told
    assert "SECRET" not in told
