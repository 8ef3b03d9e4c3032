"""Restarts by the platform, gathered: what happens to many applications at once is one incident."""

from __future__ import annotations

from relay.core import restarts
from relay.core.model import Event
from relay.store.incidents import Filter
from relay.store.transactions import Transaction

# More than these within an hour need no counting.
RECENT = 200
DEPLOYMENTS = 20


def gathered(tx: Transaction, event: Event) -> tuple[Event, ...]:
    """Return what is to be taken for ``event``: itself, or itself as a part of what all applications live through."""
    if not restarts.is_restart(event) or not tx.unseen({event.id}):
        return (event,)
    whole = tx.open_incident(restarts.fingerprint(event))
    since = event.received_at - restarts.WITHIN
    recent = tx.incidents(Filter(source=restarts.SOURCE, since=since), limit=RECENT) if whole is None else ()
    told = restarts.crowd(event, whole, recent)
    if told is None:
        return (event,)
    if restarts.is_loop(event, tx.deployments(dict(event.labels).get("resource", ""), DEPLOYMENTS)):
        return event, told
    return restarts.folded(event), told
