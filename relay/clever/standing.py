"""How the relay itself stands with the platform: whether its webhook is there and delivers, and when its token ends.

The rule: what can't be read is said to be unknown and never taken as fine; an account that can't be reached at all is
the watch's own incident, and is not told here a second time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from relay.clever import hooks, tokens
from relay.clever.client import Client, ClientError
from relay.clever.hooks import Hook, Wanted
from relay.core.identity import digest
from relay.core.model import Event, Severity
from relay.core.text import Text, text
from relay.intake.clever_cloud.events import SOURCE, fingerprint

HOOK_EVERY = timedelta(minutes=5)
TOKEN_EVERY = timedelta(hours=6)
# So many failures of late are more than a restart of ours.
FAILURES = 3
LATELY = timedelta(minutes=30)
# Told at each: noted once, then open, then critical.
NOTICE, SOON, NOW = timedelta(days=30), timedelta(days=7), timedelta(days=1)
# As many reads in a row that bring no answer count.
BLIND = 3


@dataclass(slots=True)
class _Look:
    """One thing that is looked at: when again, how often in a row that failed, and what was found."""

    due_at: datetime | None = None
    misses: int = 0
    why: Text | None = None

    def is_due(self, at: datetime) -> bool:
        return self.due_at is None or at >= self.due_at


class Standing:
    """Looks at one account's webhook (``wanted``: None where the relay takes none) and at its token."""

    def __init__(self, client: Client, wanted: Wanted | None) -> None:
        self._client = client
        self._wanted = wanted
        self._hook = _Look()
        self._token = _Look()
        self._found: Sequence[Hook] | None = None
        self._ends: datetime | None = None
        self._counted: dict[str, int] = {}

    async def look(self, at: datetime) -> None:
        """Ask for what is due; an answer that does not come is kept as a miss."""
        if self._wanted is not None and self._hook.is_due(at):
            await self._asked(self._hook, at, HOOK_EVERY, self._look_at_hooks)
        if self._token.is_due(at):
            await self._asked(self._token, at, TOKEN_EVERY, self._look_at_token)

    def states(self, at: datetime) -> Iterator[Event]:
        """Yield what holds now; nothing of what is not known."""
        if self._wanted is not None and self._hook.misses >= BLIND and self._hook.why is not None:
            why = text("clever.hook.unknown", reason=self._hook.why)
            yield self._state("hook", Severity.WARNING, "clever.hook", why, at)
        elif self._wanted is not None and not self._hook.misses and self._found is not None:
            severity, summary = self._judged(self._wanted, self._found, at)
            yield self._state("hook", severity, "clever.hook", summary, at)
        if self._ends is not None:
            left = self._ends - at
            severity = Severity.OK if left > SOON else Severity.WARNING if left > NOW else Severity.CRITICAL
            summary = text("clever.token.well") if left > SOON else self._ending(left)
            yield self._state("token", severity, "clever.token", summary, at)

    def events(self, at: datetime) -> Iterator[Event]:
        """Yield what is told once: the first notice of an end that is far."""
        if self._ends is None or not SOON < self._ends - at <= NOTICE:
            return
        state = self._state("token", Severity.WARNING, "clever.token", self._ending(self._ends - at), at)
        yield Event(
            id=digest(state.fingerprint, "notice", self._ends.isoformat()),
            fingerprint=f"{state.fingerprint}-notice",
            severity=Severity.WARNING,
            kind=state.kind,
            source=SOURCE,
            target=state.target,
            title=state.title,
            summary=state.summary,
            occurred_at=at,
            received_at=at,
            labels=state.labels,
            momentary=True,
        )

    async def _asked(
        self, look: _Look, at: datetime, every: timedelta, ask: Callable[[datetime], Awaitable[None]]
    ) -> None:
        look.due_at = at + every
        try:
            await ask(at)
        except ClientError as error:
            if not error.whole:
                look.misses += 1
                look.why = error.reason
            # Asked again with the watch's next read.
            look.due_at = at
        else:
            look.misses = 0

    async def _look_at_hooks(self, at: datetime) -> None:
        del at
        self._found = await hooks.listed(self._client)

    async def _look_at_token(self, at: datetime) -> None:
        self._ends = await tokens.ends_at(self._client, at)

    def _judged(self, wanted: Wanted, found: Sequence[Hook], at: datetime) -> tuple[Severity, Text]:
        own = [hook for hook in found if wanted.is_own(hook)]
        if not own:
            return Severity.WARNING, text("clever.hook.missing")
        heard = [hook for hook in own if wanted.is_heard(hook)]
        if not heard:
            return Severity.WARNING, text("clever.hook.other")
        if not any(hook.is_enabled for hook in heard):
            return Severity.CRITICAL, text("clever.hook.disabled", answer=_last(heard))
        failed = max(self._lately(hook, at) for hook in heard if hook.is_enabled)
        if failed >= FAILURES:
            return Severity.WARNING, text("clever.hook.failing", number=failed, answer=_last(heard))
        return Severity.OK, text("clever.hook.well")

    def _lately(self, hook: Hook, at: datetime) -> int:
        """Count failures of late; those without a date only where there are more than at the first look."""
        dated = sum(one.at is not None and at - one.at <= LATELY for one in hook.failures)
        undated = sum(one.at is None for one in hook.failures)
        return dated + undated - self._counted.setdefault(hook.id, undated)

    def _ending(self, left: timedelta) -> Text:
        return text("clever.token.ends", span=max(left, timedelta(0)))

    def _state(self, about: str, severity: Severity, title: str, summary: Text, at: datetime) -> Event:
        account = self._client.name
        print_ = fingerprint(f"account {account}", about)
        return Event(
            id=digest(print_, severity.word, at.isoformat()),
            fingerprint=print_,
            severity=severity,
            kind=f"account-{about}",
            source=SOURCE,
            target=account,
            title=text(title, account=account),
            summary=summary,
            occurred_at=at,
            received_at=at,
            labels=(("owner", self._client.account.organisation),),
        )


def _last(own: Sequence[Hook]) -> Text:
    """Say what the platform met last; its words may hold anything, so only a number is told."""
    failures = [failure for hook in own for failure in hook.failures]
    if not failures:
        return text("clever.hook.unsaid")
    status = failures[-1].status
    return text("clever.hook.unreached") if status is None else text("nodata.status", status=status)
