"""What the strict gate lets through: the rows next to its bounds. A growth of eight hours, seen since the process began."""

from __future__ import annotations

import pytest

from relay.core.detectors.leak.gates import LIGHT, STRICT
from relay.core.detectors.leak.shapes import Shape
from relay.core.detectors.leak.trend import Bend
from relay.core.detectors.leak.verdicts import Reason
from relay.core.detectors.leak.windows import Window

HOUR = 3600.0
HEADROOM, LIMIT = 100.0, 200.0


def window(hours: float = 8.0, requests: float | None = 1.0) -> Window:
    """Return a window over a whole life; only its times and whether it has a counter matter to a gate."""
    at = [hours * HOUR * place / 40 for place in range(41)]
    return Window(at, [100.0] * 41, None if requests is None else [requests * each for each in at], [], 1.0)


def grown(share: float, *, bend: float = 1.0, error: float = 0.05, least_quarter: float = 0.9) -> Shape:
    """Return a growth of a share of the headroom without falls, steps or much noise."""
    growth = share * HEADROOM
    straight = Bend(growth, 1.0, 0.05, 0.02 * growth)
    return Shape(
        growth, Bend(growth, bend, error, 0.02 * growth), 0.0, 0.0, least_quarter, 0.9, straight, False
    )


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        (grown(0.04), None),
        (grown(0.02), Reason.TOO_SMALL),
        # It may bend by its own error: then it is not known to be straight, and must have grown more.
        (grown(0.04, bend=0.98, error=0.2), Reason.TOO_SMALL),
        (grown(0.1, bend=0.98, error=0.2), None),
        # An exponential that has come 30 % of the way is above the limit at last when its slope fell to 0.84.
        (grown(0.3, bend=0.85), None),
        (grown(0.3, bend=0.8, error=0.3), Reason.LEVELS_OFF),
        (grown(0.3, bend=0.8, error=0.5), None),
        # A quarter that brought too little: what pauses is told once half of the room is gone.
        (grown(0.4, least_quarter=0.6), Reason.UNEVEN),
        (grown(0.55, least_quarter=0.6), None),
        (grown(0.4, least_quarter=0.7), None),
        (grown(0.4, bend=1.8), Reason.UNEVEN),
    ],
)
def test_what_is_let_through(shape: Shape, reason: Reason | None) -> None:
    assert STRICT.refusal(window(), shape, HEADROOM, LIMIT) is reason


@pytest.mark.parametrize("hours", [0.5, 1, 2, 4, 8, 16, 32])
def test_the_younger_the_evidence_the_more_is_asked(hours: float) -> None:
    """And more without a counter, of which nothing tells a morning's traffic from a leak."""
    assert STRICT.wanted(window(hours)) >= STRICT.wanted(window(2 * hours))
    assert STRICT.wanted(window(hours, None)) >= STRICT.wanted(window(hours))


@pytest.mark.parametrize("hours", [0.5, 1, 2, 4, 8, 16, 32])
@pytest.mark.parametrize("requests", [None, 1.0])
@pytest.mark.parametrize("earlier", [[], [90.0]])
def test_a_suspicion_asks_for_less_than_a_leak(
    hours: float, requests: float | None, earlier: list[float]
) -> None:
    whole = window(hours, requests)
    part = Window(whole.at, whole.floor, whole.requests, earlier, 0.3 if earlier else 1.0)
    assert LIGHT.wanted(part) < STRICT.wanted(part)
