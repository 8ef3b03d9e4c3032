"""The canary's own target, rule and route: marked, so that nobody else hears of it and no list shows it unasked.

The rule: it takes the road that everything takes. What is particular to it is said here, and nothing is spared it.
"""

from __future__ import annotations

from datetime import timedelta

from relay.core.detectors.absent import Absent
from relay.core.detectors.beat import Beat
from relay.core.marks import CANARY, CANARY_INTAKE
from relay.core.measures import Gauge, Metric, Selector
from relay.core.model import Severity
from relay.core.routing import Route
from relay.core.rules import Rule
from relay.core.targets import Target

NAME = CANARY_INTAKE
SOURCE = CANARY
DEADLINE = timedelta(seconds=10)


def target(every: timedelta) -> Target:
    """Return what is polled: a read posts a beat to the relay's own intake."""
    metric = Metric(NAME, Gauge(Selector(NAME)), "s")
    # The own intake that refuses is a trouble for people too, on every other channel.
    return Target(NAME, SOURCE, every, (metric,), Absent(2, Severity.CRITICAL), DEADLINE)


def rule() -> Rule:
    """Return the rule that makes an event of each beat."""
    return Rule(NAME, NAME, Beat(), "s", target=NAME, source=SOURCE, momentary=True)


def route() -> Route:
    """Return the route that leads it to its own channel."""
    return Route(NAME, (NAME,), at_least=Severity.INFO, is_canary=True)
