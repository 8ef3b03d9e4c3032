"""Whose fault a failure is: of the widest thing that several share and of which nothing has answered of late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from relay.clever.health import Health

AT = datetime(2026, 6, 15, 8, 30, tzinfo=UTC)
LATER = AT + timedelta(minutes=3)


def test_one_that_answers_clears_what_it_shares() -> None:
    """However many others fail beside it."""
    health = Health("main")
    health.answered("stats", "par", "z", AT)
    assert [health.failed("stats", "par", name, AT, whole=False) for name in "abc"] == ["", "", ""]
    assert health.failed("stats", "par", "a", LATER, whole=False) == "main"


def test_a_region_is_blamed_alone_while_others_answer() -> None:
    """And a service while the account answers elsewhere."""
    health = Health("main")
    health.failed("stats", "rbx", "a", LATER, whole=False)
    assert health.answered("stats", "par", "z", LATER) == ("main", "main/stats", "main/stats/par")
    assert health.failed("stats", "rbx", "b", LATER, whole=False) == "main/stats/rbx"
    later = LATER + timedelta(minutes=3)
    health.answered("api", "", "z", later)
    assert health.failed("stats", "rbx", "b", later, whole=False) == "main/stats/rbx"
    assert health.failed("stats", "par", "c", later, whole=False) == "main/stats"


def test_what_no_resource_can_be_at_fault_for_is_shared_at_once() -> None:
    """No connection, a token that is refused."""
    assert Health("main").failed("stats", "", "a", AT, whole=True) == "main"
    assert Health("main").failed("stats", "", "a", AT, whole=False) == ""


def test_connections_that_are_cut_now_and_then_are_the_services_fault() -> None:
    """Not each resource's; and one that is answered does not say that all is well."""
    health = Health("main")
    for name in "abcdefgh":
        health.answered("stats", "", name, AT)
    later = AT + timedelta(minutes=1)
    assert [health.failed("stats", "", name, later, whole=False, shaky=True) for name in "abc"] == [
        "",
        "",
        "main/stats",
    ]
    assert health.answered("stats", "", "d", later) == ("main",)
    assert health.failed("stats", "", "e", later, whole=True) == "main/stats"
    for name in "abc":
        assert health.answered("stats", "", name, later) == ("main",)
    assert health.answered("stats", "", "e", later) == ("main", "main/stats")
    assert health.failed("stats", "", "e", later, whole=True) == ""


def test_what_a_resource_met_is_forgotten() -> None:
    """One that is no longer read says nothing for ever."""
    health = Health("main")
    for name in "abc":
        health.failed("stats", "", name, AT, whole=True)
    assert health.answered("stats", "", "d", AT) == ("main",)
    assert health.answered("stats", "", "d", AT + timedelta(minutes=6)) == ("main", "main/stats")
