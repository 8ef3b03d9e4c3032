"""What may have been told along with another message: told by itself it says that it may be a repeat, and nothing else does."""

from __future__ import annotations

from datetime import datetime

import pytest

from relay.core.delivery import DeliveryError, Failure
from relay.core.model import Severity
from relay.core.text import verbatim
from relay.pipeline.delivering import record, told
from relay.pipeline.setup import Setup
from relay.store import Backend
from relay.store.deliveries import Claim
from tests.building import HOUR, MINUTE, NOON, SECOND, event
from tests.contract.stores import writing
from tests.contract.test_store import LEASE, backend, claimed, opened

__all__ = ["backend"]  # a fixture

UNCERTAIN, REFUSED, PERMANENT = (
    DeliveryError(kind, verbatim("no")) for kind in (Failure.UNCERTAIN, Failure.REFUSED, Failure.PERMANENT)
)
OPENED, OVER = event(Severity.WARNING), event(Severity.OK, NOON + SECOND)


def claim(backend: Backend, at: datetime) -> Claim:
    found = claimed(backend, at)
    assert found is not None
    return found


def tried(backend: Backend, error: DeliveryError, at: datetime) -> Claim:
    """Make one attempt that fails so."""
    found = claim(backend, at)
    with writing(backend) as tx:
        record(tx, found, told(found, error, at, at), Setup(), at)
    return found


@pytest.mark.parametrize(("first", "doubtful"), [(UNCERTAIN, True), (REFUSED, False)])
def test_what_may_have_been_told_with_a_delivery_that_is_given_up_is_marked(
    backend: Backend, first: DeliveryError, doubtful: bool
) -> None:
    """By itself it would read like news. A failure that is certain leaves no doubt behind."""
    opened(backend, OPENED, OVER)
    assert len(tried(backend, first, NOON + MINUTE).folded) == 1
    assert tried(backend, PERMANENT, NOON + HOUR).turn.delivery.sequence == 1
    end = claim(backend, NOON + 2 * HOUR).turn.delivery
    assert (end.sequence, end.uncertain) == (2, doubtful)


def test_what_came_after_the_attempt_in_doubt_is_not_doubted(backend: Backend) -> None:
    opened(backend, OPENED)
    tried(backend, UNCERTAIN, NOON + MINUTE)
    opened(backend, OVER)
    again = tried(backend, REFUSED, NOON + HOUR)
    assert (again.turn.delivery.uncertain, len(again.folded)) == (True, 1)
    tried(backend, PERMANENT, NOON + 2 * HOUR)
    end = claim(backend, NOON + 3 * HOUR).turn.delivery
    assert (end.sequence, end.uncertain) == (2, False)


def test_what_a_sender_that_died_may_have_told_along_is_marked(backend: Backend) -> None:
    """Nobody knows how far it came."""
    opened(backend, OPENED, OVER)
    claim(backend, NOON + MINUTE)
    died = NOON + MINUTE + LEASE
    assert tried(backend, PERMANENT, died).was_lost
    end = claim(backend, died + HOUR).turn.delivery
    assert (end.sequence, end.uncertain) == (2, True)
