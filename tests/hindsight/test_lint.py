"""``relay lint``: each finding is there where it belongs, and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner

from relay import app
from relay.cli import main
from relay.core.model import Sample, Series
from relay.store.sqlite import SqliteBackend
from relay.store.transactions import Transaction
from tests.building import MINUTE, event

CONFIG = """
store: sqlite:///{folder}/relay.db
targets:
  api:
    source: prometheus
    url: http://127.0.0.1:1/metrics
    every: 1m
    labels: {{team: shop}}
    metrics: {{memory: {{gauge: memory, unit: "%"}}, free: {{gauge: free}}}}
rules:
  memory: {{warning: 70, critical: 90, unit: "%"}}
channels:
  chat: {{kind: slack, webhook_url: "${{NOT_SET}}"}}
"""
Lint = Callable[..., list[dict[str, object]]]


@pytest.fixture
def lint(tmp_path: Path) -> Lint:
    """Return how to lint a configuration with some more lines, over the values of a metric, two minutes apart."""

    def lint(
        more: str = "", *, old: str = "memory: {warning: 70, critical: 90", new: str = "",
        memory: Sequence[float] = (), free: Sequence[float] = (), foreign: str = "",
    ) -> list[dict[str, object]]:  # fmt: skip
        text = dedent(CONFIG).format(folder=tmp_path)
        path = tmp_path / "config.yaml"
        path.write_text(text.replace(old, new or old) + dedent(more))
        if memory or free or foreign:
            _record(tmp_path / "relay.db", {"memory": memory, "free": free}, foreign)
        done = CliRunner().invoke(main, ["lint", "--config", str(path), "--json"])
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert done.exit_code == (1 if lines else 0), done.output
        return lines

    return lint


def _record(path: Path, series: dict[str, Sequence[float]], foreign: str) -> None:
    backend = SqliteBackend(path)
    backend.migrate()
    connection = backend.connect()
    connection.begin()
    tx, now = Transaction(connection), app.now()
    for metric, values in series.items():
        for back, value in enumerate(reversed(values), 1):
            tx.add_sample(Series("api", metric), "%", Sample(now - back * 2 * MINUTE, value))
    if foreign:
        one = event(at=now - MINUTE, source="generic", target=foreign, fingerprint=foreign)
        from tests.contract.test_store import take

        take(tx, one)
    connection.commit()
    connection.close()


def codes(found: list[dict[str, object]]) -> list[object]:
    return [one["code"] for one in found]


def test_a_fine_configuration_has_no_finding(lint: Lint) -> None:
    """Values that pass the warning now and then and the critical once, with the usual slack."""
    assert codes(lint(memory=[50] * 900 + [75] * 20 + [95] * 5 + [50] * 300)) == []


def test_a_threshold_under_what_is_usual(lint: Lint) -> None:
    """With the figure, the line and the rule."""
    [found] = lint(memory=[60] * 800 + [80] * 100 + [95] * 5)
    assert (found["code"], found["line"], found["about"]) == ("under-p95", 11, "memory on api")
    assert "warning 70 % is under the series' own p95 of 80 %" in str(found["message"])


def test_below_is_the_other_side(lint: Lint) -> None:
    """A low bound is over the p5, or never reached."""
    row = "free: {below: true, warning: 20, critical: 5, leave: {warning: 22, critical: 6}}\n  memory: {enabled: false, warning: 1"
    assert codes(lint(new=row, free=[15] * 90 + [50] * 900 + [4])) == ["under-p95"]


def test_never_reached_names_the_worst(lint: Lint) -> None:
    """Only after a day: an hour says nothing of what never happens."""
    [found] = lint(memory=[50] * 900 + [75] * 20)
    assert found["code"] == "never-reached"
    assert "critical 90 % was never reached: the highest was 75 %" in str(found["message"])


@pytest.mark.parametrize("values", [[50] * 30, [80] * 90, [60] * 400])
def test_an_hour_says_nothing(lint: Lint, values: list[float]) -> None:
    """Neither do ninety samples, nor of what never happens half a day."""
    assert codes(lint(memory=values)) == []


def test_no_hysteresis_counts_the_crossings_of_a_day(lint: Lint) -> None:
    """A leave value, a wait or a release makes it fine."""
    flapping = ([50] * 50 + [75]) * 20 + [95]
    bare = "memory: {warning: 70, critical: 90, leave: {warning: 70}"
    [found] = lint(new=f"{bare}, for: 0s", memory=flapping)
    assert found["code"] == "no-hysteresis"
    assert "warning 70 % is crossed" in str(found["message"])
    assert codes(lint(new="memory: {warning: 70, critical: 90, for: 0s")) == []
    for wait in ("for: 5m", "for: 0s, release: 5m", "for: 0s, times: 2"):
        assert codes(lint(new=f"{bare}, {wait}")) == []
    assert codes(lint()) == []


def test_a_threshold_in_the_middle_has_both_faults(lint: Lint) -> None:
    """It fires when all is usual, and again and again: one finding does not hide the other."""
    found = lint(
        new="memory: {warning: 70, critical: 90, leave: {warning: 70}, for: 0s", memory=[60, 75] * 700 + [95]
    )
    assert codes(found) == ["no-hysteresis", "under-p95"]


def test_a_wait_shorter_than_the_poll(lint: Lint) -> None:
    """A wait of nothing is meant; one of thirty seconds between polls of a minute is not."""
    assert codes(lint(new="memory: {warning: 70, critical: 90, for: 0s")) == []
    [found] = lint(new="memory: {warning: 70, critical: 90, for: 30s")
    assert found["code"] == "short-for"
    assert "for 30s is shorter than the poll of api (1m)" in str(found["message"])


ROUTES = "routes:\n  - {name: all, channels: [chat]}\n"


def test_a_channel_without_a_route(lint: Lint) -> None:
    """A fallback is a way, too."""
    assert codes(lint(ROUTES)) == []
    second = (
        'chat: {kind: slack, webhook_url: "${NOT_SET}"}\n  other: {kind: slack, webhook_url: "${NOT_SET}"}'
    )
    old = 'chat: {kind: slack, webhook_url: "${NOT_SET}"}'
    [found] = lint(ROUTES, old=old, new=second)
    assert (found["code"], found["about"], found["line"]) == ("unrouted-channel", "other", 14)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("{target: api}", []),
        ("{team: shop, rule: memory}", []),
        ("{kind: no-data}", []),
        ("{team: shpo}", ["unmatched-route"]),
        ("{target: gone-*}", ["unmatched-route"]),
        ("{rule: cpu}", []),
        ("{rule: cqu}", ["unmatched-route"]),
    ],
)
def test_a_route_that_nobody_matches(lint: Lint, where: str, expected: list[str]) -> None:
    """By the labels that rules, targets and no-data give."""
    assert codes(lint(f"{ROUTES}  - {{name: odd, channels: [chat], where: {where}}}\n")) == expected


def test_what_a_webhook_brings_is_known_by_history(lint: Lint) -> None:
    """Without any, a route for webhooks is not found fault with; with some, it is where none matched."""
    more = f"{ROUTES}  - {{name: odd, channels: [chat], where: {{target: db}}}}\nintakes: {{in: {{format: generic, open: true}}}}\n"
    assert codes(lint(more)) == []
    assert codes(lint(more, foreign="cache")) == ["unmatched-route"]
    assert codes(lint(more, foreign="db")) == []


def test_without_a_store_the_file_alone_is_looked_at(tmp_path: Path) -> None:
    """And it is said."""
    path = tmp_path / "config.yaml"
    path.write_text(dedent(CONFIG).format(folder=tmp_path))
    done = CliRunner().invoke(main, ["lint", "--config", str(path)])
    assert done.exit_code == 0
    assert "thresholds were not held against history: there is no history to look at" in done.stderr
    assert done.stdout == "nothing found\n"
