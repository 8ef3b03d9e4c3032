"""Where people are told: each channel's own settings, its fallback and its limit."""

from __future__ import annotations

from collections.abc import Mapping

from relay.channels import SettingsOfAny
from relay.config.config import ChannelSettings
from relay.config.draft import Draft
from relay.config.errors import suggestion
from relay.config.joined import own
from relay.core.fallback import Fallback


def channels(draft: Draft) -> tuple[tuple[str, ChannelSettings], ...]:
    """Return the channels' own settings."""
    return tuple((name, own(given, SettingsOfAny)) for name, given in draft.settings.channels.items())


def fallbacks(draft: Draft) -> Mapping[str, Fallback]:
    """Return the fallbacks by the channel that has one; report what does not fit."""
    names = draft.names("channels")
    made: dict[str, Fallback] = {}
    for name, given in draft.settings.channels.items():
        if given.fallback is None:
            continue
        place = ("channels", name, "fallback", "channel")
        if given.fallback.channel == name:
            draft.findings.error(place, "is this channel itself: name another one")
        elif given.fallback.channel not in names:
            # As written, since a name from the environment is not shown.
            draft.findings.error(place, f"unknown channel{suggestion(draft.shown(place) or '', names)}")
        made[name] = Fallback(given.fallback.channel, given.fallback.after)
    return made


def digests(draft: Draft) -> Mapping[str, int]:
    """Return beyond how many messages a minute each channel gets a digest."""
    return {name: given.digest_above for name, given in draft.settings.channels.items()}


def charted(draft: Draft) -> frozenset[str]:
    """Return the channels whose messages show charts."""
    return frozenset(name for name, given in draft.settings.channels.items() if given.charts)
