"""Which channels show charts, how, and the key that seals the addresses of those that are fetched."""

from __future__ import annotations

from urllib.parse import urlsplit

from relay.config import Config
from relay.config.config import ChannelSettings, is_loopback
from relay.core.seal import Seal, seal_of
from relay.pipeline.setup import Showing


def showing_of(config: Config) -> dict[str, Showing]:
    """Return how each channel shows charts; one that could fetch none shows none."""
    return {
        name: Showing(settings.language, by_address=settings.fetches)
        for name, settings in config.channels
        if name in config.charts and (not settings.fetches or _is_reached(config, settings))
    }


def seal_for(config: Config) -> Seal | None:
    """Return the seal for the charts that channels fetch, None where none does.

    Its key comes from those channels' own secrets: every process of a relay has it, a person who was sent an address has no
    part of it, and whoever changes a channel's secret ends the addresses that were sent there.
    """
    shown = showing_of(config)
    return seal_of(
        [settings.secret for name, settings in config.channels if name in shown and shown[name].by_address]
    )


def _is_reached(config: Config, settings: ChannelSettings) -> bool:
    """Whether a channel could fetch something from here: from this machine only what is on this machine."""
    given = config.web.given_url
    if given is None:
        return False
    return not is_loopback(_host(given)) or is_loopback(_host(settings.origin))


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
