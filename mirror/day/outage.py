"""2024-08-02: the message bus fails, notifications come hours late, metrics go, and monitoring sees dead machines.

From the platform's postmortem, in minutes after 10:08 of that day: notification events were rerouted at 102, read from 182
on and through at 221, out of a backlog of about 100,000; metrics ingestion was off from 162 and the metrics store then down for
hours; late probes were taken for dead machines, about three times the usual number of deployments; at 207 monitoring was
paused, so an outage then had no event and no restart.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from mirror.day.deploying import deploying
from mirror.posting.disorder import Hold
from mirror.world.holes import Hole
from mirror.world.identifiers import chance
from mirror.world.nouns import Application
from mirror.world.scenario import Happening, Kind, Scenario, Trouble

MINUTE = timedelta(minutes=1)
READ, THROUGH, METRICS_OFF, PAUSED = (minutes * MINUTE for minutes in (182, 221, 162, 207))
METRICS_BACK = METRICS_OFF + timedelta(hours=3)
# The share of applications that monitoring restarts although nothing is wrong with them.
RESTARTED = 0.3


def strike(scenario: Scenario, applications: Sequence[Application], at: datetime) -> Hold:
    """Let the outage begin at ``at``; return how notifications are kept back."""
    for one in applications:
        if chance("restarted for nothing", one.id) < RESTARTED:
            when = at + 15 * MINUTE + (PAUSED - 20 * MINUTE) * chance("restarted at", one.id)
            scenario.add(deploying(one.id, when, 2 * MINUTE, cause="Monitoring/Unreachable"))
    hole = Hole(at + METRICS_OFF, at + METRICS_BACK)
    begin = Happening(hole.since, lambda platform, _: platform.holes.append(hole))
    scenario.add([begin], Trouble(Kind.NO_METRICS, hole.since, hole.until))
    _fall_silently(scenario, applications[0], at + PAUSED + 5 * MINUTE)
    return Hold(at, at + READ, at + READ, at + THROUGH)


def _fall_silently(scenario: Scenario, application: Application, at: datetime) -> None:
    """One application goes down while nobody restarts it, until somebody does by hand."""
    crashed = Happening(at, lambda platform, when: platform.crash(application.id, when))
    helped, lasting = at + 50 * MINUTE, 2 * MINUTE
    restarted = deploying(application.id, helped, lasting, cause="Console")
    trouble = Trouble(Kind.DOWN, at, helped + lasting, application.id)
    scenario.add([crashed, *restarted], trouble)
