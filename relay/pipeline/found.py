"""What a read found beside numbers: things that happened, and states that hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from relay.core import engine
from relay.core.model import Event, Readings, Severity
from relay.core.targets import Target
from relay.pipeline.setup import Setup
from relay.pipeline.taking import Taken, take_all
from relay.store.transactions import Transaction

# A step is short: of a long history the rest comes with the next reads.
AT_ONCE = 500
# At the first read of all, what began longer ago is history, though it still holds: nobody waits for its news.
NEW = timedelta(hours=1)


def take(tx: Transaction, target: Target, result: Readings, setup: Setup, *, is_first: bool) -> Taken:
    """Take what is news of a read's events and states; all of it was known before in nearly every read."""
    if not result.events and not result.states:
        return Taken(())
    unseen = tx.unseen({event.id for event in result.events})
    news = [event for event in result.events if event.id in unseen]
    # The newest first: with them known, older ones that come later can't be taken for news.
    news = sorted(news, key=lambda event: event.known_at, reverse=True)[:AT_ONCE]
    if is_first:
        news = [_noted(event) if result.at - event.occurred_at > NEW else event for event in news]
    news += _changed(tx, result)
    if not news:
        return Taken(())
    return take_all(tx, [engine.labelled(event, target.labels) for event in news], setup, result.at)


def _noted(event: Event) -> Event:
    return replace(event, severity=min(event.severity, Severity.INFO), momentary=False)


def _changed(tx: Transaction, result: Readings) -> list[Event]:
    """Return the states that are not what the open incidents say."""
    if not result.states:
        return []
    present = tx.severities({state.fingerprint for state in result.states})
    return [
        state for state in result.states if present.get(state.fingerprint, Severity.OK) is not state.severity
    ]
