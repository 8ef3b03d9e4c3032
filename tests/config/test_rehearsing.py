"""Rows that somebody tries, over the file in force."""

from __future__ import annotations

from pathlib import Path

import pytest

from relay.app.rehearsing import tabled
from relay.core.detectors.threshold import Threshold
from relay.web.site import BadTable

FILE = """
targets:
  api: {source: prometheus, url: 'http://h/m', metrics: {memory: {gauge: m}, cpu: {gauge: c}}}
rules:
  cpu: {warning: 11, critical: 22}
channels:
  chat: {kind: slack, webhook_url: "${NOT_SET}"}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "config.yaml"
    made.write_text(FILE)
    return made


def test_written_rows_stand_over_those_of_the_file(path: Path) -> None:
    """What is not written stays: other rows, targets."""
    table = tabled(path, {}, "rules:\n  memory: {warning: 33, critical: 44}\n")
    enters = {
        rule.name: [level.enter for level in rule.detector.levels]
        for rule in table.rules
        if isinstance(rule.detector, Threshold)
    }
    assert (enters["memory"], enters["cpu"]) == ([33, 44], [11, 22])
    assert [target.name for target in table.targets] == ["api"]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("rules:\n  memory: {warning: high}\n", "rules:2:21: rules.memory.warning: a number is needed"),
        ("store: sqlite:////etc/passwd", "only rules and incidents can be tried here"),
        ("- x", "only rules and incidents can be tried here"),
        ("rules: [", "rules:1:"),
        ("rules:\n  memory: {warning: 90, critical: 50}\n", "rules:2:21: rules.memory.warning: 90 is not on the safe"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_at_its_place(path: Path, written: str, said: str) -> None:
    """As a file's problems are."""
    with pytest.raises(BadTable) as caught:
        tabled(path, {}, written)
    assert said in str(caught.value)
