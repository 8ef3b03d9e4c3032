"""A file of rule tests: its keys, checked, each with where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_core import ErrorDetails

from relay.config import document as documents
from relay.config.document import Document
from relay.config.errors import ConfigError, Place, Problem, written
from relay.config.values import Duration, Section, Words
from relay.core.model import Series
from relay.rule_tests.notation import BadNotation, series, values

_MINUTE = timedelta(minutes=1)


def _as_text(given: object) -> object:
    """A single value may be written without quotes."""
    return str(given) if isinstance(given, int | float) and not isinstance(given, bool) else given


class InputSeries(Section):
    """One series and its values, one an interval, the first at time 0."""

    series: str = Field(min_length=1, max_length=2_000)
    values: Annotated[str, BeforeValidator(_as_text), Field(max_length=200_000)]


class ExpectedAlert(Section):
    """One alert that is expected: all its labels, and those of its sentences that matter."""

    exp_labels: dict[str, str] = Field({})
    exp_annotations: dict[str, str] = Field({})


class AlertTest(Section):
    """What is expected of one rule at one time."""

    eval_time: Duration
    alertname: Words
    exp_alerts: tuple[ExpectedAlert, ...] = Field((), max_length=1000)


class RuleTest(Section):
    """One test."""

    name: str = Field("", max_length=200)
    interval: Duration | None = Field(None, ge=timedelta(milliseconds=1))
    input_series: tuple[InputSeries, ...] = Field((), max_length=1000)
    alert_rule_test: tuple[AlertTest, ...] = Field((), max_length=1000)


class TestFile(Section):
    """A file of tests. ``rule_files`` names the configuration whose rules are tested."""

    __test__ = False

    rule_files: tuple[Words, ...] = Field(min_length=1, max_length=1)
    evaluation_interval: Duration = Field(_MINUTE, ge=timedelta(milliseconds=1))
    tests: tuple[RuleTest, ...] = Field(min_length=1, max_length=1000)


_MODELS: Mapping[str, type[Section]] = {
    "tests": RuleTest,
    "input_series": InputSeries,
    "alert_rule_test": AlertTest,
    "exp_alerts": ExpectedAlert,
}
Inputs = Mapping[Series, list[float | None]]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A checked file, with the expanded series of each test."""

    path: Path
    document: Document
    content: TestFile
    inputs: tuple[Inputs, ...]

    @property
    def rules(self) -> Path:
        """The configuration, beside this file."""
        return self.path.parent / self.content.rule_files[0]

    def at(self, *place: str | int) -> str:
        """Return ``file:line:column`` of a place."""
        position = self.document.position(place)
        return f"{self.path}:{position.line}:{position.column}"

    def problem(self, message: str, *place: str | int) -> ConfigError:
        """Return an error at a place."""
        return ConfigError(self.path, [Problem(self.document.position(place), written(place), message)])


def load(path: Path) -> Loaded:
    """Read and check a file; raise ``ConfigError`` with all that is wrong."""
    document = documents.read(path)
    try:
        content = TestFile.model_validate(document.content)
    except ValidationError as error:
        raise ConfigError(path, [_problem(detail, document) for detail in _details(error)]) from None
    problems: list[Problem] = []
    inputs = tuple(
        _inputs(test, ("tests", index), document, problems) for index, test in enumerate(content.tests)
    )
    if problems:
        raise ConfigError(path, problems)
    return Loaded(path, document, content, inputs)


def _inputs(test: RuleTest, place: Place, document: Document, problems: list[Problem]) -> Inputs:
    made: dict[Series, list[float | None]] = {}
    for index, given in enumerate(test.input_series):
        at: Place = (*place, "input_series", index, "series")
        try:
            metric, target, labels = series(given.series)
            key = Series(target, metric, labels)
            if key in made:
                raise BadNotation("this series stands here a second time")
            at = (*at[:-1], "values")
            made[key] = values(given.values)
        except BadNotation as error:
            problems.append(Problem(document.position(at), written(at), str(error)))
    return made


def _details(error: ValidationError) -> list[ErrorDetails]:
    return error.errors(include_url=False, include_input=False)


def _problem(detail: ErrorDetails, document: Document) -> Problem:
    place = detail["loc"]
    return Problem(document.position(place, key=True), written(place), _sentence(detail, place))


def _sentence(detail: ErrorDetails, place: Place) -> str:
    if detail["type"] == "extra_forbidden":
        names = _names(place)
        close = get_close_matches(str(place[-1]), names, 1)
        return (
            f"unknown key, did you mean {close[0]}?"
            if close
            else f"unknown key (known here: {', '.join(names)})"
        )
    if detail["type"] == "missing":
        return "is missing"
    return str(detail.get("ctx", {}).get("error", detail["msg"].replace("Input should", "should")))


def _names(place: Place) -> list[str]:
    """Return the keys that are known beside the last step of ``place``."""
    named = [step for step in place[:-1] if isinstance(step, str)]
    model = _MODELS.get(named[-1], TestFile) if named else TestFile
    return sorted(model.model_fields)
