"""What a file of tests expects against what the rules do, as differences that a person can read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from relay import config as configuration
from relay.config.errors import suggestion
from relay.config.values import told
from relay.core.model import Labels, labels
from relay.core.rules import NO_DATA
from relay.core.text import Language, quantity, say
from relay.rule_tests.files import AlertTest, ExpectedAlert, Loaded, load
from relay.rule_tests.running import Alert, Run

# What a channel or an address holds is of no concern to a rule.
_NEEDED = frozenset({"rules", "targets", "incidents"})
_ANYTHING = "http://127.0.0.1"


class _Forgiving(dict[str, str]):
    """An environment in which a variable that is not set stands for an address that nobody calls."""

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        return super().get(name, default) or _ANYTHING


def failures(path: Path, environment: Mapping[str, str]) -> tuple[int, list[str]]:
    """Return how many expectations a file has, and the differences; raise ``ConfigError`` for a file that is wrong."""
    loaded = load(path)
    config = configuration.load(loaded.rules, _Forgiving(environment), _NEEDED)
    known = [*dict.fromkeys(rule.name for rule in config.rules), NO_DATA]
    for index, test in enumerate(loaded.content.tests):
        for number, asked in enumerate(test.alert_rule_test):
            if asked.alertname not in known:
                place = ("tests", index, "alert_rule_test", number, "alertname")
                raise loaded.problem(
                    f"{loaded.rules} has no such rule{suggestion(asked.alertname, known)}", *place
                )
    found: list[str] = []
    for index in range(len(loaded.content.tests)):
        found += _test(loaded, index, config)
    return sum(len(test.alert_rule_test) for test in loaded.content.tests), found


def _test(loaded: Loaded, index: int, config: configuration.Config) -> Iterator[str]:
    test = loaded.content.tests[index]
    run = Run(
        rules=config.rules,
        targets={target.name: target for target, _ in config.targets},
        policy=config.policy,
        inputs=loaded.inputs[index],
        interval=test.interval or loaded.content.evaluation_interval,
    )
    in_time = sorted(enumerate(test.alert_rule_test), key=lambda one: one[1].eval_time)
    for number, asked in in_time:
        run.advance(asked.eval_time)
        difference = list(_difference(asked, run))
        if difference:
            at = loaded.at("tests", index, "alert_rule_test", number)
            name = f"{test.name}: " if test.name else ""
            yield "\n".join((f"{at}: {name}{asked.alertname} at {told(asked.eval_time)}", *difference))


def _difference(asked: AlertTest, run: Run) -> Iterator[str]:
    expected = list(asked.exp_alerts)
    got = run.firing(asked.alertname)
    for alert in list(got):
        same = next((one for one in expected if _is_as_expected(one, alert)), None)
        if same is not None:
            expected.remove(same)
            got.remove(alert)
    if expected or got:
        yield from (f"    expected {_written(_labels(one))}{_said(one.exp_annotations)}" for one in expected)
        yield from (f"    got      {_written(alert.labels)}{_said(_annotations(alert))}" for alert in got)
        if not got:
            yield "    got      nothing"
            yield from _reasons(asked.alertname, run)


def _reasons(name: str, run: Run) -> Iterator[str]:
    """Say why nothing fires."""
    found = list(run.reasons(name))
    for series, sample, verdict in found:
        value = quantity(sample.value, "", Language.ENGLISH)
        yield f"      {series.target} {series.metric} is {value}: {verdict.reason}"
    if not found and name != NO_DATA:
        yield "      no input series is judged by this rule"


def _is_as_expected(expected: ExpectedAlert, alert: Alert) -> bool:
    said = _annotations(alert)
    return _labels(expected) == alert.labels and all(
        said.get(name) == words for name, words in expected.exp_annotations.items()
    )


def _labels(expected: ExpectedAlert) -> Labels:
    return labels(expected.exp_labels)


def _annotations(alert: Alert) -> dict[str, str]:
    incident = alert.incident
    return {
        "title": say(incident.title, Language.ENGLISH),
        "summary": say(incident.summary, Language.ENGLISH),
    }


def _written(known: Labels) -> str:
    return "{" + ", ".join(f'{name}="{value}"' for name, value in known) + "}"


def _said(annotations: Mapping[str, str]) -> str:
    return "".join(f' {name}="{words}"' for name, words in annotations.items())
