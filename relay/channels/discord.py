"""Discord, by a webhook: one living message an incident, edited as it goes on.

The rule: editing comes first, since doing it twice is as doing it once; edits are silent, so whatever does not merely ease
is also said in a short message of its own.
Facts: https://docs.discord.com/developers/resources/webhook.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import structlog
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from relay import __version__
from relay.channels import discord_answers, discord_message
from relay.channels.calls import Calls
from relay.channels.contents import with_picture
from relay.channels.discord_message import Body
from relay.channels.lookout import origin
from relay.channels.webhook import WebhookUrl
from relay.channels.wording import Message, message
from relay.core.delivery import DeliveryError, Failure, RemoteRef, Sent
from relay.core.identity import digest
from relay.core.model import Notification, Picture
from relay.core.text import Language, say, text
from relay.exchange import Answer, Exchange

log = structlog.get_logger("relay.channels")

# A webhook's bucket was seen to hold 5 messages in 2 seconds: https://github.com/discord/discord-api-docs/issues/367
PACE = timedelta(milliseconds=400)
# Another form may be refused: https://docs.discord.com/developers/reference#user-agent
AGENT = {"user-agent": f"DiscordBot (https://example.org/gameshelf-relay, {__version__})"}


def _own(url: SecretStr) -> SecretStr:
    if urlsplit(url.get_secret_value()).path.rstrip("/").endswith(("/slack", "/github")):
        raise ValueError("must be the webhook's own address, without /slack or /github at its end")
    return url


def _name(name: str) -> str:
    if any(word in name.lower() for word in ("discord", "clyde")) or not name.strip():
        raise ValueError('Discord takes no name that is empty or contains "discord" or "clyde"')
    return name.strip()


class Settings(BaseModel):
    """A Discord channel: its webhook's address, and optionally a thread's id and the name to speak under."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kind: Literal["discord"]
    webhook_url: Annotated[WebhookUrl, AfterValidator(_own)] = Field(
        description="The webhook's address, from the channel's settings under Integrations."
    )
    thread_id: str | None = Field(
        default=None,
        pattern=r"^\d{1,20}$",
        coerce_numbers_to_str=True,
        description="The id of the thread to post in.",
    )
    username: Annotated[str, Field(max_length=80), AfterValidator(_name)] | None = Field(
        default=None, description="The name to speak under, instead of the webhook's."
    )
    language: Language = Field(default=Language.ENGLISH, description="The language of its messages.")

    @property
    def origin(self) -> str:
        """Where it is, which is no secret."""
        return origin(self.webhook_url.get_secret_value())

    @property
    def fetches(self) -> bool:
        """Whether it shows a picture only by an address that it fetches."""
        return False

    @property
    def secret(self) -> str:
        """What only the relay and Discord know."""
        return self.webhook_url.get_secret_value()

    def build(self, name: str, exchange: Exchange) -> Discord:
        """Return the channel ``name``."""
        return Discord(name, exchange, self.language, self.webhook_url, self.thread_id, self.username)


@dataclass(frozen=True, slots=True)
class Discord:
    """Posts an incident's first message, then edits it; says aloud what an edit says silently."""

    name: str
    exchange: Exchange
    language: Language
    url: SecretStr
    thread_id: str | None = None
    username: str | None = None
    pace: timedelta = PACE

    @property
    def identity(self) -> str:
        """A digest of the destination."""
        return digest("discord", self.url.get_secret_value(), self.thread_id or "")

    async def send(self, notification: Notification, previous: RemoteRef | None, deadline: timedelta) -> Sent:
        """Post, or edit and say aloud; post anew where the living message is gone."""
        calls = Calls(self.exchange, "Discord", deadline, AGENT)
        what = message(notification, self.language)
        told = _Telling(self, calls, what, notification.picture)
        living = self._living(previous)
        if living is not None and await told.edit(living):
            if what.heard:
                await told.say(discord_message.short(what))
            return Sent(200, previous, unseen=told.is_unseen)
        posted = await told.post()
        return Sent(200, RemoteRef((("id", posted), ("of", self.identity))), unseen=told.is_unseen)

    def _living(self, previous: RemoteRef | None) -> str | None:
        """Return the id of the living message, if it is this destination that holds it."""
        match dict(previous.parts) if previous else {}:
            case {"of": self.identity, "id": living} if living.isdecimal():
                return living
        return None

    def address(self, path: str, **query: str) -> str:
        """Return the webhook's address with ``path`` at its end; its own query stays."""
        scheme, host, webhook, own, _ = urlsplit(self.url.get_secret_value())
        thread = {"thread_id": self.thread_id} if self.thread_id else {}
        asked = {**dict(parse_qsl(own, keep_blank_values=True)), **thread, **query}
        return urlunsplit((scheme, host, webhook.rstrip("/") + path, urlencode(asked), ""))


class _Telling:
    """The calls that one send may need."""

    def __init__(self, channel: Discord, calls: Calls, what: Message, picture: Picture | None) -> None:
        self._channel = channel
        self._calls = calls
        self._what = what
        self._picture = picture if picture is not None and picture.png else None
        # Whether the message stands there without the picture that was to go with it.
        self.is_unseen = False

    async def post(self) -> str:
        """Post the living message; return its id."""
        return self._posted(await self._whole("POST", self._posting))

    async def say(self, body: Body) -> None:
        """Post a few words."""
        speaker = self._speaker
        self._posted(await self._reducing("POST", self._posting, {**body, **speaker}, speaker))

    async def edit(self, living: str) -> bool:
        """Edit the living message; False when it is gone, or too old to be edited as often."""
        answer = await self._whole("PATCH", self._channel.address(f"/messages/{living}"))
        if discord_answers.lost(answer):
            return False
        if answer.status >= 300:
            raise self._calls.error(discord_answers.failure(answer), discord_answers.told(answer), answer)
        if discord_answers.message_id(answer) is None:
            raise self._calls.error(
                Failure.REFUSED, text("failure.status.no_id", status=answer.status), answer
            )
        return True

    @property
    def _posting(self) -> str:
        # Without wait=true a message that is not saved is no error.
        return self._channel.address("", wait="true")

    @property
    def _speaker(self) -> Body:
        return {"username": self._channel.username} if self._channel.username else {}

    def _posted(self, answer: Answer) -> str:
        posted = discord_answers.message_id(answer)
        if posted is not None:
            return posted
        if answer.status < 300:
            raise self._calls.error(
                Failure.UNCERTAIN, text("failure.status.no_id", status=answer.status), answer
            )
        raise self._calls.error(discord_answers.failure(answer), discord_answers.told(answer), answer)

    async def _whole(self, method: str, url: str) -> Answer:
        """Send the living message, with its picture where that is taken."""
        beside = self._speaker if method == "POST" else discord_message.NO_FILES
        body = {**discord_message.render(self._what), **beside}
        if self._picture is not None:
            self.is_unseen = False
            answer = await self._pictured(method, url, discord_message.pictured(body, self._picture))
            if answer is not None:
                return answer
            self.is_unseen = True
        return await self._reducing(method, url, body, beside)

    async def _pictured(self, method: str, url: str, body: Body) -> Answer | None:
        """Send with the picture; None where the message is to go without it, and nothing was posted by this."""
        edits = method == "PATCH"
        assert self._picture is not None
        content = with_picture(body, discord_message.FILE, self._picture.png)
        try:
            # Half of the time: the rest is the message's, without it.
            answer = await self._calls.send(
                method, url, content, repeatable=edits, within=self._calls.left / 2
            )
        except DeliveryError as error:
            # What was answered was not posted, and an edit may be made twice. Where a post was not answered, the outbox
            # tells it again, marked as a repeat and without a picture.
            if error.failure is not Failure.REFUSED or not (edits or error.status is not None):
                raise
            why = error.reason
        else:
            if not discord_answers.reducible(answer):
                return answer
            why = discord_answers.told(answer)
        log.warning("a picture was not taken", channel=self._channel.name, why=say(why, Language.ENGLISH))
        return None

    async def _reducing(self, method: str, url: str, body: Body, beside: Body) -> Answer:
        """Send; once more as plain content if the form of the first body is refused."""
        edits = method == "PATCH"
        answer = await self._calls.send(method, url, body, repeatable=edits)
        if not discord_answers.reducible(answer):
            return answer
        why = say(discord_answers.told(answer), Language.ENGLISH)
        log.warning("message reduced", channel=self._channel.name, why=why)
        reduced = {**discord_message.reduced(self._what), **beside}
        return await self._calls.send(method, url, reduced, repeatable=edits)
