"""The ordinary life of one application: deployments, scaling, and now and then a trouble of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from mirror.day.deploying import deploying
from mirror.world.identifiers import chance
from mirror.world.load import Effect
from mirror.world.nouns import Application, DeploymentState, User
from mirror.world.platform import Platform
from mirror.world.scenario import Happening, Kind, Scenario, Trouble

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
# The shares of applications that have each trouble on a day, and of deployments that fail.
FAILING, CRASHING, OVERLOADED, ERRING, LEAKING, SCALING = 0.08, 0.04, 0.1, 0.04, 0.06, 0.2
# A leak goes from here by so much an hour, and is a trouble above this share of memory.
LEAK_FROM, LEAK_BY, LEAK_AT = 40.0, 6.0, 90.0


def live(scenario: Scenario, application: Application, user: User, midnight: datetime) -> None:
    """Let an application have its day; no two troubles of one application meet."""
    luck = chance("trouble", application.id)
    for share, trouble in _TROUBLES:
        if luck < share:
            trouble(scenario, application, user, midnight)
            return
        luck -= share
    _deployments(scenario, application, user, midnight)


def _between(application: Application, what: str, first: float, last: float) -> float:
    return first + (last - first) * chance(what, application.id)


def _deployments(scenario: Scenario, application: Application, user: User, midnight: datetime) -> None:
    """Two pushes in working hours; one that fails is mended by the next."""
    morning = midnight + HOUR * _between(application, "morning", 6, 11)
    evening = midnight + HOUR * _between(application, "evening", 13, 19)
    lasting = MINUTE * _between(application, "lasting", 1, 4)
    if chance("fails", application.id) >= FAILING:
        scenario.add(deploying(application.id, morning, lasting, author=user))
    else:
        mended = morning + MINUTE * _between(application, "mended", 15, 50)
        failing = deploying(application.id, morning, lasting, author=user, state=DeploymentState.FAIL)
        scenario.add(failing + deploying(application.id, mended, lasting, author=user))
        trouble = Trouble(Kind.DEPLOYMENT_FAILED, morning + lasting, mended + lasting, application.id)
        scenario.add([], trouble)
    scenario.add(deploying(application.id, evening, lasting, author=user))
    if chance("scales", application.id) < SCALING:
        for hour, action in ((11.5, "UPSCALE"), (12.5, "DOWNSCALE")):
            at = midnight + HOUR * hour
            scenario.add(deploying(application.id, at, MINUTE, cause="Monitoring/Scaling", action=action))


def _crash(scenario: Scenario, application: Application, _: User, midnight: datetime) -> None:
    """Every instance ends without a word; the platform's monitoring starts new ones."""
    at = midnight + HOUR * _between(application, "crash", 1, 23)
    noticed, lasting = at + 1.5 * MINUTE, 1.5 * MINUTE
    crashed = Happening(at, lambda platform, when: platform.crash(application.id, when))
    restarted = deploying(application.id, noticed, lasting, cause="Monitoring/Unreachable")
    scenario.add([crashed, *restarted], Trouble(Kind.DOWN, at, noticed + lasting, application.id))


def _overload(scenario: Scenario, application: Application, _: User, midnight: datetime) -> None:
    since = midnight + HOUR * _between(application, "overload", 1, 22)
    until = since + MINUTE * _between(application, "overloaded", 20, 60)
    effects = [Effect("cpu", since, until, 97), Effect("load1", since, until, 4)]
    _affected(scenario, application, Trouble(Kind.CPU, since, until, application.id), effects)


def _errors(scenario: Scenario, application: Application, _: User, midnight: datetime) -> None:
    since = midnight + HOUR * round(_between(application, "errors", 2, 22))
    until = since + HOUR
    effects = [Effect("errors", since, until, 0.4), Effect("milliseconds", since, until, 900)]
    _affected(scenario, application, Trouble(Kind.ERRORS, since, until, application.id), effects)


def _affected(scenario: Scenario, application: Application, trouble: Trouble, effects: list[Effect]) -> None:
    affected = Happening(trouble.since, lambda platform, _: platform.affect(application.id, effects))
    scenario.add([affected], trouble)


def _leak(scenario: Scenario, application: Application, user: User, midnight: datetime) -> None:
    """A new version leaks from the morning on; the next one, hours after it is noticed, does not."""
    since, lasting = midnight + 5 * HOUR, 2 * MINUTE
    noticed = since + lasting + HOUR * ((LEAK_AT - LEAK_FROM) / LEAK_BY)
    mended = noticed + 2 * HOUR
    scenario.add(
        [
            *deploying(application.id, since, lasting, author=user),
            Happening(since + lasting, lambda platform, _: _grow(platform, application, LEAK_BY)),
            *deploying(application.id, mended, lasting, author=user),
            Happening(mended + lasting, lambda platform, _: _grow(platform, application, 0)),
        ],
        Trouble(Kind.MEMORY, noticed, mended + lasting, application.id),
    )


def _grow(platform: Platform, application: Application, growth: float) -> None:
    one = platform.applications[application.id]
    load = replace(one.load, memory=LEAK_FROM, memory_growth=growth)
    platform.applications[one.id] = replace(one, load=load)


_TROUBLES = (
    (CRASHING, _crash),
    (OVERLOADED, _overload),
    (ERRING, _errors),
    (LEAKING, _leak),
)
