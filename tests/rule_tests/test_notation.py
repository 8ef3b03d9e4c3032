"""The notation of series means what the real promtool takes it to mean."""

from __future__ import annotations

import json
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.rule_tests.notation import BadNotation, series, values

needs_promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")

WRITTEN = (
    "0+10x20",
    "100-2.5x7 _ 5x3",
    "1 2 _x3 4",
    "-1-1x3 +2+1x2 .5 1e2 7.",
    "0x0 1+1x0",
    "_ 0.1+0.1x9 stale 3",
    "1e-3-1e-3x4 -0",
)


def promtool(folder: Path, written: str, expected: list[float | None]) -> bool:
    """Whether promtool expands ``written`` to ``expected``, looked at each interval."""
    # Longer than the five minutes for which Prometheus looks back: a blank is seen as one.
    every = 10
    asked = [
        {
            "expr": "one",
            "eval_time": f"{index * every}m",
            "exp_samples": [] if value is None else [{"labels": "one", "value": value}],
        }
        for index, value in enumerate([*expected, None])
    ]
    tests = [
        {
            "interval": f"{every}m",
            "input_series": [{"series": "one", "values": written}],
            "promql_expr_test": asked,
        }
    ]
    (folder / "rules.yml").write_text("groups: []")
    (folder / "tests.yml").write_text(json.dumps({"rule_files": ["rules.yml"], "tests": tests}))
    command = ["promtool", "test", "rules", str(folder / "tests.yml")]
    return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0


@needs_promtool
@pytest.mark.parametrize("written", WRITTEN)
def test_values_are_those_of_promtool(tmp_path: Path, written: str) -> None:
    """Every value, every blank, and how many there are."""
    assert promtool(tmp_path, written, values(written))


@needs_promtool
def test_promtool_would_see_a_difference(tmp_path: Path) -> None:
    """A control: one value more, one less, one other."""
    right = values("0+10x2 _ 5")
    assert not promtool(tmp_path, "0+10x2 _ 5", right[:-1])
    assert not promtool(tmp_path, "0+10x2 _ 5", [*right, 5.0])
    assert not promtool(tmp_path, "0+10x2 _ 5", [*right[:-1], 6.0])


@needs_promtool
@pytest.mark.parametrize("written", ["5y3", "1+2", "x3", "1 2,3"])
def test_what_promtool_refuses_is_refused(tmp_path: Path, written: str) -> None:
    """With a sentence that says how it is written."""
    assert not promtool(tmp_path, written, [])
    with pytest.raises(BadNotation, match="is no value: write 5"):
        values(written)


def test_what_is_no_finite_number_is_no_sample() -> None:
    """As a read takes it."""
    assert values("NaN Inf -Inf 1+Infx2") == [None, None, None, 1.0, None, None]


def test_a_series_has_a_metric_a_target_and_labels() -> None:
    """Quoted as in PromQL."""
    assert series('memory{target=\'a b\', z="q\\"uote", }') == ("memory", "a b", (("z", 'q"uote'),))
    assert series('up{target="x"}') == ("up", "x", ())


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("memory", 'names no target: memory{target="…"}'),
        ('{target="a"}', "is no series"),
        ('memory{target="a"', "is no series"),
        ("memory{target=a}", 'are to be written name="value"'),
        ('memory{target="a" instance="b"}', 'are to be written name="value"'),
    ],
)
def test_a_bad_series_says_how_it_is_written(written: str, said: str) -> None:
    """With what was written, cut where it is long."""
    with pytest.raises(BadNotation, match=said.replace("{", r"\{")):
        series(written)


def test_a_million_values_are_refused() -> None:
    """Before they are made."""
    with pytest.raises(BadNotation, match="more than"):
        values("1x9999999")
    with pytest.raises(BadNotation, match="more than"):
        values("_x150000 _x150000")


@given(st.text(max_size=50))
def test_nothing_else_is_raised(written: str) -> None:
    """Whatever is written."""
    for read in (values, series):
        with suppress(BadNotation):
            read(written)
