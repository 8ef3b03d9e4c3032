"""Being woken by other processes, where they share a store and the operator has a connection left for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from relay.config import Config
from relay.pipeline import Relay


def listening(config: Config, relay: Relay) -> Callable[[], None] | None:
    """Begin to listen and return how to end it; None where there is nobody to hear, or no connection for it."""
    if not config.listen or config.store.startswith("sqlite:"):
        return None
    # Only where it is configured: the driver costs memory.
    from relay.store.postgres_listening import Listener

    loop = asyncio.get_running_loop()

    def wake() -> None:
        # A loop that has ended has nothing to tell any more.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(relay.outbox_changed.set)

    listener = Listener(config.store, wake)
    listener.start()
    return listener.stop
