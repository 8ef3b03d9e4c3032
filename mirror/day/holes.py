"""2025-10-09: no metrics for 80 minutes, then half of them, while expired certificates refuse half of the connections."""

from __future__ import annotations

from datetime import datetime, timedelta

from mirror.http.faults import Fault
from mirror.world.holes import Hole
from mirror.world.scenario import Happening, Kind, Scenario, Trouble

MINUTE = timedelta(minutes=1)
NOMINAL, CERTIFICATES_MENDED = 80 * MINUTE, 179 * MINUTE


def open_up(scenario: Scenario, at: datetime) -> Fault:
    """Let the holes begin at ``at``; return what stands for the certificates where there is no TLS."""
    nothing = Hole(at, at + NOMINAL)
    half = Hole(at + NOMINAL, at + CERTIFICATES_MENDED, kept=0.5)
    begin = Happening(at, lambda platform, _: platform.holes.extend((nothing, half)))
    scenario.add([begin], Trouble(Kind.NO_METRICS, nothing.since, nothing.until))
    return Fault("/v4/stats/|/api/v0/", is_cut=True, share=0.5, since=half.since, until=half.until)
