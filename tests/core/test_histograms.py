"""Quantiles of histograms, held against Prometheus itself."""

from __future__ import annotations

import json
import subprocess
from math import inf
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.core.histograms import Bucket, quantile

BOUNDS = st.lists(st.integers(-5, 1000).map(float), min_size=1, max_size=12, unique=True).map(sorted)


@pytest.mark.parametrize(
    ("observed", "wanted", "value"),
    [
        ([(1, 10), (inf, 10)], 0.5, 0.5),
        ([(1, 5), (2, 10), (inf, 10)], 0.5, 1.0),  # exactly at a bound
        ([(1, 5), (2, 10), (inf, 20)], 0.9, 2.0),  # in the infinite bucket: the bound before
        ([(0, 5), (2, 10), (inf, 10)], 0.25, 0.0),  # a first bound that isn't positive has no lower end
        ([(-3, 5), (2, 10), (inf, 10)], 0.1, -3.0),
        ([(1, 0), (2, 4), (inf, 4)], 0.0, 1.0),  # an empty bucket holds no quantile
        ([(1, 10), (2, 8), (inf, 10)], 0.5, 0.5),  # not monotonic
        ([(1, 10), (2, 12), (inf, 9)], 1.0, 2.0),  # not even at the end
        ([(inf, 10)], 0.5, None),
        ([(1, 10), (2, 10)], 0.5, None),
        ([(1, 0), (inf, 0)], 0.5, None),
        ([], 0.5, None),
    ],
)
def test_quantile(observed, wanted, value):
    """Buckets are (upper bound, cumulative count)."""
    assert quantile(observed, wanted) == value


@given(
    bounds=BOUNDS,
    counts=st.lists(st.integers(0, 50), min_size=13, max_size=13),
    wanted=st.lists(st.floats(0, 1), min_size=2, max_size=2),
)
def test_law_quantiles_rise_and_stay_within_the_bounds(bounds, counts, wanted):
    observed = list(zip([*bounds, inf], counts, strict=False))
    low, high = (quantile(observed, each) for each in sorted(wanted))
    if low is None or high is None:
        assert max(count for _, count in observed) == 0
        return
    assert low <= high <= bounds[-1]
    assert low >= min(0, bounds[0])


def test_prometheus_says_the_same(tmp_path: Path) -> None:
    """promtool evaluates histogram_quantile on 300 random histograms, some of which fall."""
    cases = [_case(Random(seed)) for seed in range(300)]
    (tmp_path / "rules.yml").write_text("groups: []\n")
    tests = {
        "rule_files": ["rules.yml"],
        "tests": [
            {
                "interval": "1m",
                "input_series": [
                    {"series": f'h_bucket{{le="{_le(bound)}"}}', "values": f"{count:g}"}
                    for bound, count in observed
                ],
                "promql_expr_test": [
                    {
                        "expr": f"histogram_quantile({wanted}, h_bucket)",
                        "eval_time": "0m",
                        "exp_samples": [{"labels": "{}", "value": quantile(observed, wanted)}],
                    }
                ],
            }
            for observed, wanted in cases
        ],
    }
    # JSON is YAML.
    (tmp_path / "tests.yml").write_text(json.dumps(tests))
    told = subprocess.run(
        ["promtool", "test", "rules", "tests.yml"], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert told.returncode == 0, told.stdout[:2000] + told.stderr[:2000]


def _case(random: Random) -> tuple[list[Bucket], float]:
    bounds = sorted(random.sample(range(-3, 60), random.randint(1, 8)))
    count, observed = 0, []
    for bound in [*map(float, bounds), inf]:
        count = max(0, count + random.choice([0, 1, 2, 7, 40, -3]))
        observed.append((bound, float(count)))
    if all(count == 0 for _, count in observed):
        observed[-1] = (inf, 5.0)
    return observed, random.choice([0.05, 0.25, 0.5, 0.9, 0.95, 0.99, 1.0])


def _le(bound: float) -> str:
    return "+Inf" if bound == inf else f"{bound:g}"
