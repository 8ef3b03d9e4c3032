"""No data: a few misses are nothing, several in a row are trouble, and one read ends it."""

from __future__ import annotations

from relay.core.detectors.absent import Absent, Silent
from relay.core.model import Severity
from relay.core.text import text
from tests.building import MINUTE, NOON

WHY = text("nodata.why.refused")
LATER = text("nodata.why.name")


def test_the_third_miss_in_a_row_counts() -> None:
    rule, state = Absent(after=3), Silent()
    severities = []
    for number, reason in enumerate([WHY, WHY, None, WHY, WHY, LATER, WHY, None]):
        state, severity = rule.step(state, NOON + number * MINUTE, reason)
        severities.append(severity)
        if number == 5:
            assert state == Silent(
                3, NOON + 3 * MINUTE, LATER
            )  # since the first miss, with the newest reason
    ok, warning = Severity.OK, Severity.WARNING
    assert severities == [ok, ok, ok, ok, ok, warning, warning, ok]
    assert state == Silent()
