"""How each polled target stands: whether it gives a sign of life, what it measured last, and against which thresholds.

The rule: no data is its own state. It is never shown as fine, whether the target is silent or nobody reads it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from relay.core.detectors import Level
from relay.core.model import Severity
from relay.core.rules import POLLED, Rule
from relay.core.targets import Target
from relay.core.text import Text
from relay.store.incidents import Trouble
from relay.store.targets import Latest, TargetState
from relay.store.transactions import ReadTransaction

# Beyond this many periods without a read, nobody reads the target: the scheduler stands still.
_MISSED_PERIODS = 3


class Life(StrEnum):
    """The sign of life of a target."""

    OK = "ok"
    FIRING = "firing"
    NO_DATA = "no data"
    NEVER_READ = "never read"


@dataclass(frozen=True, slots=True)
class Measured:
    """The newest value of one series, how bad it is, and the levels of the rule that judges it."""

    latest: Latest
    rule: Rule | None
    severity: Severity
    incident_id: str | None
    is_old: bool

    @property
    def levels(self) -> tuple[Level, ...]:
        """The thresholds, from mild to severe."""
        return self.rule.detector.levels if self.rule is not None else ()


@dataclass(frozen=True, slots=True)
class Standing:
    """How a target stands. ``since`` is since when there is no data, ``severity`` the worst of its open incidents."""

    target: Target
    life: Life
    severity: Severity
    since: datetime | None
    reason: Text | None
    misses: int
    read_at: datetime | None
    measured: tuple[Measured, ...]
    open_incidents: tuple[Trouble, ...]


class Sign(NamedTuple):
    """What the list of incidents shows of a target."""

    name: str
    life: Life
    severity: Severity
    since: datetime | None


def standings(
    tx: ReadTransaction, targets: Sequence[Target], rules: Sequence[Rule], at: datetime
) -> list[Standing]:
    """Return how every configured target stands, in the order of their names."""
    states, troubles = _states(tx), _troubles(tx)
    latest: defaultdict[str, list[Latest]] = defaultdict(list)
    for newest in tx.latest():
        latest[newest.series.target].append(newest)
    return [
        _standing(
            target,
            states.get(target.name),
            troubles[target.name],
            latest[target.name],
            rules,
            at,
        )
        for target in sorted(targets, key=lambda target: target.name)
    ]


def signs(tx: ReadTransaction, targets: Sequence[Target], at: datetime) -> tuple[Sign, ...]:
    """Return the sign of life of every configured target, in the order of their names."""
    if not targets:
        return ()
    states, troubles = _states(tx), _troubles(tx)
    standing = [
        _standing(target, states.get(target.name), troubles[target.name], (), (), at)
        for target in sorted(targets, key=lambda target: target.name)
    ]
    return tuple(Sign(one.target.name, one.life, one.severity, one.since) for one in standing)


def _states(tx: ReadTransaction) -> dict[str, TargetState]:
    return {state.name: state for state in tx.target_states()}


def _troubles(tx: ReadTransaction) -> defaultdict[str, list[Trouble]]:
    troubles: defaultdict[str, list[Trouble]] = defaultdict(list)
    for trouble in tx.open_troubles(POLLED):
        troubles[trouble.target].append(trouble)
    return troubles


def _standing(
    target: Target,
    state: TargetState | None,
    troubles: Sequence[Trouble],
    latest: Sequence[Latest],
    rules: Sequence[Rule],
    at: datetime,
) -> Standing:
    read_at = state.read_at if state is not None else None
    misses = state.silent.misses if state is not None else 0
    worst = max((trouble.severity for trouble in troubles), default=Severity.OK)
    patience = target.every * _MISSED_PERIODS + target.deadline
    by_fingerprint = {trouble.fingerprint: trouble for trouble in troubles}
    return Standing(
        target=target,
        life=_life(read_at, misses, worst, at, patience),
        severity=worst,
        since=(state.silent.since if state is not None and misses else None) or read_at,
        reason=state.silent.reason if state is not None else None,
        misses=misses,
        read_at=read_at,
        measured=tuple(
            _measured(newest, rules, by_fingerprint, at - patience - target.lag) for newest in latest
        ),
        open_incidents=tuple(troubles),
    )


def _life(read_at: datetime | None, misses: int, worst: Severity, at: datetime, patience: timedelta) -> Life:
    if misses:
        return Life.NO_DATA
    if read_at is None:
        return Life.NEVER_READ
    if at - read_at > patience:
        return Life.NO_DATA
    return Life.FIRING if worst >= Severity.WARNING else Life.OK


def _measured(
    newest: Latest, rules: Sequence[Rule], troubles: Mapping[str, Trouble], oldest: datetime
) -> Measured:
    """Judge by the open incidents alone: a page repeats what the rules decided, it decides nothing."""
    judging = [rule for rule in rules if rule.judges(newest.series)]
    found = [troubles.get(rule.fingerprint(newest.series)) for rule in judging]
    firing = max((trouble for trouble in found if trouble), key=lambda one: one.severity, default=None)
    shown = next(
        (rule for rule, trouble in zip(judging, found, strict=True) if trouble is firing),
        judging[0] if judging else None,
    )
    return Measured(
        latest=newest,
        rule=shown,
        severity=firing.severity if firing is not None else Severity.OK,
        incident_id=firing.incident_id if firing is not None else None,
        is_old=newest.sample.at < oldest,
    )
