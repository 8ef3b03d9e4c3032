"""The post office: it takes events, keeps them until they are due, sends them, and disables hooks that keep failing."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count

from mirror.posting.body import body
from mirror.posting.disorder import Disorder, sendings
from mirror.posting.sending import Outcome, Sender
from mirror.world.hooks import MOST_FAILURES, Failure, HookUrl
from mirror.world.nouns import Event
from mirror.world.platform import Platform

TRY_AGAIN_AFTER = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, order=True)
class Letter:
    """One sending of an event to an address of a hook."""

    due: datetime
    serial: int
    event: Event = field(compare=False)
    hook_id: str = field(compare=False)
    to: HookUrl = field(compare=False)
    attempt: int = field(compare=False, default=1)


class Post:
    """Sends what the platform tells; ``disorder`` may be changed at any time and counts for later events."""

    def __init__(self, platform: Platform, disorder: Disorder | None = None, parallel: int = 1) -> None:
        """Listen to a platform; ``parallel`` sendings at once do not keep their order."""
        self._platform = platform
        self._parallel = parallel
        self._sender = Sender()
        self._threads = ThreadPoolExecutor(parallel, "mirror-post")
        self._letters: list[Letter] = []
        self._serials = count()
        self.disorder = disorder or Disorder()
        self.events: list[Event] = []
        self.sent: Counter[str] = Counter()
        platform.listeners.append(self.take)

    def take(self, event: Event) -> None:
        """Keep an event for every hook that wants it now."""
        with self._platform.lock:
            self.events.append(event)
            for hook in self._platform.hooks.values():
                if hook.wants(event):
                    for to in hook.urls:
                        self._keep(event, hook.id, to)

    def next_due(self) -> datetime | None:
        """Return when something is to be sent next."""
        with self._platform.lock:
            return self._letters[0].due if self._letters else None

    def send_due(self, at: datetime) -> int:
        """Send everything that is due, wait for the answers, and return how much it was."""
        total = 0
        while letters := self._due(at):
            for letter, outcome in zip(letters, self._send(letters), strict=True):
                self._note(letter, outcome, at)
            total += len(letters)
        return total

    def close(self) -> None:
        """Close the connections; what is not sent yet is lost."""
        self._threads.shutdown()
        self._sender.close()

    def _keep(self, event: Event, hook_id: str, to: HookUrl) -> None:
        serial = next(self._serials)
        for due in sendings(event, serial, self.disorder):
            heapq.heappush(self._letters, Letter(due, next(self._serials), event, hook_id, to))

    def _due(self, at: datetime) -> list[Letter]:
        with self._platform.lock:
            due: list[Letter] = []
            # Never more than go at once, as what comes of them may disable the hook of the rest.
            while self._letters and self._letters[0].due <= at and len(due) < self._parallel:
                letter = heapq.heappop(self._letters)
                hook = self._platform.hooks.get(letter.hook_id)
                if hook is not None and hook.enabled:
                    due.append(letter)
            return due

    def _send(self, letters: Sequence[Letter]) -> list[Outcome]:
        quirks = self._platform.quirks
        bodies = [(letter.to.url, body(letter.event, letter.to.format, quirks)) for letter in letters]
        if len(bodies) == 1:
            return [self._sender.post(url, posted) for url, posted in bodies]
        return list(self._threads.map(lambda one: self._sender.post(*one), bodies))

    def _note(self, letter: Letter, outcome: Outcome, at: datetime) -> None:
        """Count the sending, and hold a failure against its hook."""
        self.sent["arrived" if outcome.is_good else "failed"] += 1
        with self._platform.lock:
            hook = self._platform.hooks.get(letter.hook_id)
            if hook is None:
                return
            if outcome.is_good:
                self._platform.hooks[hook.id] = replace(hook, failed_in_a_row=0)
                return
            quirks = self._platform.quirks
            in_a_row = hook.failed_in_a_row + 1
            failures = (*hook.failures, _failure(letter, outcome, at))[-MOST_FAILURES:]
            self._platform.hooks[hook.id] = replace(
                hook, failures=failures, failed_in_a_row=in_a_row, enabled=in_a_row < quirks.disable_after
            )
            if letter.attempt < quirks.attempts:
                again = replace(letter, due=at + TRY_AGAIN_AFTER, attempt=letter.attempt + 1)
                heapq.heappush(self._letters, again)


def _failure(letter: Letter, outcome: Outcome, at: datetime) -> Failure:
    if outcome.status is None:
        return Failure(letter.to.url, at, network_failure=outcome.told)
    return Failure(letter.to.url, at, status=outcome.status, partial_body=outcome.told)
