"""Channels: one module a channel, each with ``Settings`` and an async ``send``; what it draws is made by pure functions.

To add one: write a module with a pydantic ``Settings`` whose ``kind`` is a literal of its name and whose ``build`` returns a
``Channel``; add it to ``SettingsOfAny`` below. ``wording`` says what a message says, ``calls`` what an answer means wherever
it comes from. A channel tells; it never decides who is told, when, or how often.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Protocol

from pydantic import Field

from relay.channels import discord, slack
from relay.core.delivery import RemoteRef, Sent
from relay.core.model import Notification


class Channel(Protocol):
    """Tells notifications to one destination."""

    @property
    def name(self) -> str:
        """The channel's name in config.yaml."""
        ...

    @property
    def pace(self) -> timedelta:
        """The least time between two notifications."""
        ...

    @property
    def identity(self) -> str:
        """A digest of the destination: a channel that was parked is taken up again when this changes."""
        ...

    async def send(self, notification: Notification, previous: RemoteRef | None, deadline: timedelta) -> Sent:
        """Deliver, or raise ``DeliveryError``. ``previous`` is the incident's living message, None before the first.

        Sending the same notification twice must do no harm beyond one repeated message.
        """
        ...


# One channel of config.yaml, by its ``kind``.
SettingsOfAny = Annotated[slack.Settings | discord.Settings, Field(discriminator="kind")]
