"""A simulated day: what ordinary applications live through, and two of the platform's own bad days in it.

The bad days are those of its public postmortems: 2024-08-02 (message bus and metrics) and 2025-10-09 (holes, then expired
certificates). Everything is drawn from the applications' ids, so a day is the same in every run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mirror.day import holes, ordinary, outage
from mirror.http.faults import Fault
from mirror.mirroring import Mirror
from mirror.posting.disorder import Disorder, Hold
from mirror.world.nouns import Application, User
from mirror.world.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Day:
    """What is to happen, in the world and on the wires; ``scenario.troubles`` is what of it is true."""

    scenario: Scenario
    holds: tuple[Hold, ...]
    faults: tuple[Fault, ...]

    def begin(self, mirror: Mirror) -> None:
        """Let the day happen on a mirror as its time passes."""
        mirror.scenario.add(self.scenario.happenings, *self.scenario.troubles)
        mirror.post.disorder = Disorder(
            late=timedelta(seconds=5), lost=0.01, duplicated=0.02, holds=self.holds
        )
        for fault in self.faults:
            mirror.fail(fault)


def day(applications: Sequence[Application], user: User, midnight: datetime, *, bad: bool = True) -> Day:
    """Return a day from ``midnight``; with ``bad``, the outage begins at 08:08 and the holes at 17:40."""
    scenario = Scenario()
    for application in applications:
        ordinary.live(scenario, application, user, midnight)
    if not bad:
        return Day(scenario, (), ())
    hold = outage.strike(scenario, applications, midnight + timedelta(hours=8, minutes=8))
    fault = holes.open_up(scenario, midnight + timedelta(hours=17, minutes=40))
    return Day(scenario, (hold,), (fault,))
