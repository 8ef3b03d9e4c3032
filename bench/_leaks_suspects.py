"""The lab's eight routes under four kinds of traffic, one or two of them leaking, and how often the guilty one is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import pi, sin
from random import Random

from bench._leaks_world import HOUR, poisson
from relay.core.detectors.suspect import Ledger, Suspects, suspects

ROUTES = ("/", "/health", "/games", "/games/<id>", "/popular", "/customers", "/rentals", "/images")
# Shares of the traffic, and kilobytes that a request leaves behind: the lab's leaky cache.
MIX = (0.05, 0.1, 0.2, 0.3, 0.15, 0.08, 0.07, 0.05)
LAB = (0.0, 0.0, 2.0, 1.0, 60.0, 0.0, 0.0, 0.0)
Shares = Callable[[float], list[float]]


@dataclass(frozen=True)
class Trial:
    """One run's answer."""

    named: str | None
    likeliest: str | None
    error: float


def constant(_dice: Random) -> Shares:
    """The same mix all the time: only chance tells routes apart."""
    return lambda _at: list(MIX)


def bursts(dice: Random) -> Shares:
    """Each route has minutes of several times its share."""
    peaks = [[dice.uniform(0, 12 * HOUR) for _ in range(24)] for _ in ROUTES]

    def shares(at: float) -> list[float]:
        return [
            share * (6 if any(0 <= at - peak < 600 for peak in own) else 1)
            for share, own in zip(MIX, peaks, strict=True)
        ]

    return shares


def drifting(dice: Random) -> Shares:
    """Shares that wander over hours, each on its own."""
    waves = [(dice.uniform(1, 6) * HOUR, dice.uniform(0, 2 * pi)) for _ in ROUTES]
    return lambda at: [
        share * (1 + 0.7 * sin(2 * pi * at / period + phase))
        for share, (period, phase) in zip(MIX, waves, strict=True)
    ]


def sessions(_dice: Random) -> Shares:
    """Every route rises and falls with the sessions: collinear but for chance."""
    return lambda at: [share * (1 + 0.6 * sin(2 * pi * at / (3 * HOUR))) for share in MIX]


TRAFFIC: dict[str, Callable[[Random], Shares]] = {
    "constant mix": constant,
    "sessions": sessions,
    "bursts": bursts,
    "drifting": drifting,
}


def trial(seed: int, kind: str, hours: float, used: float, leaks: tuple[float, ...] = LAB) -> Trial:
    """Run a process for ``hours`` so that ``used`` of a headroom of 350 MB leaks, and ask."""
    dice = Random(f"{kind}/{hours}/{used}/{seed}")
    shares = TRAFFIC[kind](dice)
    mean = sum(share * kb for share, kb in zip(MIX, leaks, strict=True)) / 1024
    rate = used * 350 / mean / (hours * HOUR)
    ledger, counts, memory, wander = Ledger(ROUTES), [0.0] * len(ROUTES), 150.0, 0.0
    for minute in range(int(hours * 60)):
        asked = [poisson(dice, rate * 60 * share) for share in shares(minute * 60.0)]
        counts = [count + more for count, more in zip(counts, asked, strict=True)]
        memory += sum(more * kb for more, kb in zip(asked, leaks, strict=True)) / 1024
        # A working set that follows the rate, a wander of a quarter of an hour, noise, and rounding to half a megabyte.
        wander = 0.94 * wander + dice.gauss(0, 0.5)
        seen = memory + 5 * sum(asked) / max(rate * 60, 1e-9) + wander + dice.gauss(0, 0.8)
        ledger.add(minute * 60.0, round(seen * 2) / 2, dict(zip(ROUTES, counts, strict=True)))
    return _judged(suspects(ledger), leaks, counts)


def _judged(found: Suspects, leaks: tuple[float, ...], counts: list[float]) -> Trial:
    guilty = max(range(len(leaks)), key=lambda i: leaks[i] * counts[i])
    told = next((share.per_request for share in found.shares if share.route == ROUTES[guilty]), 0.0)
    return Trial(
        None if found.guilty is None else ("right" if found.guilty == ROUTES[guilty] else "wrong"),
        found.shares[0].route if found.shares and found.shares[0].route == ROUTES[guilty] else None,
        abs(told * 1024 - leaks[guilty]) / leaks[guilty],
    )


def table(trials: int) -> None:
    """Print how often the guilty route comes first, is named, and is wrongly named."""
    print(
        f"\nguilty route, {trials} trials a cell\n{'traffic':<14}{'hours':>6}{'used':>6}{'first':>7}{'named':>7}{'wrong':>7}{'KB err':>8}"
    )
    for kind in TRAFFIC:
        for hours, used in ((1, 0.5), (4, 0.2), (4, 0.5), (12, 0.5)):
            found = [trial(seed, kind, hours, used) for seed in range(trials)]
            errors = sorted(each.error for each in found)
            first, named, wrong = (
                sum(test(each) for each in found) / trials
                for test in (
                    lambda each: each.likeliest is not None,
                    lambda each: each.named == "right",
                    lambda each: each.named == "wrong",
                )
            )
            print(
                f"{kind:<14}{hours:>6}{used:>6}{first:>7.2f}{named:>7.2f}{wrong:>7.2f}{errors[trials // 2]:>8.2f}"
            )
