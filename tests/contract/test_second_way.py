"""Every store finds what a fallback and a digest tell, and claims a digest as a whole."""

from __future__ import annotations

from dataclasses import replace

from relay.core.delivery import DeliveryError, DeliveryState, Failure
from relay.core.fallback import stand_in
from relay.core.model import ChangeKind, Severity
from relay.core.storm import Rate
from relay.core.text import verbatim
from relay.store import Backend
from relay.store.reader import Reader
from tests.building import HOUR, MINUTE, NOON, SECOND, event
from tests.contract.stores import writing
from tests.contract.test_store import LEASE, backend, claimed, hold, opened, reader, recorded

WARNING, CRITICAL, OK = Severity.WARNING, Severity.CRITICAL, Severity.OK
REFUSED = DeliveryError(Failure.REFUSED, "HTTP 503")
__all__ = ["backend", "reader"]  # fixtures


def test_what_is_stuck_is_told_on_the_fallback_once(backend: Backend, reader: Reader) -> None:
    opened(backend, event(), event(fingerprint="fresh"))
    first = claimed(backend)
    assert first is not None
    recorded(backend, first, REFUSED)
    opened(backend, event(OK, NOON + SECOND))
    with writing(backend) as tx:
        tx.know_channel("discord", "settings", NOON)
        # Tried in vain; what is due for a second only may still be taken, and so may what comes behind.
        stuck = tx.stuck("slack", "discord", NOON + 2 * SECOND, 10)
        assert [one.sequence for one, _ in stuck] == [1]
        stuck = tx.stuck("slack", "discord", NOON + MINUTE, 10)
        assert [one.sequence for one, _ in stuck].count(1) == 2
        assert [one.sequence for one, _ in stuck].count(2) == 1
        copies = [stand_in(one, incident, "discord", NOON + MINUTE) for one, incident in stuck]
        tx.enqueue([one for one in copies if one is not None])
        assert tx.stuck("slack", "discord", NOON + HOUR, 10) == []
        assert tx.stood_in(first.turn.incident.id) == {"discord": "slack"}
        tx.settle_channel("slack", refused_at=NOON, reason=verbatim("HTTP 503"))
        claim = tx.claim("discord", "one", NOON + MINUTE, LEASE)
        assert claim is not None
        assert claim.turn.delivery.instead_of == "slack"
        assert (claim.turn.other_refusing_since, claim.turn.other_refusal) == (NOON, verbatim("HTTP 503"))
        assert claim.turn.refusing_since is None


def test_what_is_parked_is_stuck_and_what_is_held_is_not(backend: Backend) -> None:
    opened(backend, event())
    claim = claimed(backend)
    assert claim is not None
    recorded(backend, claim, DeliveryError(Failure.GONE, "HTTP 404"))
    hold(backend, event(fingerprint="held"), NOON + 3 * HOUR)
    with writing(backend) as tx:
        assert [one.state for one, _ in tx.stuck("slack", "discord", NOON + HOUR, 10)] == [
            DeliveryState.PARKED
        ]


def test_a_rate_is_kept(backend: Backend) -> None:
    opened(backend, event(), event(fingerprint="other"))
    with writing(backend) as tx:
        tx.keep_rate("slack", Rate(NOON, 3, 7))
        assert tx.crowd("slack", NOON, 10) == (Rate(NOON, 3, 7), 2)
        assert tx.crowd("slack", NOON, 1) == (Rate(NOON, 3, 7), 1)
        assert tx.crowd("slack", NOON - SECOND, 10)[1] == 0


def test_a_digest_takes_all_that_could_be_told_and_folds_it(backend: Backend, reader: Reader) -> None:
    opened(backend, event(), event(CRITICAL, NOON + SECOND), event(fingerprint="other"))
    hold(backend, event(fingerprint="held"), NOON + HOUR)
    with writing(backend) as tx:
        claim = tx.claim_digest("slack", "one", NOON + MINUTE, LEASE, 10)
        assert tx.claim_digest("slack", "two", NOON + MINUTE, LEASE, 10) is None
        assert tx.claim("slack", "two", NOON + MINUTE, LEASE) is None
    assert claim is not None
    assert sorted(len(entry.kinds) for entry in claim.digest) == [1, 2]
    assert {kind for entry in claim.digest for kind in entry.kinds} == {
        ChangeKind.OPENED,
        ChangeKind.ESCALATED,
    }
    assert recorded(backend, claim, at=NOON + MINUTE)
    with reader.read() as tx:
        told = [one for entry in claim.digest for one in tx.deliveries(entry.incident.id)]
        assert tx.delivery_counts() == {"delivered": 1, "folded": 2, "pending": 1}
    assert {one.told_with for one in told} == {"", claim.turn.delivery.id}


def test_a_digest_that_failed_gives_everything_back(backend: Backend, reader: Reader) -> None:
    """Uncertain, it may have told each of them; refused, none of them."""
    opened(backend, event(), event(fingerprint="other"))
    for failure in (Failure.REFUSED, Failure.UNCERTAIN):
        with writing(backend) as tx:
            claim = tx.claim_digest("slack", "one", NOON + HOUR, LEASE, 10)
            assert claim is not None
            assert not claim.turn.delivery.uncertain
            error = DeliveryError(failure, "no")
            after = replace(claim.turn.delivery.failed(error, NOON + HOUR), due_at=NOON + HOUR)
        recorded(backend, claim, after, at=NOON + HOUR)
        with writing(backend) as tx:
            tx.free_digest(claim, error)
    with writing(backend) as tx:
        claim = tx.claim_digest("slack", "one", NOON + HOUR, LEASE, 10)
        assert claim is not None
        assert claim.turn.delivery.uncertain


def test_a_digest_is_marked_when_one_who_held_it_died(backend: Backend) -> None:
    opened(backend, event(), event(fingerprint="other"))
    with writing(backend) as tx:
        assert tx.claim_digest("slack", "dead", NOON, LEASE, 10) is not None
        again = tx.claim_digest("slack", "alive", NOON + LEASE, LEASE, 10)
        assert again is not None
        assert again.turn.delivery.uncertain


def test_one_incident_is_no_digest(backend: Backend) -> None:
    opened(backend, event(), event(CRITICAL, NOON + SECOND))
    with writing(backend) as tx:
        assert tx.claim_digest("slack", "one", NOON + MINUTE, LEASE, 10) is None
        assert tx.claim("slack", "one", NOON + MINUTE, LEASE) is not None
