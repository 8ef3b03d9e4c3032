"""Who is told and when: routes by peak, silences and quiet hours that delay and lose nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.core.incidents import Past, Policy, apply
from relay.core.matching import incident_labels
from relay.core.model import Change, Severity, labels
from relay.core.routing import QUIET_HOURS, SILENCE, QuietHours, Route, Silence, plan, untold
from tests.building import HOUR, MINUTE, NOON, event

OK, WARNING, CRITICAL = Severity.OK, Severity.WARNING, Severity.CRITICAL
PARIS = ZoneInfo("Europe/Paris")
NIGHT = QuietHours(time(22), time(8), PARIS)


def change(*severities: Severity, at: datetime = NOON, **other: object) -> Change:
    """The last of these changes of one incident, a minute apart, the last at ``at``."""
    past = Past()
    for number, severity in enumerate(severities):
        when = at - (len(severities) - 1 - number) * MINUTE
        decided = apply(past, event(severity, when, **other), Policy())
        assert isinstance(decided, Change)
        past = Past(decided.incident, when)
    return decided


def planned(
    what: Change, *routes: Route, silences: Sequence[Silence] = (), at: datetime = NOON
) -> list[tuple[str, datetime, str]]:
    return [(one.channel, one.due_at, one.held) for one in plan(what, routes, silences, at)]


CHAT = Route("chat", ("slack",))
URGENT = Route("urgent", ("pager",), at_least=CRITICAL)


def test_a_change_is_told_at_once_on_every_channel_of_its_routes_and_once_a_channel() -> None:
    both = Route("both", ("slack", "discord"))
    assert planned(change(WARNING), CHAT, both) == [("discord", NOON, ""), ("slack", NOON, "")]


@pytest.mark.parametrize(
    ("severities", "channels"),
    [
        ((WARNING,), ["slack"]),
        ((CRITICAL,), ["pager", "slack"]),
        ((WARNING, CRITICAL), ["pager", "slack"]),
        ((WARNING, CRITICAL, WARNING), ["pager", "slack"]),  # who heard of the trouble hears it ease
        ((WARNING, CRITICAL, OK), ["pager", "slack"]),  # and end
        ((WARNING, OK), ["slack"]),
    ],
)
def test_routes_look_at_the_peak(severities: Sequence[Severity], channels: list[str]) -> None:
    assert [channel for channel, _, _ in planned(change(*severities), CHAT, URGENT)] == channels


def test_a_repeated_report_is_told_to_nobody() -> None:
    assert planned(change(WARNING, WARNING), CHAT) == []


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("", ""), False),
        (("", "/popular"), True),
        (("/popular", "/popular"), False),
        (("", "/popular", "/popular"), False),  # once
        (("", "/popular", ""), False),
        (("/popular", "", "/popular"), False),  # it was named all the while
        (("/popular", "/games"), True),  # a name that was wrong must not stay
    ],
)
def test_who_is_to_blame_is_told_when_it_is_found_out(names: Sequence[str], told: bool) -> None:
    """Though the severity is as before: the first message could not say it."""
    past = Past()
    for number, name in enumerate(names):
        facts = labels({"suspect": name} if name else {})
        when = NOON + number * MINUTE
        decided = apply(past, event(WARNING, when, facts=facts), Policy())
        assert isinstance(decided, Change)
        past = Past(decided.incident, when)
    planned_now = plan(decided, [CHAT], [], when)
    assert bool(planned_now) is told
    assert untold(decided, planned_now) == ("" if told else "an update")


def test_a_route_takes_only_what_its_labels_match() -> None:
    shop = Route("shop", ("slack",), where=labels({"team": "shop"}))
    assert planned(change(WARNING), shop) == []
    assert planned(change(WARNING, labels=labels({"team": "shop"})), shop) == [("slack", NOON, "")]


def test_the_relays_own_trouble_never_goes_through_the_channel_that_fails() -> None:
    own = change(WARNING, labels=labels({"failing_channel": "slack"}))
    assert planned(own, Route("all", ("slack", "discord"))) == [("discord", NOON, "")]


def test_the_relays_own_trouble_is_told_elsewhere_where_its_routes_lead_to_what_fails_only() -> None:
    """Or nobody would hear of it. Not where the canary goes, which nobody reads; other troubles keep to their routes."""
    routes = (Route("all", ("slack",)), Route("canary", ("nest",), is_canary=True))
    channels = ("slack", "discord", "nest")
    own = change(WARNING, labels=labels({"failing_channel": "slack"}))
    assert [one.channel for one in plan(own, routes, (), NOON, channels)] == ["discord"]
    assert [one.channel for one in plan(change(WARNING), routes, (), NOON, channels)] == ["slack"]
    assert plan(own, (Route("bad", ("slack",), at_least=CRITICAL),), (), NOON, channels) == []


SILENT = Silence((), NOON - HOUR, NOON + HOUR)


@pytest.mark.parametrize(
    ("silence", "due_at", "held"),
    [
        (SILENT, NOON + HOUR, SILENCE),
        (Silence((), NOON, NOON + HOUR), NOON + HOUR, SILENCE),  # its first moment is within
        (Silence((), NOON - HOUR, NOON), NOON, ""),  # its last is not
        (Silence(labels({"target": "api"}), NOON, NOON + HOUR), NOON + HOUR, SILENCE),
        (Silence(labels({"target": "shop"}), NOON, NOON + HOUR), NOON, ""),
    ],
)
def test_a_silence_delays(silence: Silence, due_at: datetime, held: str) -> None:
    assert planned(change(CRITICAL), CHAT, silences=[silence]) == [("slack", due_at, held)]


def test_a_silence_that_another_follows_is_one_silence() -> None:
    after = Silence((), NOON + HOUR, NOON + 2 * HOUR)
    assert planned(change(WARNING), CHAT, silences=[after, SILENT]) == [("slack", NOON + 2 * HOUR, SILENCE)]


def test_a_silence_that_ends_in_the_night_holds_until_the_morning() -> None:
    at = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)  # 22:00 in Paris
    silence = Silence((), at, at + HOUR)
    quiet = Route("chat", ("slack",), quiet=NIGHT)
    morning = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
    # What held it first is what its reader is told, and what decides whether it may be dropped.
    assert planned(change(WARNING, at=at), quiet, silences=[silence], at=at) == [("slack", morning, SILENCE)]


def test_the_route_that_tells_first_wins() -> None:
    at = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
    quiet = Route("quiet", ("slack",), quiet=NIGHT)
    assert planned(change(WARNING, at=at), quiet, CHAT, at=at) == [("slack", at, "")]


@pytest.mark.parametrize(
    ("severities", "held"),
    [
        ((WARNING,), QUIET_HOURS),
        ((CRITICAL,), ""),
        ((WARNING, CRITICAL), ""),
        ((CRITICAL, OK), QUIET_HOURS),
    ],
)
def test_quiet_hours_let_through_what_is_bad_enough_now(severities: Sequence[Severity], held: str) -> None:
    at = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
    quiet = Route("quiet", ("slack",), quiet=NIGHT)
    assert [one[2] for one in planned(change(*severities, at=at), quiet, at=at)] == [held]


def paris(day: int, hour: int, minute: int = 0, *, month: int = 11, fold: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=PARIS, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("quiet", "at", "until"),
    [
        (NIGHT, paris(23, 21, 59), None),
        (NIGHT, paris(23, 22), paris(24, 8)),
        (NIGHT, paris(24, 0), paris(24, 8)),  # midnight
        (NIGHT, paris(24, 7, 59), paris(24, 8)),
        (NIGHT, paris(24, 8), None),
        (QuietHours(time(12), time(14), PARIS), paris(23, 13), paris(23, 14)),
        (QuietHours(time(12), time(14), PARIS), paris(23, 11), None),
        (QuietHours(time(0), time(6), PARIS), paris(23, 0), paris(23, 6)),
        (QuietHours(time(22), time(0), PARIS), paris(23, 23), paris(24, 0)),
        (
            QuietHours(time(8), time(8), PARIS),
            paris(23, 12),
            None,
        ),  # an empty span, not a whole day of silence
        # 2026-03-29: two o'clock is three. The night is an hour shorter.
        (NIGHT, paris(28, 23, month=3), datetime(2026, 3, 29, 6, 0, tzinfo=UTC)),
        (
            QuietHours(time(22), time(2, 30), PARIS),
            paris(28, 23, month=3),
            datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
        ),
        # 2026-10-25: three o'clock is two again. The night is an hour longer.
        (NIGHT, paris(24, 23, month=10), datetime(2026, 10, 25, 7, 0, tzinfo=UTC)),
        (
            QuietHours(time(22), time(2, 30), PARIS),
            paris(25, 2, 15, month=10),
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        ),
        # The second quarter past two is after the first half past two.
        (QuietHours(time(22), time(2, 30), PARIS), paris(25, 2, 15, month=10, fold=1), None),
        (QuietHours(time(2, 45), time(6), PARIS), paris(25, 2, 15, month=10, fold=1), paris(25, 6, month=10)),
    ],
)
def test_quiet_hours(quiet: QuietHours, at: datetime, until: datetime | None) -> None:
    assert quiet.until(at) == until


clocks = st.times(min_value=time(0), max_value=time(23, 59)).map(
    lambda clock: clock.replace(second=0, microsecond=0)
)
zones = st.sampled_from(
    ["Europe/Paris", "UTC", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu"]
).map(ZoneInfo)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))


@given(clocks, clocks, zones, moments)
def test_quiet_hours_end_in_the_future_within_a_day_and_are_over_then(
    begin: time, end: time, zone: ZoneInfo, at: datetime
) -> None:
    until = QuietHours(begin, end, zone).until(at)
    if until is not None:
        assert at < until <= at + timedelta(hours=25)
        assert (
            until.astimezone(zone).time().replace(fold=0) >= end
            or begin > end
            or until.astimezone(zone).utcoffset() != at.astimezone(zone).utcoffset()
        )


spans = st.tuples(st.integers(-120, 120), st.integers(1, 240)).map(
    lambda span: Silence((), NOON + span[0] * MINUTE, NOON + (span[0] + span[1]) * MINUTE)
)
routes = st.lists(
    st.builds(
        Route,
        name=st.just("route"),
        channels=st.lists(st.sampled_from(["slack", "discord", "pager"]), max_size=3).map(tuple),
        at_least=st.sampled_from([WARNING, CRITICAL]),
        quiet=st.none() | st.builds(QuietHours, clocks, clocks, zones),
    ),
    max_size=4,
)
changes = st.sampled_from(
    [(WARNING,), (CRITICAL,), (WARNING, CRITICAL), (CRITICAL, WARNING), (CRITICAL, OK)]
).map(lambda severities: change(*severities))


@given(changes, routes, st.lists(spans, max_size=4))
def test_laws_of_a_plan(what: Change, taking: list[Route], silences: list[Silence]) -> None:
    deliveries = plan(what, taking, silences, NOON)
    assert deliveries == plan(what, taking, silences, NOON)  # planning twice is planning once
    assert len({one.id for one in deliveries}) == len({one.channel for one in deliveries}) == len(deliveries)
    takers = {
        channel
        for route in taking
        if route.takes(what.incident, incident_labels(what.incident))
        for channel in route.channels
    }
    assert {one.channel for one in deliveries} == takers  # held, never lost
    for one in deliveries:
        assert (one.due_at > NOON) == bool(one.held)
        assert not any(silence.covers(what.incident, one.due_at) for silence in silences)
