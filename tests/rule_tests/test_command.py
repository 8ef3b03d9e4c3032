"""``relay test``: the shipped examples hold, differences are told with file and line, bad files say how to mend them."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner, Result

from relay.cli import main

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "rules").glob("*.yaml"))

CONFIG = """
targets:
  api:
    source: prometheus
    url: ${A_VARIABLE_THAT_NOBODY_SETS}
    labels: {team: shop}
    metrics: {memory: {gauge: m}, free: {gauge: f}}
    absent: {after: 2, severity: critical}
rules:
  memory: {warning: 70, critical: 85, leave: 60, for: 2m, unit: "%"}
  free: {below: true, critical: 10, times: 2}
channels:
  chat: {kind: slack, webhook_url: "${ANOTHER_ONE}"}
"""
FILE = """
rule_files: [config.yaml]
tests:
  - name: climbs
    interval: 1m
    input_series:
      - series: memory{target="api"}
        values: 60+10x4
    alert_rule_test:
      - eval_time: 4m
        alertname: memory
        exp_alerts:
          - exp_labels: {severity: critical, target: api, team: shop}
"""


def run(folder: Path, content: str = FILE, config: str = CONFIG) -> Result:
    (folder / "config.yaml").write_text(dedent(config))
    (folder / "tests.yaml").write_text(dedent(content))
    return CliRunner().invoke(main, ["test", str(folder / "tests.yaml")])


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_the_shipped_examples_hold(example: Path) -> None:
    """Without any variable in the environment."""
    done = CliRunner(env={"PATH": ""}).invoke(main, ["test", str(example)])
    assert done.exit_code == 0, done.output


def test_there_are_examples() -> None:
    """A glob that finds nothing would hold as well."""
    assert EXAMPLES


def test_a_difference_names_the_place_both_sides_and_the_reason(tmp_path: Path) -> None:
    """90 % reaches critical at 3m, which has to last two minutes: at 4m it is a warning."""
    done = run(tmp_path)
    assert done.exit_code == 1
    place, expected, got, counted = done.output.splitlines()
    assert place == f"{tmp_path}/tests.yaml:10:9: climbs: memory at 4m"
    assert expected == '    expected {severity="critical", target="api", team="shop"}'
    assert got.startswith('    got      {severity="warning", target="api", team="shop"} title="Memory over')
    assert counted.endswith("0 of 1 as expected")
    longer = run(tmp_path, FILE.replace("60+10x4", "60+10x4 100x3").replace("4m", "5m"))
    assert (longer.exit_code, longer.output.splitlines()[-1][-18:]) == (0, "1 of 1 as expected")


def test_nothing_says_why(tmp_path: Path) -> None:
    """The last value of each series and what the detector said of it."""
    done = run(tmp_path, FILE.replace("4m", "2m"))
    assert "    got      nothing\n      api memory is 80: waiting\n" in done.output
    done = run(tmp_path, FILE.replace("alertname: memory", "alertname: free"))
    assert "no input series is judged by this rule" in done.output


def test_what_is_not_expected_is_a_difference_too(tmp_path: Path) -> None:
    """An alert that fires though none is expected."""
    done = run(tmp_path, FILE[: FILE.index("        exp_alerts")])
    assert done.exit_code == 1
    assert '    got      {severity="warning"' in done.output


def test_sentences_are_compared_where_they_are_given(tmp_path: Path) -> None:
    """Title and summary, in English."""
    good = FILE.replace("critical, target", "warning, target")
    said = good + "            exp_annotations: {summary: 80 % against the Warning threshold of 70 %}\n"
    assert run(tmp_path, good).exit_code == 0
    assert run(tmp_path, said).exit_code == 1
    assert run(tmp_path, said.replace("80 %", "100 %")).exit_code == 0


def test_blanks_are_reads_that_brought_nothing(tmp_path: Path) -> None:
    """The target's own patience and severity count; a series that has ended is not read any more."""
    silent = FILE.replace("60+10x4", "60 _x2").replace("alertname: memory", "alertname: no-data")
    assert run(tmp_path, silent).exit_code == 0
    assert run(tmp_path, silent.replace("60 _x2", "60 _x1")).exit_code == 1
    # Each series has its own end; a target gives a sign of life while any of them does.
    both = silent.replace(
        "    alert_rule", "      - {series: 'free{target=\"api\"}', values: 50x9}\n    alert_rule"
    )
    assert run(tmp_path, both).exit_code == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("60+10x4", "60+10y4", "tests.yaml:8:17: tests.0.input_series.0.values: 60+10y4 is no value"),
        ('memory{target="api"}', "memory", "tests.yaml:7:17: tests.0.input_series.0.series: memory names no"),
        ("alertname: memory", "alertname: memroy", 'tests.yaml:11:20: tests.0.alert_rule_test.0.alertname'),
        ("eval_time: 4m", "eval_time: soon", "tests.yaml:10:9: tests.0.alert_rule_test.0.eval_time: a duration"),
        ("eval_time: 4m", "evaltime: 4m", "unknown key, did you mean eval_time?"),
        ("interval: 1m", "promql_expr_test: []", "tests.yaml:5:5: tests.0.promql_expr_test: unknown key"),
        ("rule_files: [config.yaml]", "rule_files: [none.yaml]", "none.yaml: there is no such file"),
        ("rule_files: [config.yaml]\n", "", "tests.yaml:1:1: rule_files: is missing"),
        ("tests:", "tests: [", "tests.yaml:4:"),
    ],
)  # fmt: skip
def test_a_bad_file_says_where_and_how(tmp_path: Path, old: str, new: str, said: str) -> None:
    """As file:line:column, with exit code 2."""
    assert old in FILE
    done = run(tmp_path, FILE.replace(old, new))
    assert done.exit_code == 2
    assert said in done.output


def test_a_bad_rule_is_told_of_its_own_file(tmp_path: Path) -> None:
    """The configuration's own message."""
    done = run(tmp_path, config=CONFIG.replace("warning: 70", "warning: 90"))
    assert done.exit_code == 2
    assert "config.yaml:10:" in done.output
