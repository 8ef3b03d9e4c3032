"""Which route leaks: named when the traffic tells it apart, not named when it doesn't."""

from __future__ import annotations

from random import Random

import pytest

from relay.core.detectors.suspect import Ledger, suspects

ROUTES = ("/games", "/popular", "/rentals")


def ledger(
    minutes: int, leaks: tuple[float, float, float], *, together: bool, restart_at: int = -1
) -> Ledger:
    """Run traffic of bursts of its own for each route, or one rhythm for all, over a leaking process."""
    dice, book = Random(3), Ledger(ROUTES)
    counts, memory = [0.0, 0.0, 0.0], 100.0
    for minute in range(minutes):
        if minute == restart_at:
            counts, memory = [0.0, 0.0, 0.0], 100.0
        burst = [dice.choice((1, 8)) for _ in ROUTES] if not together else [1 + minute % 7] * 3
        counts = [count + 10 * more for count, more in zip(counts, burst, strict=True)]
        memory += sum(10 * more * leak for more, leak in zip(burst, leaks, strict=True))
        book.add(minute * 60.0, memory + dice.gauss(0, 0.5), dict(zip(ROUTES, counts, strict=True)))
    return book


def test_the_guilty_route_is_named_with_what_a_request_leaves_behind() -> None:
    """And the innocent ones have next to no part."""
    found = suspects(ledger(240, (0.0, 0.05, 0.0), together=False))
    assert found.guilty == "/popular"
    assert found.shares[0].per_request == pytest.approx(0.05, rel=0.1)
    low, high = found.shares[0].interval
    assert low < 0.05 < high


def test_traffic_that_cannot_tell_names_nobody() -> None:
    """All routes rise together: any of them could be it."""
    assert suspects(ledger(240, (0.0, 0.05, 0.0), together=True)).guilty is None


def test_two_that_leak_alike_are_both_listed_and_none_is_named() -> None:
    """Half each is no single culprit."""
    found = suspects(ledger(400, (0.04, 0.0, 0.04), together=False))
    assert found.guilty is None
    assert {share.route for share in found.shares[:2]} == {"/games", "/rentals"}


def test_a_restart_teaches_and_forgets_nothing() -> None:
    """Each life is centred on its own means."""
    assert suspects(ledger(240, (0.0, 0.05, 0.0), together=False, restart_at=120)).guilty == "/popular"


def test_little_data_accuses_nobody() -> None:
    """Twenty minutes are the least."""
    assert suspects(ledger(10, (0.0, 0.05, 0.0), together=False)).shares == ()
    assert suspects(Ledger(())).guilty is None


def test_what_is_no_number_is_left_out() -> None:
    """A NaN of a source must not spoil what was learned."""
    book = ledger(240, (0.0, 0.05, 0.0), together=False)
    book.add(1e6, float("nan"), {"/popular": 1e9})
    assert suspects(book).guilty == "/popular"
