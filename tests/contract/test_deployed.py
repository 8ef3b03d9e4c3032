"""Deployments, as every store promises them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from relay.core.deployments import Deployment
from relay.core.model import Sample, Series
from relay.store import Backend
from tests.building import HOUR, MINUTE, NOON
from tests.contract.stores import STORES, writing

ONE = Deployment("d1", "app_1", "shop", NOON, NOON + MINUTE, "OK", "DEPLOY", "4f6d", "Git", "Alex")
LATER = replace(ONE, id="d2", began_at=NOON + HOUR, ended_at=NOON + HOUR + MINUTE)


@pytest.fixture(params=STORES)
def backend(request: pytest.FixtureRequest) -> Backend:
    made = STORES[request.param](request)()
    made.migrate()
    return made


def test_what_was_told_of_a_deployment_adds_up(backend: Backend) -> None:
    """A beginning after an end changes no end; what one telling lacks the other knows."""
    with writing(backend) as tx:
        tx.keep_deployment(replace(ONE, commit="", author=""))
        tx.keep_deployment(replace(ONE, began_at=NOON - MINUTE, ended_at=None, state="WIP", cause=""))
        assert tx.deployments("app_1") == [replace(ONE, began_at=NOON - MINUTE)]


def test_the_newest_that_changed_something_precedes(backend: Backend) -> None:
    """Of the application or of the target's name, within a time, and not the one that is asked about."""
    with writing(backend) as tx:
        for one in (ONE, LATER, replace(LATER, id="d3", began_at=NOON + 2 * HOUR, state="FAIL")):
            tx.keep_deployment(one)
        at = NOON + 3 * HOUR
        assert tx.deployment_before("app_1", "", at, NOON) == LATER
        assert tx.deployment_before("", "shop", at, NOON, "d2") == ONE
        assert tx.deployment_before("app_1", "", NOON + MINUTE, NOON) == ONE
        assert tx.deployment_before("app_1", "", at, NOON + 2 * HOUR) is None
        assert tx.deployment_before("app_2", "", at, NOON) is None


def test_each_is_judged_once_and_its_figures_are_kept(backend: Backend) -> None:
    """Only one that succeeded and ended, the oldest first."""
    with writing(backend) as tx:
        under_way = replace(ONE, id="d3", ended_at=None, state="WIP")
        for one in (LATER, ONE, under_way, replace(ONE, id="d4", state="FAIL")):
            tx.keep_deployment(one)
        assert tx.unjudged(NOON + 2 * HOUR, 9) == [ONE, LATER]
        assert tx.unjudged(NOON + 2 * MINUTE, 9) == [ONE]
        tx.keep_verdict(ONE, NOON, {"shop/memory": 40.5})
        assert tx.unjudged(NOON + 2 * HOUR, 9) == [LATER]
        assert tx.figures_of("app_1", NOON + HOUR, 5) == [{"shop/memory": 40.5}]
        assert tx.forget_deployments(NOON + MINUTE, 9) == 3
        assert tx.deployments("app_1") == [LATER]


def test_a_mean_is_of_a_span(backend: Backend) -> None:
    """Its beginning counts, its end does not; of nothing there is none."""
    series = Series("shop", "memory")
    with writing(backend) as tx:
        for minute in range(4):
            tx.add_sample(series, "%", Sample(NOON + minute * MINUTE, 10.0 * minute))
        assert tx.mean(series, NOON + MINUTE, NOON + 3 * MINUTE) == 15
        assert tx.mean(series, NOON + HOUR, NOON + 2 * HOUR) is None


def test_unseen(backend: Backend) -> None:
    """However many are asked about."""
    with writing(backend) as tx:
        assert len(tx.unseen([f"event {number}" for number in range(1000)])) == 1000
        assert tx.unseen([]) == set()
