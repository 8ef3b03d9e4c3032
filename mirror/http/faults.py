"""What goes wrong between a client and the platform, as a test or a scenario chooses."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

ALWAYS = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


@dataclass(slots=True)
class Fault:
    """Requests to a matching path, for a time or a number of them, are answered otherwise.

    ``status`` answers an error, with ``retry_after`` seconds told if there are any; ``seconds`` of real time pass first;
    ``share`` is how many of those requests it happens to; ``is_cut`` closes the connection in the middle of the answer; ``body`` replaces what an error says.
    """

    path: str
    status: int | None = None
    retry_after: int | None = None
    seconds: float = 0
    is_cut: bool = False
    body: bytes | None = None
    since: datetime = field(default=ALWAYS[0])
    until: datetime = field(default=ALWAYS[1])
    times: int | None = None
    share: float = 1
    seen: int = 0

    def meets(self, path: str, at: datetime) -> bool:
        """Whether it happens to this request; each time that it does is counted."""
        if not (self.since <= at < self.until) or self.times == 0 or not re.match(self.path, path):
            return False
        self.seen += 1
        # Spread evenly: of two, every second.
        if int(self.seen * self.share) == int((self.seen - 1) * self.share):
            return False
        if self.times is not None:
            self.times -= 1
        return True
