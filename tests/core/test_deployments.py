"""What followed a deployment: named with every trouble, and judged against the time before and the last deployments."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from relay.core.deployments import Deployment, Figure, Verdict, judge, of, preceded, verdict
from relay.core.model import Severity
from relay.core.text import Language, say, verbatim
from tests.building import MINUTE, NOON, event

MADE = Deployment(
    id="deployment_0e4b7c1d",
    application="app_1",
    target="shop",
    began_at=NOON,
    ended_at=NOON + MINUTE,
    state="OK",
    action="DEPLOY",
    commit="4f6d0c1e9b8a7c5d",
    cause="Git",
    author="Alex Martin",
)
MEMORY = Figure("shop/memory", verbatim("Memory"), "%", 70, 40, 40, (40, 41, 39))
TOLD = event(
    kind="DEPLOYMENT_ACTION_END",
    severity=Severity.OK,
    facts=(("commit", "4f6d"), ("deployment", "deployment_1")),
    labels=(("resource", "app_1"), ("state", "OK")),
)


@pytest.mark.parametrize(
    ("before", "after", "earlier", "worse"),
    [
        (40, 60, (40, 41, 39), True),
        (40, 60, (), True),  # the first deployment there is
        (40, 60, (60, 61, 59), False),  # as after the last ones: they bring this with them
        (60, 60, (40, 41, 39), False),  # it was so before
        (40, 47, (40,), False),  # less than a fifth more
        (1, 7, (1,), False),  # much more, but far from its threshold
        (1, 8.5, (1,), True),
        (None, 60, (40,), True),
        (None, 60, (), False),  # nothing to compare with
        (40, None, (40,), False),
        (60, 20, (60,), False),  # less is better
        (0, 0, (0,), False),
    ],
)
def test_a_figure_got_worse_by_both_measures(
    before: float | None, after: float | None, earlier: tuple[float, ...], *, worse: bool
) -> None:
    """By a fifth of what it was and a tenth of its threshold, against the time before and the last deployments."""
    assert replace(MEMORY, before=before, after=after, earlier=earlier).is_worse is worse


def test_less_is_worse_where_a_rule_warns_below() -> None:
    """As of free space."""
    assert replace(MEMORY, before=60, after=20, earlier=(), below=True).is_worse
    assert not replace(MEMORY, before=20, after=60, earlier=(), below=True).is_worse


@pytest.mark.parametrize(
    ("figures", "incidents", "came_to"),
    [
        ([MEMORY], 0, Verdict.HEALTHY),
        ([MEMORY, replace(MEMORY, after=90)], 0, Verdict.WORSE),
        ([MEMORY], 1, Verdict.WORSE),
        ([], 1, Verdict.WORSE),
        ([replace(MEMORY, after=None)], 0, Verdict.UNKNOWN),
        ([], 0, Verdict.UNKNOWN),  # never taken as healthy
    ],
)
def test_what_a_deployment_came_to(figures: list[Figure], incidents: int, came_to: Verdict) -> None:
    """Nothing measured is unknown."""
    assert judge(figures, incidents) is came_to


def test_a_verdict_is_one_line_in_both_languages() -> None:
    """Healthy is information, worse is a warning; told once."""
    after = timedelta(minutes=30)
    healthy = verdict(MADE, [MEMORY], 0, after, NOON)
    worse = verdict(MADE, [MEMORY, replace(MEMORY, after=90)], 2, after, NOON)
    assert (healthy.severity, worse.severity, healthy.momentary) == (Severity.INFO, Severity.WARNING, True)
    assert say(healthy.title, Language.ENGLISH) == (
        "shop: healthy 30 min after deployment 4f6d0c1e by Alex Martin (Git)"
    )
    assert say(healthy.summary, Language.FRENCH) == "Memory 40\u00a0% → 40\u00a0%"
    assert say(worse.summary, Language.ENGLISH) == "Memory 40 % → 90 %, incidents opened since: 2"
    assert healthy.id == worse.id


def test_what_preceded_is_named_with_the_metric_s_change() -> None:
    """As far as each is known."""
    at = NOON + 12 * MINUTE
    assert say(preceded(MADE, at, None), Language.ENGLISH) == "12 min after 4f6d0c1e by Alex Martin (Git)"
    unknown = replace(MADE, commit="", author="", cause="")
    assert say(preceded(unknown, at, replace(MEMORY, after=91.5)), Language.FRENCH) == (
        "12 min après 0e4b7c1d : 40\u00a0% avant, 91,5\u00a0% après"
    )


@pytest.mark.parametrize(
    ("change", "known"),
    [
        ({}, True),
        ({"facts": (("commit", "4f6d"),)}, False),  # a result without an id
        ({"labels": (("state", "OK"),)}, False),
        ({"kind": "memory"}, False),
    ],
)
def test_only_events_that_name_a_deployment_tell_of_one(change: dict[str, object], *, known: bool) -> None:
    """Whoever sent them."""
    assert (of(replace(TOLD, **change)) is not None) is known  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("action", "cause", "asked_for"),
    [
        ("DEPLOY", "Git", True),
        ("", "", True),
        ("DEPLOY", "Monitoring/Unreachable", False),
        ("DEPLOY", "Maintenance", False),  # also seen without the prefix
        ("UPSCALE", "Monitoring/Scaling", False),
        ("UNDEPLOY", "Console", False),
    ],
)
def test_what_the_platform_does_by_itself_gets_no_verdict(
    action: str, cause: str, *, asked_for: bool
) -> None:
    """On its bad days that would be hundreds of lines of what changed nothing."""
    assert replace(MADE, action=action, cause=cause).is_asked_for is asked_for


def test_an_end_that_is_found_late_is_near_its_beginning() -> None:
    """A list of deployments has no time of an end: seen days later, it is not as if it had ended now."""
    found = of(replace(TOLD, as_of=NOON + timedelta(days=2)))
    assert found is not None
    assert found.ended_at == NOON + timedelta(hours=1)
    under_way = of(replace(TOLD, labels=(("resource", "app_1"), ("state", "WIP"))))
    assert under_way is not None
    assert under_way.ended_at is None
