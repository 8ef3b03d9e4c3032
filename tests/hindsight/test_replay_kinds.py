"""Replay holds for every kind of rule: each gives again what it gave live, restarts and silences included."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from relay.core.reruns import Fate
from relay.core.rules import Rule
from relay.hindsight.replaying import Table, replay
from relay.pipeline.setup import Setup
from tests.building import HOUR, MINUTE, NOON
from tests.config.loading import loaded
from tests.hindsight.recording import API, RESTART, recorded

CONFIG = """
targets:
  api:
    source: prometheus
    url: http://127.0.0.1:1/metrics
    every: 1m
    memory_limit: 100MB
    metrics: {memory: {gauge: memory, unit: "%"}, free: {gauge: free, unit: "%"}}
rules:
  leak: {kind: leak, metric: memory}
  full: {kind: forecast, metric: memory, warning_within: 3h, critical_within: 1h}
  low: {kind: forecast, metric: free, below: true, limit: 0, warning_within: 3h}
  odd: {kind: anomaly, metric: memory, severity: warning}
"""


def rules() -> tuple[Rule, ...]:
    return loaded(CONFIG).rules


def story(seed: int) -> list[float | str | None]:
    """Noise, a leak, a restart of the process, a spike, a silence; the relay restarts now and then."""
    chance = random.Random(seed)
    level, run = 20.0, list[float | str | None]()
    for minute in range(900):
        if minute == 620:
            level = 20.0
        level += 0.12 if 100 < minute < 620 else 0.0
        spike = 45 if minute % 311 == 7 and minute > 300 else 0
        run.append(None if 700 < minute < 705 else min(99.0, level + spike + chance.uniform(-0.4, 0.4)))
        if chance.random() < 0.01:
            run.append(RESTART)
    return run


@pytest.mark.parametrize("seed", [1])
def test_every_kind_gives_again_what_it_gave_live(tmp_path: Path, seed: int) -> None:
    """From the beginning of what is stored, and from the middle of it."""
    known = rules()
    setup = Setup(rules=known)
    with recorded(tmp_path, *story(seed), setup=setup) as reader:
        table = Table(known, (API,), setup.policy)
        whole = replay(reader, table, NOON, NOON + 30 * HOUR)
        part = replay(reader, table, NOON + 450 * MINUTE, NOON + 30 * HOUR)
    assert {pair.happened.incident.kind for pair in whole.pairs if pair.happened} >= {"leak", "full"}
    assert [(p.fate, p.happened, p.would) for p in whole.pairs if p.fate is not Fate.SAME] == []
    assert [(p.fate, p.happened, p.would) for p in part.pairs if p.fate is not Fate.SAME] == []
