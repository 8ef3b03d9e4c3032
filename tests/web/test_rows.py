"""A row of the list is drawn once, until what it shows changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from relay.core.model import Incident, Severity
from relay.core.text import Language, verbatim
from relay.web.rows import Rows

NOON = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
OPEN = Incident(
    id="one",
    fingerprint="disk",
    severity=Severity.CRITICAL,
    peak=Severity.CRITICAL,
    source="generic",
    kind="disk",
    target="db",
    title=verbatim("Disk is filling"),
    summary=verbatim("93 %"),
    opened_at=NOON,
    updated_at=NOON,
    sequence=1,
)
OVER = replace(OPEN, id="two", severity=Severity.OK, resolved_at=NOON + MINUTE)


class Drawing:
    """Counts how often a row was really drawn."""

    def __init__(self, most: int = 10) -> None:
        self.rows = Rows(most)
        self.times = 0

    def draw(self, incident: Incident) -> str:
        self.times += 1
        return f"{incident.id} {self.times}"

    def drawn(self, incident: Incident, at: datetime = NOON, language: Language = Language.ENGLISH) -> int:
        (row,) = self.rows.drawn([incident], at, language, self.draw)
        assert row.startswith(incident.id)
        return self.times


def test_what_is_over_is_drawn_once() -> None:
    one = Drawing()
    assert [one.drawn(OVER, NOON + days * timedelta(days=1)) for days in range(3)] == [1, 1, 1]


def test_what_is_open_is_drawn_each_minute() -> None:
    """It says for how long it has been so."""
    one = Drawing()
    assert [one.drawn(OPEN, NOON + seconds * SECOND) for seconds in (0, 59, 60, 61)] == [1, 1, 2, 2]


def test_a_change_and_another_language_are_drawn_anew() -> None:
    one = Drawing()
    assert one.drawn(OPEN) == 1
    assert one.drawn(replace(OPEN, sequence=2, updated_at=NOON + SECOND)) == 2
    assert one.drawn(OPEN, language=Language.FRENCH) == 3
    assert one.drawn(OPEN) == 3


def test_only_the_rows_that_were_asked_for_last_are_kept() -> None:
    one = Drawing(most=2)
    for name in ("a", "b", "a", "c"):
        one.drawn(replace(OVER, id=name))
    assert one.drawn(replace(OVER, id="a")) == 3
    assert one.drawn(replace(OVER, id="b")) == 4


def test_a_list_keeps_its_order_whatever_was_drawn_before() -> None:
    one = Drawing()
    incidents = [replace(OVER, id=name) for name in "abc"]
    one.drawn(incidents[1])
    rows = one.rows.drawn(incidents, NOON, Language.ENGLISH, one.draw)
    assert [row[0] for row in rows] == ["a", "b", "c"]
    assert one.times == 3
