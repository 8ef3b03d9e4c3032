"""When it is worth to look for work in the outbox: what this process remembers of its channels.

The rule: hints only. The store decides what may be sent, and is asked once a second in any case; a hint spares it questions
of which the answer is known, as under a flood for channels that are paced.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

# A channel that could not be looked at (parked, or another instance's) is left to the look once a second.
LOOK = timedelta(seconds=1)
# Of what one request is told on, so many channels are claimed in its own step; intake goes first.
AT_ONCE = 4


class Waking:
    """Wakes the dispatcher, at once or once a channel's pace allows its next message."""

    def __init__(self) -> None:
        self.changed = asyncio.Event()
        self.sending: set[str] = set()
        self._ready_at: dict[str, datetime] = {}
        self._alarms: dict[str, asyncio.TimerHandle] = {}

    def free(self, channels: Iterable[str], at: datetime) -> Sequence[str]:
        """Return those of the channels that may be sent to now, as far as is known: at most ``AT_ONCE``."""
        return [name for name in channels if name not in self.sending and self._known(name, at) <= at][
            :AT_ONCE
        ]

    def learn(self, ready_at: Mapping[str, datetime]) -> None:
        """Remember from when channels may be sent to again."""
        self._ready_at.update(ready_at)

    def forget(self) -> None:
        """Remember nothing, as after another configuration."""
        self._ready_at.clear()

    def told(self, channels: Iterable[str], at: datetime) -> None:
        """Wake the dispatcher for what waits on these channels. Where one is being sent to, the end of that does."""
        for name in channels:
            if name not in self.sending:
                self._wake(name, at)

    def _wake(self, name: str, at: datetime) -> None:
        wait = (self._known(name, at) - at).total_seconds()
        if wait <= 0:
            self.changed.set()
        elif name not in self._alarms:
            self._alarms[name] = asyncio.get_running_loop().call_later(wait, self._ring, name)

    def _ring(self, name: str) -> None:
        del self._alarms[name]
        self.changed.set()

    def _known(self, name: str, at: datetime) -> datetime:
        # A clock that was set back must not hold a channel for longer than a pace.
        known = self._ready_at.get(name, at)
        return min(known, at + LOOK)
