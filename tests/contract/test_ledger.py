"""Every store lists what is not told and has it tried again, once however often it is asked."""

from __future__ import annotations

import pytest

from relay.core.delivery import DeliveryError, DeliveryState, Failure
from relay.core.model import Severity
from relay.core.text import verbatim
from relay.store import Backend
from relay.store.ledger import Wanted
from relay.store.reader import Reader
from tests.building import HOUR, MINUTE, NOON, SECOND, event
from tests.contract.stores import writing
from tests.contract.test_store import LEASE, backend, claimed, hold, opened, reader, recorded

PENDING, PARKED, GIVEN_UP = DeliveryState.PENDING, DeliveryState.PARKED, DeliveryState.GIVEN_UP
__all__ = ["backend", "reader"]  # fixtures


def left(backend: Backend, failure: Failure) -> str:
    """Leave one delivery as the failure leaves it; return its id."""
    opened(backend, event())
    claim = claimed(backend)
    assert claim is not None
    recorded(backend, claim, DeliveryError(failure, "no", retry_after=HOUR))
    return claim.turn.delivery.id


@pytest.mark.parametrize(
    ("failure", "state"),
    [(Failure.GONE, PARKED), (Failure.PERMANENT, GIVEN_UP), (Failure.REFUSED, PENDING)],
)
def test_what_is_not_told_is_tried_again_once(
    backend: Backend, reader: Reader, failure: Failure, state: DeliveryState
) -> None:
    one = left(backend, failure)
    with reader.read() as tx:
        [letter] = tx.letters(Wanted((state,)))
        assert (letter.delivery.id, letter.attempts) == (one, 1)
        assert (
            tx.letters(Wanted(tuple(other for other in (PENDING, PARKED, GIVEN_UP) if other != state))) == []
        )
        assert tx.letters(Wanted((state,), channel="discord")) == []
        assert tx.letters(Wanted((state,)), letter.place) == []
    with writing(backend) as tx:
        assert tx.redeliver([one, one, "nothing"], NOON + MINUTE) == 1
        assert tx.redeliver([one], NOON + MINUTE) == 0
    claim = claimed(backend, NOON + MINUTE)
    assert claim is not None
    assert claim.turn.delivery.id == one
    assert claim.attempt == 2
    with writing(backend) as tx:
        assert tx.redeliver([one], NOON + MINUTE + SECOND) == 0  # it is being sent
    recorded(backend, claim)
    with writing(backend) as tx:
        assert tx.redeliver([one], NOON + 2 * MINUTE) == 0  # told


def test_what_was_never_tried_is_left_to_its_silence(backend: Backend) -> None:
    hold(backend, event(), NOON + HOUR)
    with writing(backend) as tx:
        [letter] = tx.letters(Wanted())
        assert tx.redeliver([letter.delivery.id], NOON + MINUTE) == 0


def test_a_parked_channel_is_tried_again(backend: Backend) -> None:
    one = left(backend, Failure.GONE)
    with writing(backend) as tx:
        tx.park_channel("slack", verbatim("HTTP 404"), NOON)
    opened(backend, event(Severity.CRITICAL, NOON + SECOND, fingerprint="behind"))
    with writing(backend) as tx:
        assert [letter.delivery.state for letter in tx.letters(Wanted((PARKED,)))] == [PENDING, PARKED]
        assert tx.letters(Wanted((PENDING,))) == []
        assert tx.redeliver([one], NOON + MINUTE) == 1
        (channel,) = tx.channels()
        assert channel.parked_at is None
        assert channel.refusing_since == NOON  # nothing has arrived yet
        assert tx.ready_channels(NOON + MINUTE) == ["slack"]


def test_a_channel_that_is_gone_from_the_configuration_stays_parked(backend: Backend) -> None:
    one = left(backend, Failure.GONE)
    with writing(backend) as tx:
        tx.retire_channels([], NOON)
        tx.redeliver([one], NOON + MINUTE)
        (channel,) = tx.channels()
        assert channel.parked_at is not None


def test_given_up_long_ago_it_has_its_whole_day_again(backend: Backend) -> None:
    one = left(backend, Failure.PERMANENT)
    with writing(backend) as tx:
        tx.redeliver([one], NOON + 100 * HOUR)
    claim = claimed(backend, NOON + 100 * HOUR)
    assert claim is not None
    after = claim.turn.delivery.failed(DeliveryError(Failure.REFUSED, "no"), NOON + 100 * HOUR)
    assert after.state is PENDING
    assert after.due_at - (NOON + 100 * HOUR) < MINUTE


def test_a_digest_is_listed_with_all_that_it_told(backend: Backend, reader: Reader) -> None:
    opened(backend, event(), event(fingerprint="other"), event(fingerprint="third"))
    with writing(backend) as tx:
        claim = tx.claim_digest("slack", "one", NOON, LEASE, 10)
    assert claim is not None
    recorded(backend, claim)
    with reader.read() as tx:
        assert len(tx.letters(Wanted(told_with=claim.turn.delivery.id))) == 3
        assert tx.letters(Wanted()) == []
