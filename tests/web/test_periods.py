"""Charts over the periods that a visitor chooses: samples near, rollups far, and gaps where nothing was measured."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from relay.core.model import Sample, Series
from tests.web.conftest import Enter, Told
from tests.web.stories import HOUR, MINUTE, NOW, Story

CHART = "/targets/chart?target=gameshelf-api&metric=memory"


def paths(page: str, kind: str) -> int:
    """How many paths of a kind the wide chart has."""
    (wide,) = re.findall(r'<svg class="chart wide".*?</svg>\n', page, re.S)
    return len(wide.split(f'<path class="{kind}"')) - 1


@pytest.mark.parametrize(
    ("period", "is_rolled_up"), [("5m", False), ("1h", False), ("24h", True), ("7d", True), ("90d", True)]
)
def test_each_period_is_drawn(client: FlaskClient, period: str, is_rolled_up: bool) -> None:
    """Of more than half a day means are drawn, with the band from the least to the most."""
    answer = client.get(f"{CHART}&period={period}")
    assert answer.status_code == 200
    assert (paths(answer.text, "spread") > 0) is is_rolled_up
    assert ("Each point is the mean of" in answer.text) is is_rolled_up
    assert re.search(rf'period={period}" aria-current="true"', answer.text)


def test_what_was_not_measured_is_a_gap(enter: Enter, story: Story) -> None:
    """Four hours of a week, with an hour missing between: hatched before, between and after, and nothing at zero."""
    series = Series("gameshelf-api", "memory")
    for minute in (*range(60), *range(120, 240)):
        sample = Sample(NOW - 12 * HOUR + minute * MINUTE, 50.0 + minute % 7)
        story.step(lambda tx, sample=sample: tx.add_sample(series, "%", sample))
    page = enter().get(f"{CHART}&period=24h").text
    assert (paths(page, "line"), paths(page, "spread")) == (2, 2)
    assert page.count('fill="url(#wide-hatch)"') == 3
    assert "at least 50 %, at most 56 %" in page


def test_an_incident_is_shown_in_a_longer_time_too(told: Told, client: FlaskClient) -> None:
    """And says so where there is nothing."""
    page = client.get(f"/incidents/{told.leak}?period=7d").text
    assert paths(page, "spread") > 0
    assert 'period=7d" aria-current="true"' in page
    assert f'href="/incidents/{told.leak}"' in page


@pytest.mark.parametrize(
    ("address", "status"),
    [
        (f"{CHART}&period=1y", 400),
        ("/targets/chart?target=gameshelf-api", 400),
        ("/targets/chart?target=gameshelf-api&metric=nothing", 404),
        (f"{CHART}&perod=7d", 400),
    ],
)
def test_what_cannot_be_drawn_is_refused(client: FlaskClient, address: str, status: int) -> None:
    """With the place, and the periods that there are."""
    assert client.get(address).status_code == status
