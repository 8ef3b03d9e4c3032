"""Whose fault a failure is: of the widest thing that several share and of which nothing has answered of late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from relay.clever.health import Health

AT = datetime(2026, 6, 15, 8, 30, tzinfo=UTC)
LATER = AT + timedelta(minutes=3)


def test_one_that_answers_clears_what_it_shares() -> None:
    """However many others fail beside it."""
    health = Health("main")
    health.answered("stats", "par", AT)
    assert [health.failed("stats", "par", name, AT, whole=False) for name in "abc"] == ["", "", ""]
    assert health.failed("stats", "par", "a", LATER, whole=False) == "main"


def test_a_region_is_blamed_alone_while_others_answer() -> None:
    """And a service while the account answers elsewhere."""
    health = Health("main")
    health.failed("stats", "rbx", "a", LATER, whole=False)
    assert health.answered("stats", "par", LATER) == ("main", "main/stats", "main/stats/par")
    assert health.failed("stats", "rbx", "b", LATER, whole=False) == "main/stats/rbx"
    later = LATER + timedelta(minutes=3)
    health.answered("api", "", later)
    assert health.failed("stats", "rbx", "b", later, whole=False) == "main/stats/rbx"
    assert health.failed("stats", "par", "c", later, whole=False) == "main/stats"


def test_what_no_resource_can_be_at_fault_for_is_shared_at_once() -> None:
    """No connection, a token that is refused."""
    assert Health("main").failed("stats", "", "a", AT, whole=True) == "main"
    assert Health("main").failed("stats", "", "a", AT, whole=False) == ""
