"""Slack, by an incoming webhook or by a bot token.

The rule: a webhook can only post, so each change is a message of its own; a bot token keeps one living message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Literal, Self

import structlog
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from relay.channels import slack_message
from relay.channels.calls import Calls
from relay.channels.lookout import origin
from relay.channels.slack_answers import REDUCIBLE, of_webhook, said, told_by_webhook
from relay.channels.slack_bot import SlackBot
from relay.channels.slack_message import AGENT, PACE
from relay.channels.webhook import WebhookUrl, address
from relay.channels.wording import message
from relay.core.delivery import RemoteRef, Sent
from relay.core.identity import digest
from relay.core.model import Notification
from relay.core.text import Language
from relay.exchange import Exchange

log = structlog.get_logger("relay.channels")


def _api(url: str) -> str:
    if not address(url):
        raise ValueError("must be an address that begins with https:// (or http://)")
    return url if url.endswith("/") else f"{url}/"


class Settings(BaseModel):
    """A Slack channel: ``webhook_url``, or ``bot_token`` with ``channel`` (scope chat:write)."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kind: Literal["slack"]
    webhook_url: WebhookUrl | None = Field(
        default=None, description="The address of an incoming webhook: every change is a message of its own."
    )
    bot_token: SecretStr | None = Field(
        default=None,
        description="A bot's token (scope chat:write): one living message, changes in its thread.",
    )
    channel: str | None = Field(
        default=None,
        min_length=1,
        max_length=80,
        pattern=r"^[^\s]+$",
        description="With bot_token: the id of the channel, as in C0123456789.",
    )
    language: Language = Field(default=Language.ENGLISH, description="The language of its messages.")
    api_url: Annotated[str, AfterValidator(_api)] = Field(
        default="https://slack.com/api/", description="Where Slack's methods are; another one only for tests."
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.webhook_url is None) == (self.bot_token is None):
            raise ValueError("needs either webhook_url, or bot_token with channel")
        if (self.bot_token is None) != (self.channel is None):
            raise ValueError("bot_token and channel belong together; a webhook_url knows its channel")
        token = self.bot_token
        if token is not None and not re.fullmatch(r"[!-~]{1,500}", token.get_secret_value()):
            raise ValueError("bot_token must be one word, as Slack shows it (it begins with xoxb-)")
        return self

    @property
    def origin(self) -> str:
        """Where it is, which is no secret."""
        return origin(self.api_url if self.webhook_url is None else self.webhook_url.get_secret_value())

    @property
    def fetches(self) -> bool:
        """Whether it shows a picture only by an address that Slack fetches: nothing can be uploaded by a webhook."""
        return self.webhook_url is not None

    @property
    def secret(self) -> str:
        """What only the relay and Slack know."""
        given = self.webhook_url or self.bot_token
        return "" if given is None else given.get_secret_value()

    def build(self, name: str, exchange: Exchange) -> SlackWebhook | SlackBot:
        """Return the channel ``name``."""
        if self.webhook_url is not None:
            return SlackWebhook(name, exchange, self.language, self.webhook_url)
        assert self.bot_token is not None and self.channel is not None  # noqa: PT018
        return SlackBot(name, exchange, self.language, self.bot_token, self.channel, self.api_url)


@dataclass(frozen=True, slots=True)
class SlackWebhook:
    """Posts every change as a message of its own: a webhook learns no message's id."""

    name: str
    exchange: Exchange
    language: Language
    url: SecretStr
    pace: timedelta = PACE

    @property
    def identity(self) -> str:
        """A digest of the destination."""
        return digest("slack", self.url.get_secret_value())

    async def send(
        self,
        notification: Notification,
        previous: RemoteRef | None,  # noqa: ARG002 - a webhook can't change what it posted
        deadline: timedelta,
    ) -> Sent:
        """Post the message; without its picture, then as text alone, if its form is refused."""
        calls = Calls(self.exchange, "Slack", deadline, AGENT)
        what, picture = message(notification, self.language), notification.picture
        url = self.url.get_secret_value()
        whole = slack_message.render(what)
        bodies = [whole, slack_message.reduced(what)]
        if picture is not None and picture.link:
            bodies.insert(0, slack_message.pictured(whole, picture))
        answer = await calls.send("POST", url, bodies[0])
        while said(answer) in REDUCIBLE and len(bodies) > 1:
            log.warning("message reduced", channel=self.name, delivery=notification.id, why=said(answer))
            del bodies[0]
            answer = await calls.send("POST", url, bodies[0])
        if answer.status < 300 and said(answer) == "ok":
            return Sent(answer.status, unseen=picture is not None and len(bodies) < 3)
        raise calls.error(of_webhook(answer), told_by_webhook(answer), answer)
