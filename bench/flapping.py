"""How often a bad threshold is told of: ``python -m bench.flapping [series a family] [days]``.

The threshold of each generated series is its own median, then its 75th percentile: as bad as a threshold can be chosen. Machines
in the manner of public traces (per cent, one sample in 15 s): a daily cycle, noise that hangs on, batches, steps, spikes, drift.
Counted is every message that a channel would get, the end of a trouble too, by the relay's own engine and incidents.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import exp, pi, sin
from pathlib import Path
from random import Random
from statistics import fmean
from typing import cast

from relay.config import load
from relay.core import engine
from relay.core.detectors import Level
from relay.core.detectors.threshold import Threshold
from relay.core.incidents import Past, Policy, apply
from relay.core.model import Change, ChangeKind, Incident, Sample, Series, Severity
from relay.core.rules import Rule

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
EVERY = timedelta(seconds=15)
MINUTES = timedelta(minutes=1)
DAY = int(timedelta(days=1) / EVERY)
SERIES = Series("machine", "cpu")
Family = Callable[[Random, int], Iterator[float]]


def lasting(dice: Random, spread: float, minutes: float) -> Iterator[float]:
    """Yield noise that hangs on for about so many minutes."""
    kept, value = exp(-1 / (minutes * 4)), dice.gauss(0, spread)
    while True:
        yield value
        value = kept * value + dice.gauss(0, spread * (1 - kept * kept) ** 0.5)


def flat(dice: Random, length: int) -> Iterator[float]:
    """A level with noise."""
    slow = lasting(dice, dice.uniform(1, 4), dice.choice((2, 10, 40)))
    for _ in range(length):
        yield 45 + next(slow) + dice.gauss(0, 1)


def daily(dice: Random, length: int) -> Iterator[float]:
    """A day's load."""
    slow, swing, shift = lasting(dice, dice.uniform(1, 4), 20), dice.uniform(5, 20), dice.random()
    for at in range(length):
        yield 45 + swing * sin(2 * pi * (at / DAY + shift)) + next(slow) + dice.gauss(0, 1.5)


def batches(dice: Random, length: int) -> Iterator[float]:
    """Jobs of some minutes on a quiet machine."""
    slow, left = lasting(dice, 1.5, 10), 0
    for _ in range(length):
        if not left and dice.random() < 1 / 480:
            left = dice.randint(20, 160)
        left = max(0, left - 1)
        yield 30 + (dice.uniform(20, 30) if left else 0) + next(slow)


def steps(dice: Random, length: int) -> Iterator[float]:
    """A level that changes a few times a day."""
    slow, level = lasting(dice, 2, 10), 45.0
    for _ in range(length):
        if dice.random() < 4 / DAY:
            level = dice.uniform(25, 65)
        yield level + next(slow) + dice.gauss(0, 1)


def spikes(dice: Random, length: int) -> Iterator[float]:
    """A level with short spikes."""
    slow = lasting(dice, 2, 10)
    for _ in range(length):
        yield 40 + next(slow) + (dice.uniform(20, 50) if dice.random() < 0.01 else 0)


def drift(dice: Random, length: int) -> Iterator[float]:
    """A level that wanders."""
    slow = lasting(dice, 10, 600)
    for _ in range(length):
        yield 50 + next(slow) + dice.gauss(0, 0.5)


FAMILIES: tuple[Family, ...] = (flat, daily, batches, steps, spikes, drift)


@dataclass(frozen=True)
class Setting:
    """One way to damp; minutes, and points below the threshold."""

    name: str
    hold: float = 0
    slack: float = 0
    release: float = 0

    def detector(self, enter: float) -> Threshold:
        """Return the detector for one threshold."""
        return Threshold(
            (Level(Severity.WARNING, enter, enter - self.slack),),
            hold=timedelta(minutes=self.hold),
            release=timedelta(minutes=self.release),
        )


SETTINGS = (
    Setting("nothing"),
    Setting("for 2m", 2),
    Setting("for 5m", 5),
    Setting("5 points", 0, 5),
    Setting("for 2m, 3 points, release 2m", 2, 3, 2),
    Setting("for 5m, 5 points, release 5m", 5, 5, 5),
)


def shipped() -> Threshold:
    """Return the detector of the row cpu of the shipped configuration."""
    environment = {
        "SLACK_WEBHOOK_URL": "http://127.0.0.1/",
        "DISCORD_WEBHOOK_URL": "http://127.0.0.1/",
        "CLEVER_WEBHOOK_SECRET": "benchmark-benchmark",
    }
    config = load(Path("config.yaml"), environment)
    return next(cast(Threshold, rule.detector) for rule in config.rules if rule.name == "cpu")


def relay(enter: float, like: Threshold) -> Threshold:
    """Return the shipped row with another threshold: 5 points below it, as the row memory has, is where it is left."""
    return replace(like, levels=(Level(Severity.WARNING, enter, enter - 5),))


def messages(detector: Threshold, values: Sequence[float]) -> tuple[int, int, float]:
    """Return how many messages there are, how many of them say that trouble begins, and how long an incident is open."""
    rule = Rule("cpu", "cpu", detector, "%")
    state, policy = detector.start(Severity.OK), Policy()
    incident: Incident | None = None
    told = begun = opened = 0
    for at, value in enumerate(values):
        present = incident.severity if incident is not None and incident.is_open else Severity.OK
        judged = engine.judge(rule, SERIES, state, Sample(BEGAN + at * EVERY, value), present)
        state = judged.state
        if judged.event is not None:
            change = apply(Past(incident), judged.event, policy)
            if isinstance(change, Change):
                incident = change.incident
                told += change.kind is not ChangeKind.UPDATED
                begun += change.kind in (ChangeKind.OPENED, ChangeKind.REOPENED)
        opened += incident is not None and incident.is_open
    return told, begun, opened / len(values)


def main() -> None:
    """Print the table."""
    each, days = (int(word) for word in (*sys.argv[1:], *("2", "3")[len(sys.argv) - 1 :]))
    made = [
        (family.__name__, list(family(Random(f"{family.__name__}/{seed}"), days * DAY)))
        for family in FAMILIES
        for seed in range(each)
    ]
    like = shipped()
    ways = [(one.name, one.detector) for one in SETTINGS]
    undamped = replace(like, damping=timedelta(0))
    ways.append(("the row cpu, damping 0s", lambda enter: relay(enter, undamped)))
    ways.append(("the row cpu", lambda enter: relay(enter, like)))
    ways.append(("the row cpu, release 5m", lambda enter: relay(enter, replace(like, release=MINUTES * 5))))
    ways.append(("the row cpu, release 15m", lambda enter: relay(enter, replace(like, release=MINUTES * 15))))
    for part, name in ((0.5, "median"), (0.75, "75th percentile")):
        print(f"\nmessages a series-day, threshold at the {name}; {len(made)} series of {days} days")
        print(
            f"{'':32}{'all':>7}{'begin':>7}{'open':>7}"
            + "".join(f"{family.__name__:>9}" for family in FAMILIES)
        )
        for way, detector in ways:
            found = [(family, *messages(detector(_at(values, part)), values)) for family, values in made]
            row = [
                fmean(told for name, told, *_ in found if name == family.__name__) / days
                for family in FAMILIES
            ]
            begun = fmean(begun for _, _, begun, _ in found) / days
            is_open = fmean(part for *_, part in found)
            print(
                f"{way:32}{fmean(row):7.1f}{begun:7.1f}{is_open:7.2f}"
                + "".join(f"{one:9.1f}" for one in row),
                flush=True,
            )


def _at(values: Sequence[float], part: float) -> float:
    return sorted(values)[int(part * len(values))]


if __name__ == "__main__":
    main()
