"""Slack by a bot token: one living message an incident, and its thread.

The rule: updating comes first, since doing it twice is as doing it once; updates are silent, so each change is also said
in the thread, and in the channel too unless it only eased.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import structlog
from pydantic import SecretStr

from relay.channels import slack_answers, slack_message
from relay.channels.calls import Calls, document
from relay.channels.slack_message import AGENT, PACE, Body
from relay.channels.slack_upload import UPDATE, Upload
from relay.channels.wording import Message, message
from relay.core.delivery import Failure, RemoteRef, Sent
from relay.core.identity import digest
from relay.core.model import Notification
from relay.core.text import Language, say, text
from relay.exchange import Answer, Exchange

log = structlog.get_logger("relay.channels")

POST = "chat.postMessage"


@dataclass(frozen=True, slots=True)
class SlackBot:
    """Posts an incident's first message, then updates it and replies in its thread."""

    name: str
    exchange: Exchange
    language: Language
    token: SecretStr
    channel: str
    api_url: str
    pace: timedelta = PACE

    @property
    def identity(self) -> str:
        """A digest of the destination."""
        return digest("slack", self.api_url, self.token.get_secret_value(), self.channel)

    async def send(self, notification: Notification, previous: RemoteRef | None, deadline: timedelta) -> Sent:
        """Post, or update and reply; post anew where the living message is gone."""
        headers = {**AGENT, "authorization": f"Bearer {self.token.get_secret_value()}"}
        calls = Calls(self.exchange, "Slack", deadline, headers)
        methods = _Methods(calls, self.api_url, self.name, notification.id)
        what = message(notification, self.language)
        living = self._living(previous)
        if living is not None and await methods.update(living, what) and await methods.reply(living, what):
            return Sent(200, previous, unseen=await self._unseen(calls, living, what, notification))
        channel, ts = await methods.post(self.channel, what)
        unseen = await self._unseen(calls, (channel, ts), what, notification)
        remote = RemoteRef((("channel", channel), ("of", self.identity), ("ts", ts)))
        return Sent(200, remote, unseen=unseen)

    async def _unseen(
        self, calls: Calls, living: tuple[str, str], what: Message, notification: Notification
    ) -> bool:
        """Show the picture in the message that stands there now; return whether it could not be."""
        picture = notification.picture
        if picture is None or not picture.png:
            return False
        upload = Upload(self.exchange, self.api_url, self.token.get_secret_value(), self.name)
        return not await upload.show(living, slack_message.render(what), picture, calls.left)

    def _living(self, previous: RemoteRef | None) -> tuple[str, str] | None:
        """Return channel and ts of the living message, if it is this destination that holds it."""
        match dict(previous.parts) if previous else {}:
            case {"of": self.identity, "channel": channel, "ts": ts}:
                return channel, ts
        return None


@dataclass(frozen=True, slots=True)
class _Methods:
    """The Web API's methods that one send needs."""

    calls: Calls
    api_url: str
    name: str
    delivery: str

    async def post(self, channel: str, what: Message) -> tuple[str, str]:
        """Post the whole message; return the channel's id and the message's ts, by which it is updated."""
        answer = await self._call(
            "chat.postMessage", {"channel": channel, **slack_message.render(what)}, what
        )
        match document(answer):
            case {"ok": True, "channel": str(place), "ts": str(ts)} if max(len(place), len(ts)) <= 64:
                return place, ts
            case {"ok": True}:
                raise self.calls.error(Failure.UNCERTAIN, text("failure.no_id"), answer)
        raise self.calls.error(slack_answers.of_method(answer), slack_answers.told_by_method(answer), answer)

    async def update(self, living: tuple[str, str], what: Message) -> bool:
        """Write the living message anew; False when it is gone."""
        channel, ts = living
        body = {"channel": channel, "ts": ts, **slack_message.render(what)}
        return self._done(await self._call(UPDATE, body, what))

    async def reply(self, living: tuple[str, str], what: Message) -> bool:
        """Say the change in the message's thread; False when the message is gone."""
        channel, ts = living
        place = {"channel": channel, "thread_ts": ts, "reply_broadcast": what.heard}
        return self._done(await self._send(POST, {**place, **slack_message.reply(what)}))

    async def _call(self, method: str, body: Body, what: Message) -> Answer:
        """Call ``method``; once more with ``what`` as text alone if the form of the first body is refused."""
        answer = await self._send(method, body)
        if slack_answers.error(answer) not in slack_answers.REDUCIBLE:
            return answer
        why = say(slack_answers.told_by_method(answer), Language.ENGLISH)
        log.warning("message reduced", channel=self.name, delivery=self.delivery, why=why)
        # An update keeps the attachments that it does not name.
        return await self._send(method, {**body, "attachments": [], **slack_message.reduced(what)})

    async def _send(self, method: str, body: Body) -> Answer:
        url = f"{self.api_url}{method}"
        return await self.calls.send("POST", url, body, repeatable=method == UPDATE)

    def _done(self, answer: Answer) -> bool:
        if slack_answers.done(answer):
            return True
        if slack_answers.error(answer) in slack_answers.LOST:
            return False
        raise self.calls.error(slack_answers.of_method(answer), slack_answers.told_by_method(answer), answer)
