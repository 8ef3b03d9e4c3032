"""What ``relay clever setup`` does: the webhook that is wanted is created, or the one that is there is made so.

The rule: planned first, as a value that can be shown; done once, a second time there is nothing to do; and the old hook is
removed only when the new one is there, since two of the same event are one, and none is lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from relay.clever import hooks
from relay.clever.client import Client
from relay.clever.hooks import EVERYTHING, FORMAT, Hook, Wanted


class Action(StrEnum):
    """What is to be done."""

    CREATE = "create"
    REPAIR = "repair"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, to a hook or to none yet, and why."""

    action: Action
    hook: Hook | None
    why: tuple[str, ...]


def plan(found: Sequence[Hook], wanted: Wanted) -> tuple[Step, ...]:
    """Return what there is to do; nothing where all is as it should be."""
    own = sorted((hook for hook in found if wanted.is_own(hook)), key=lambda hook: _rank(hook, wanted))
    if not own:
        return (Step(Action.CREATE, None, ("there is no webhook to this relay",)),)
    kept, *others = own
    wrong = tuple(_wrong(kept, wanted))
    steps = [Step(Action.REPAIR, kept, wrong)] if wrong else []
    # A hook with other addresses beside is somebody's as well: it is left alone.
    again = [hook for hook in others if not wanted.foreign(hook)]
    return (*steps, *(Step(Action.REMOVE, hook, ("it posts here a second time",)) for hook in again))


async def carry_out(client: Client, wanted: Wanted, steps: Sequence[Step]) -> None:
    """Do what was planned; raise ``ClientError`` where the platform refuses."""
    for step in steps:
        if step.hook is None:
            await hooks.create(client, wanted)
        elif step.action is Action.REMOVE:
            await hooks.remove(client, step.hook.id)
        else:
            await _repair(client, wanted, step.hook)


async def _repair(client: Client, wanted: Wanted, hook: Hook) -> None:
    await hooks.edit(client, wanted, hook)
    after = [one for one in await hooks.listed(client) if one.id == hook.id]
    if after and not any(_wrong(after[0], wanted)):
        return
    # An edit that leaves it disabled or as it was: a new one first, then the old one goes.
    await hooks.create(client, wanted)
    if after and not wanted.foreign(hook):
        await hooks.remove(client, hook.id)


def _rank(hook: Hook, wanted: Wanted) -> tuple[int, str]:
    """The one that needs least comes first, and the same one at each run."""
    return len(tuple(_wrong(hook, wanted))), hook.id


def _wrong(hook: Hook, wanted: Wanted) -> Iterator[str]:
    if (FORMAT, wanted.url) not in hook.urls:
        yield "its address has another secret or format"
    elif sum(url.startswith(wanted.start) for _, url in hook.urls) > 1:
        yield "it posts here more than once"
    if not hook.is_enabled:
        yield "the platform has disabled it"
    if hook.events != wanted.events:
        yield f"it brings {_named(hook.events, 'all events')}, wanted: {_named(wanted.events, 'all events')}"
    if hook.scope != wanted.scope:
        yield f"it is about {_named(hook.scope, 'everything')}, wanted: {_named(wanted.scope, 'everything')}"


def _named(words: frozenset[str], everything: str) -> str:
    return everything if words == EVERYTHING else ", ".join(sorted(words))[:300]
