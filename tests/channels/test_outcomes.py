"""What any far end's answer means for the outbox, the same for Slack and Discord."""

import logging
import re
import socket
from collections.abc import Callable
from datetime import timedelta
from time import monotonic
from typing import Any

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from relay.channels import discord, slack
from relay.core.delivery import Failure
from relay.core.text import Language, say
from tests.channels.far_end import Play, Settings, answer, drip, hang, raw, reset, tell
from tests.channels.notifications import notification

SECRET = "s3cr3tT0k3n"
# No call is made with it.
ANY: Any = None
Make = Callable[[str], Settings]


def slack_webhook(url: str) -> Settings:
    """Slack by an incoming webhook."""
    return slack.Settings(kind="slack", webhook_url=SecretStr(f"{url}/services/T0/B0/{SECRET}"))


def slack_bot(url: str) -> Settings:
    """Slack by a bot token."""
    return slack.Settings(kind="slack", bot_token=SecretStr(SECRET), channel="C0", api_url=f"{url}/api/")


def discord_webhook(url: str) -> Settings:
    """Discord by a webhook."""
    return discord.Settings(kind="discord", webhook_url=SecretStr(f"{url}/api/webhooks/1/{SECRET}"))


every_channel = pytest.mark.parametrize("make", [slack_webhook, slack_bot, discord_webhook])
HUGE = answer(200, "ok" * 100_000)
GARBAGE = raw(b"\x16\x03\x01\x00\x00 this is no HTTP \xff\xfe\r\n\r\n")


@every_channel
@pytest.mark.parametrize(
    ("play", "failure", "wait"),
    [
        (answer(429, retry_after="30"), Failure.THROTTLED, 30),
        (answer(429, retry_after="0.25"), Failure.THROTTLED, 0.25),
        (answer(429, retry_after="0"), Failure.THROTTLED, 0),
        (answer(429), Failure.THROTTLED, None),
        (answer(429, "rate_limited", retry_after="soon"), Failure.THROTTLED, None),
        (answer(429, retry_after="-5"), Failure.THROTTLED, None),
        (answer(429, retry_after="nan"), Failure.THROTTLED, None),
        (answer(429, retry_after="1e999"), Failure.THROTTLED, None),
        (answer(429, retry_after="99999999999"), Failure.THROTTLED, 86_400),
        (answer(429, {"retry_after": 10**400}), Failure.THROTTLED, 86_400),
        (
            # By the far end's own clock, which need not be ours.
            answer(429, date="Wed, 21 Oct 2015 07:28:00 GMT", retry_after="Wed, 21 Oct 2015 07:28:09 GMT"),
            Failure.THROTTLED,
            9,
        ),
        (answer(429, retry_after="Wed, 21 Oct 2015 07:28:09 GMT"), Failure.THROTTLED, None),
        (answer(503, retry_after="12"), Failure.THROTTLED, 12),
        (answer(503), Failure.REFUSED, None),
        (answer(500, "rollup_error"), Failure.REFUSED, None),
        (answer(502, retry_after="12"), Failure.REFUSED, 12),
        (answer(408), Failure.REFUSED, None),
        (answer(301, location="https://evil.example/"), Failure.PERMANENT, None),
        (answer(307, location="/elsewhere"), Failure.PERMANENT, None),
        (answer(304), Failure.PERMANENT, None),
        (answer(401), Failure.GONE, None),
        (answer(403), Failure.GONE, None),
        (answer(404, "<html>no such page</html>"), Failure.GONE, None),
        (answer(410), Failure.GONE, None),
        (answer(418), Failure.PERMANENT, None),
        # Something in between answered, or the far end is not itself: nothing is known.
        (answer(200, "<html>Please log in</html>"), Failure.UNCERTAIN, None),
        (answer(200, "[" * 50_000), Failure.UNCERTAIN, None),
        (answer(200, '{"id": 1, "ok": "yes", "error": ["x"]}'), Failure.UNCERTAIN, None),
        (answer(200, '{"id": "../../users/@me", "ok": true}'), Failure.UNCERTAIN, None),
        (answer(204), Failure.UNCERTAIN, None),
        (HUGE, Failure.UNCERTAIN, None),
        (GARBAGE, Failure.UNCERTAIN, None),
        (reset, Failure.UNCERTAIN, None),
    ],
)
def test_an_answer_has_one_meaning(make: Make, play: Play, failure: Failure, wait: float | None) -> None:
    """One request, no redirect followed, and a reason that holds no secret."""
    told = tell(make, notification(), play)
    assert told.error.failure is failure
    assert told.error.retry_after == (None if wait is None else timedelta(seconds=wait))
    assert len(told.seen) == 1
    assert SECRET not in str(told.error)
    assert "127.0.0.1" not in str(told.error)


@pytest.mark.parametrize(
    ("make", "play", "english", "french"),
    [
        (
            slack_webhook,
            answer(404, "no_service"),
            "answered HTTP 404 (no_service)",
            "a répondu HTTP 404 (no_service)",
        ),
        (
            slack_bot,
            answer(200, {"error": "is_archived"}),
            "answered the error is_archived",
            "a répondu l'erreur is_archived",
        ),
        (
            discord_webhook,
            answer(404, {"code": 10015}),
            "answered HTTP 404 (code 10015)",
            "a répondu HTTP 404 (code 10015)",
        ),
        (discord_webhook, reset, "the connection broke", "la connexion s'est interrompue"),
        # Nothing that a far end says is too long or too odd to be told.
        (
            discord_webhook,
            answer(400, {"code": 10**400}),
            "answered HTTP 400 (code ?)",
            "a répondu HTTP 400 (code ?)",
        ),
    ],
)
def test_a_reason_is_told_in_the_language_of_its_reader(
    make: Make, play: Play, english: str, french: str
) -> None:
    """And in English in a log."""
    error = tell(make, notification(), play).error
    assert english in str(error)
    assert french in say(error.reason, Language.FRENCH)


@every_channel
@pytest.mark.parametrize("play", [hang, drip])
def test_the_deadline_is_over_the_whole_send(make: Make, play: Play) -> None:
    """Also against a far end that drips: then the message may have arrived."""
    began = monotonic()
    told = tell(make, notification(), play, deadline=0.4)
    assert monotonic() - began < 2
    assert told.error.failure is Failure.UNCERTAIN


@every_channel
def test_nobody_listening_is_tried_again_without_doubt(make: Make) -> None:
    """Nothing was sent, so nothing can arrive twice."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    told = tell(lambda _: make(f"http://127.0.0.1:{port}"), notification(), hang)
    assert told.error.failure is Failure.REFUSED
    assert told.seen == []


@every_channel
@pytest.mark.parametrize(
    "play",
    [answer(200, "nonsense"), answer(404), answer(429), answer(400, "invalid_blocks"), reset, hang],
)
def test_no_secret_reaches_a_log_or_an_error(
    make: Make, play: Play, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even where the HTTP client logs at its most talkative."""
    for name in ("httpx", "httpcore", "", "relay"):
        caplog.set_level(logging.INFO, logger=name)
    with capture_logs() as logs:
        told = tell(make, notification(), play, deadline=0.5)
    assert SECRET not in caplog.text + repr(logs) + repr(told.outcome) + str(told.error.__cause__)
    assert SECRET not in repr(make("http://127.0.0.1:1"))
    assert SECRET not in repr(make("http://127.0.0.1:1").build("chat", ANY))


@every_channel
def test_a_channel_says_who_it_is(make: Make) -> None:
    """Its identity changes with its destination, not with its name, and does not show the secret."""
    one, same = make("http://a").build("x", ANY), make("http://a").build("y", ANY)
    other = make("http://b").build("x", ANY)
    assert one.identity == same.identity != other.identity
    assert re.fullmatch("[0-9a-f]{32}", one.identity)
    assert one.pace >= timedelta(milliseconds=400)
