"""What begins an incident is claimed at once with few questions: every store gives the very claim that it gives otherwise."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest

from relay.core.delivery import DeliveryError, Failure
from relay.core.identity import received
from relay.core.model import Severity
from relay.core.routing import Route
from relay.core.storm import Rate
from relay.core.text import verbatim
from relay.store import Backend
from relay.store.deliveries import Claim
from relay.store.transactions import Transaction
from tests.building import MINUTE, NOON, SECOND, event
from tests.contract.stores import writing
from tests.contract.test_store import LEASE, backend, claimed, opened, recorded, take

__all__ = ["backend"]  # a fixture


class Undone(Exception):
    """Leaves a transaction without keeping what it did."""


def both(backend: Backend, *, refuses: bool = False) -> tuple[Claim | None, Claim | None]:
    """Return the claim of what an event opens as it is always made, and as it is made in the step that opens it."""
    claims: list[Claim | None] = []

    def begun(tx: Transaction) -> Claim:
        change = take(tx, event(value=91.5), [Route("all", ("slack",))])
        assert change is not None
        (delivery,) = tx.deliveries(change.incident.id)
        ready = tx.readiness("slack", delivery.id)
        assert ready is not None
        return tx.claim_first(change, delivery, ready, "one", NOON + LEASE)

    def always(tx: Transaction) -> Claim | None:
        take(tx, event(value=91.5), [Route("all", ("slack",))])
        return tx.claim("slack", "one", NOON, LEASE)

    for way in (always, begun):
        with suppress(Undone), writing(backend) as tx:
            tx.know_channel("slack", "settings", NOON)
            if refuses:
                tx.settle_channel("slack", refused_at=NOON - MINUTE, reason=verbatim("HTTP 503"))
            claims.append(way(tx))
            # Held by the lease: nobody else takes it meanwhile, and it is taken again when that has run out.
            assert tx.claim("slack", "other", NOON + SECOND, LEASE) is None
            again = tx.claim("slack", "other", NOON + LEASE, LEASE)
            assert again is not None
            assert (again.token, again.turn.delivery.uncertain) == (2, True)
            raise Undone
    return claims[0], claims[1]


@pytest.mark.parametrize("refuses", [False, True])
def test_the_claim_is_the_same_as_any_other(backend: Backend, *, refuses: bool) -> None:
    always, first = both(backend, refuses=refuses)
    assert always is not None
    assert first == always


def test_readiness_says_what_a_claim_must_know(backend: Backend) -> None:
    opened(backend, event())
    with writing(backend) as tx:
        ready = tx.readiness("slack", "")
        assert ready is not None
        assert (ready.ready_at <= NOON, ready.has_others, ready.refusal) == (True, True, None)
        (waiting,) = [one.id for one in tx.deliveries(received(NOON, event().id))]
        alone = tx.readiness("slack", waiting)
        assert alone is not None
        assert not alone.has_others
        tx.keep_rate("slack", Rate(NOON, 3, 7))
        tx.pace("slack", NOON + MINUTE, NOON + SECOND)
        later = tx.readiness("slack", "")
        assert later is not None
        assert (later.rate, later.ready_at) == (Rate(NOON, 3, 7), NOON + MINUTE)
        tx.pace("slack", NOON, NOON + 2 * MINUTE)
        busy = tx.readiness("slack", "")
        assert busy is not None
        assert busy.ready_at == NOON + 2 * MINUTE


def test_a_parked_channel_is_not_ready(backend: Backend) -> None:
    opened(backend, event())
    claim = claimed(backend)
    assert claim is not None
    with writing(backend) as tx:
        tx.park_channel("slack", verbatim("HTTP 404"), NOON)
        assert tx.readiness("slack", "") is None


def test_an_attempt_of_a_first_turn_is_recorded_by_its_token(backend: Backend) -> None:
    with writing(backend) as tx:
        tx.know_channel("slack", "settings", NOON)
        change = take(tx, event(Severity.CRITICAL), [Route("all", ("slack",))])
        assert change is not None
        (delivery,) = tx.deliveries(change.incident.id)
        ready = tx.readiness("slack", delivery.id)
        assert ready is not None
        claim = tx.claim_first(change, delivery, ready, "one", NOON + timedelta(seconds=30))
    assert recorded(backend, claim, DeliveryError(Failure.REFUSED, "HTTP 503"))
    again = claimed(backend, NOON + MINUTE)
    assert again is not None
    assert (again.attempt, again.token, again.turn.delivery.uncertain) == (2, 2, False)
    assert not recorded(backend, claim)
