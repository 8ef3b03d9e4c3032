"""Pictures on the wire: sent to Discord, fetched by Slack's webhook, uploaded by Slack's bot; never the alert's trouble."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from time import monotonic
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.channels import Channel, slack_upload
from relay.channels.contents import EDGE, with_picture
from relay.core.delivery import DeliveryError, Failure, RemoteRef, Sent
from relay.core.model import ChangeKind, Notification, Picture
from relay.exchange import Exchange
from tests.channels.far_end import FarEnd, Play, Seen, answer, hang, reset, tell
from tests.channels.multipart import parsed
from tests.channels.notifications import notification
from tests.channels.test_discord import SAVED, living, refused
from tests.channels.test_outcomes import SECRET, discord_webhook, slack_bot, slack_webhook

PNG = bytes(range(256)) * 40 + b"\r\n--relay-"
SAID = "Memory of shop: 92 % at the end. Thresholds: Warning 70 %."
SENT = Picture(SAID, PNG)
FETCHED = Picture(SAID, link="https://relay.example/charts/abc.png")
OK = answer(200, "ok")


def with_sent(*kinds: ChangeKind, **changes: Any) -> Notification:
    return notification(*kinds, picture=SENT, **changes)


def test_discord_is_sent_the_picture_with_the_message() -> None:
    """One request: the embed shows the file, and whoever does not see it is told what it shows."""
    told = tell(discord_webhook, with_sent(), SAVED)
    [seen] = told.seen
    form = parsed(seen)
    assert form.files == {"files[0]": ("chart.png", "image/png", PNG)}
    [embed] = form.payload["embeds"]
    assert embed["image"] == {"url": "attachment://chart.png"}
    assert form.payload["attachments"] == [{"id": "0", "filename": "chart.png", "description": SAID}]
    assert form.payload["allowed_mentions"] == {"parse": []}
    assert told.sent == replace(told.sent, status=200, unseen=False)


@given(st.binary(max_size=2_000), st.text(max_size=50))
@settings(max_examples=60)
def test_whatever_is_in_a_file_it_arrives_whole(png: bytes, words: str) -> None:
    """Also what looks like the form's own edges."""
    body = {"content": words}
    nested = with_picture(body, "chart.png", png)
    assert EDGE.decode() in nested.kind
    content = with_picture(body, "chart.png", png + nested.body)
    assert EDGE.decode() not in content.kind
    seen = Seen("POST", "/", {"content-type": content.kind}, content.body)
    assert parsed(seen).files["files[0]"][2].startswith(png)
    assert parsed(seen).payload == body


def test_an_edit_replaces_the_picture() -> None:
    """Only what ``attachments`` names remains: the new one. What is said aloud has none of its own."""
    told = tell(discord_webhook, with_sent(ChangeKind.ESCALATED), SAVED, previous=living)
    edit, aloud = told.seen
    assert edit.method == "PATCH"
    form = parsed(edit)
    assert [one["id"] for one in form.payload["attachments"]] == ["0"]
    assert form.payload["embeds"][0]["image"] == {"url": "attachment://chart.png"}
    assert "username" not in form.payload
    assert "attachments" not in aloud.body
    assert not told.sent.unseen


def test_an_edit_without_a_picture_takes_the_old_one_away() -> None:
    """An older chart below newer words would tell what is no longer so."""
    told = tell(discord_webhook, notification(ChangeKind.ESCALATED), SAVED, previous=living)
    assert told.seen[0].body["attachments"] == []
    assert "image" not in told.seen[0].body["embeds"][0]


@pytest.mark.parametrize("previous", [living, lambda _: None])
@pytest.mark.parametrize(
    "play",
    [
        refused(400, 50035),
        refused(400, 50046),
        answer(413, {"code": 40005}),
        answer(413),
        answer(500),
        answer(502, "<html>"),
    ],
)
def test_discord_is_told_without_a_picture_that_it_does_not_take(play: Play, previous: Any) -> None:
    """In the same attempt, with the embed whole; what was answered so was not posted."""
    told = tell(discord_webhook, with_sent(), play, SAVED, previous=previous)
    first, second = told.seen[:2]
    assert isinstance(first.body, bytes)
    assert second.body["embeds"][0]["title"]
    assert "image" not in second.body["embeds"][0]
    assert second.body.get("attachments", []) == []
    assert told.sent.unseen


def test_discord_refuses_picture_and_embed() -> None:
    """Then the words alone, as before."""
    told = tell(discord_webhook, with_sent(), refused(400, 50035), refused(400, 50035), SAVED)
    assert told.seen[2].body["embeds"] == []
    assert told.sent.unseen


@pytest.mark.parametrize(
    ("play", "failure"),
    [
        (answer(429, retry_after="3"), Failure.THROTTLED),
        (refused(404, 10015), Failure.GONE),
        (answer(301), Failure.PERMANENT),
    ],
)
@pytest.mark.parametrize("previous", [living, lambda _: None])
def test_what_is_not_the_pictures_fault_is_not_tried_without_it(
    play: Play, failure: Failure, previous: Any
) -> None:
    told = tell(discord_webhook, with_sent(), play, previous=previous)
    assert told.error.failure is failure
    assert len(told.seen) == 1


def test_a_post_that_broke_is_not_posted_again_here() -> None:
    """It may have arrived: only the outbox repeats it, and says so."""
    told = tell(discord_webhook, with_sent(), reset, SAVED)
    assert told.error.failure is Failure.UNCERTAIN
    assert len(told.seen) == 1


@pytest.mark.parametrize("play", [reset, hang])
def test_an_edit_that_broke_is_made_without_the_picture(play: Play) -> None:
    """Twice is as once; and a picture that hangs leaves time for the words."""
    told = tell(discord_webhook, with_sent(ChangeKind.EASED), play, SAVED, previous=living, deadline=2)
    assert [seen.method for seen in told.seen] == ["PATCH", "PATCH"]
    assert told.sent.unseen


def test_slacks_webhook_is_given_the_address() -> None:
    """An image block with its words, above the small print."""
    told = tell(slack_webhook, notification(picture=FETCHED), OK)
    [seen] = told.seen
    blocks = seen.body["attachments"][0]["blocks"]
    assert blocks[-2] == {"type": "image", "image_url": FETCHED.link, "alt_text": SAID}
    assert blocks[-1]["type"] == "context"
    assert not told.sent.unseen


@pytest.mark.parametrize("said", ["invalid_blocks", "invalid_attachments"])
def test_slack_is_told_without_a_picture_that_it_can_not_fetch(said: str) -> None:
    """First whole without it, only then as text alone."""
    told = tell(slack_webhook, notification(picture=FETCHED), answer(400, said), OK)
    assert [block["type"] for block in told.seen[1].body["attachments"][0]["blocks"]].count("image") == 0
    assert told.sent.unseen
    plain = tell(slack_webhook, notification(picture=FETCHED), answer(400, said), answer(400, said), OK)
    assert "attachments" not in plain.seen[2].body
    assert plain.sent.unseen
    refused_whole = tell(slack_webhook, notification(picture=FETCHED), answer(400, said))
    assert len(refused_whole.seen) == 3
    assert refused_whole.error.failure is Failure.PERMANENT


POSTED = answer(200, {"ok": True, "channel": "C0", "ts": "1.2"})
DONE = answer(200, {"ok": True})


async def _uploading(
    plays: tuple[Play, ...], upload: Play, previous: Any, deadline: float
) -> tuple[Sent | DeliveryError, list[Seen], list[Seen]]:
    """Tell a bot's channel; the address for the upload is another far end's, where ``UPLOAD`` stands in a play."""
    async with FarEnd((upload,)) as store, FarEnd(plays) as far_end:
        given_url = answer(200, {"ok": True, "upload_url": f"{store.url}/put", "file_id": "F0AB"})
        far_end.plays = tuple(given_url if play is UPLOAD else play for play in plays)
        exchange = Exchange()
        channel = slack_bot(far_end.url).build("chat", exchange)
        try:
            what = with_sent(ChangeKind.ESCALATED)
            sent: Sent | DeliveryError = await channel.send(
                what, previous(channel), timedelta(seconds=deadline)
            )
        except DeliveryError as error:
            sent = error
        finally:
            await exchange.close()
        return sent, far_end.seen, store.seen


async def UPLOAD(_writer: Any) -> None:
    raise AssertionError


def upload(
    *plays: Play, stored: Play = OK, previous: Any = lambda _: None, deadline: float = 10
) -> tuple[Sent | DeliveryError, list[Seen], list[Seen]]:
    return asyncio.run(_uploading(plays, stored, previous, deadline))


def test_a_bot_uploads_the_picture_once_the_message_stands() -> None:
    """The alert first; then three calls, and the living message is written anew with the picture in it."""
    sent, seen, stored = upload(POSTED, UPLOAD, DONE, DONE)
    assert isinstance(sent, Sent)
    assert not sent.unseen
    methods = [one.target.rpartition("/")[2] for one in seen]
    assert methods == [
        "chat.postMessage",
        "files.getUploadURLExternal",
        "files.completeUploadExternal",
        "chat.update",
    ]
    assert "image" not in [block["type"] for block in seen[0].body["attachments"][0]["blocks"]]
    asked = parse_qs(seen[1].body.decode())
    assert asked == {"filename": ["chart.png"], "length": [str(len(PNG))], "alt_txt": [SAID]}
    assert parse_qs(seen[2].body.decode()) == {"files": ['[{"id": "F0AB", "title": "chart.png"}]']}
    update = seen[3].body
    assert (update["channel"], update["ts"]) == ("C0", "1.2")
    image = update["attachments"][0]["blocks"][-2]
    assert image == {"type": "image", "slack_file": {"id": "F0AB"}, "alt_text": SAID}
    assert [one.body for one in stored] == [PNG]


def test_the_token_goes_to_slacks_methods_alone() -> None:
    """The address for the upload may be another host's."""
    _, seen, stored = upload(POSTED, UPLOAD, DONE, DONE)
    assert all(SECRET in one.headers["authorization"] for one in seen)
    assert "authorization" not in stored[0].headers


def test_a_living_message_is_updated_said_and_then_shown() -> None:
    def previous(channel: Channel) -> RemoteRef:
        return RemoteRef((("channel", "C0"), ("of", channel.identity), ("ts", "9.9")))

    sent, seen, _ = upload(DONE, DONE, UPLOAD, DONE, DONE, previous=previous)
    assert isinstance(sent, Sent)
    assert not sent.unseen
    assert [one.target.rpartition("/")[2] for one in seen][:2] == ["chat.update", "chat.postMessage"]
    assert seen[-1].body["ts"] == "9.9"


def test_a_file_that_slack_does_not_know_yet_is_shown_a_little_later() -> None:
    """Completing an upload ends before the file is a picture."""
    early = answer(200, {"ok": False, "error": "invalid_blocks"})
    sent, seen, _ = upload(POSTED, UPLOAD, DONE, early, early, DONE)
    assert isinstance(sent, Sent)
    assert not sent.unseen
    assert [one.target.rpartition("/")[2] for one in seen[3:]] == ["chat.update"] * 3


REFUSED = answer(200, {"ok": False, "error": "missing_scope"})
ODD = answer(200, {"ok": True, "upload_url": "http://127.0.0.1:1/x y", "file_id": "F0"})


@pytest.mark.parametrize(
    ("plays", "stored"),
    [
        ((POSTED, REFUSED), OK),
        ((POSTED, answer(500)), OK),
        ((POSTED, reset), OK),
        ((POSTED, answer(429, retry_after="30")), OK),
        ((POSTED, answer(200, {"ok": True})), OK),
        ((POSTED, ODD), OK),
        ((POSTED, UPLOAD), answer(500)),
        ((POSTED, UPLOAD), answer(403)),
        ((POSTED, UPLOAD), reset),
        ((POSTED, UPLOAD, REFUSED), OK),
        ((POSTED, UPLOAD, DONE, answer(200, {"ok": False, "error": "message_not_found"})), OK),
        ((POSTED, UPLOAD, DONE, answer(200, {"ok": False, "error": "invalid_blocks"})), OK),
    ],
)
def test_an_upload_that_fails_fails_nothing_else(plays: tuple[Play, ...], stored: Play) -> None:
    """The message was posted, once, and is delivered."""
    sent, seen, _ = upload(*plays, stored=stored)
    assert isinstance(sent, Sent)
    assert sent.unseen
    assert sent.remote is not None
    assert [one.target.rpartition("/")[2] for one in seen].count("chat.postMessage") == 1


def test_an_upload_that_hangs_ends_at_its_own_deadline() -> None:
    """Well before that of the send, whose keeper would take the message for one that may not have arrived."""
    began = monotonic()
    sent, _, _ = upload(POSTED, hang, deadline=1.6)
    assert isinstance(sent, Sent)
    assert sent.unseen
    assert monotonic() - began < 1.6
    assert timedelta(seconds=10) - slack_upload.SPARE > slack_upload.DEADLINE


def test_an_alert_that_is_refused_has_no_upload() -> None:
    sent, seen, _ = upload(answer(200, {"ok": False, "error": "channel_not_found"}))
    assert isinstance(sent, DeliveryError)
    assert len(seen) == 1
