"""Notifications for tests: one plain one that can be changed, and a strategy of hostile ones."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from relay.core.model import ChangeKind, Incident, Moment, Notification, Severity
from relay.core.text import Quantity, Text, text, verbatim

AT = datetime(2026, 11, 23, 14, 2, 5, tzinfo=UTC)

SEVERITIES = {
    ChangeKind.OPENED: (Severity.OK, Severity.WARNING),
    ChangeKind.REOPENED: (Severity.OK, Severity.CRITICAL),
    ChangeKind.ESCALATED: (Severity.WARNING, Severity.CRITICAL),
    ChangeKind.EASED: (Severity.CRITICAL, Severity.WARNING),
    ChangeKind.UPDATED: (Severity.WARNING, Severity.WARNING),
    ChangeKind.RESOLVED: (Severity.CRITICAL, Severity.OK),
    ChangeKind.NOTICED: (Severity.OK, Severity.WARNING),
}


def moment(kind: ChangeKind, sequence: int = 1, **changes: Any) -> Moment:
    """Return a plain moment of a kind."""
    before, severity = SEVERITIES[kind]
    at = AT + timedelta(minutes=sequence)
    return replace(Moment(sequence, at, kind, severity, before, verbatim("memory is high"), 92.3), **changes)


def notification(*kinds: ChangeKind, incident: dict[str, Any] | None = None, **changes: Any) -> Notification:
    """Return a plain notification that tells ``kinds`` in their order."""
    moments = tuple(moment(kind, number) for number, kind in enumerate(kinds or (ChangeKind.OPENED,), 1))
    last = moments[-1]
    known: dict[str, Any] = {
        "id": "0123456789abcdef0123456789abcdef",
        "fingerprint": "poll/shop/memory",
        "severity": last.severity,
        "peak": Severity.CRITICAL,
        "source": "poll",
        "kind": "memory",
        "target": "shop",
        "title": text("rule.above", metric=text("metric.memory"), target="shop"),
        "summary": text(
            "rule.firing",
            value=Quantity(92.3, "%"),
            level=Severity.CRITICAL.text,
            threshold=Quantity(90.0, "%"),
        ),
        "opened_at": AT,
        "updated_at": last.at,
        "sequence": last.sequence,
        "value": 92.3,
        "threshold": 90.0,
        "unit": "%",
        "resolved_at": AT + timedelta(minutes=12) if last.kind is ChangeKind.RESOLVED else None,
        **(incident or {}),
    }
    whole = Notification(
        "d" * 32, Incident(**known), moments, last.at, link="https://relay.example/incidents/01"
    )
    return replace(whole, **changes)


NASTY = [
    "<!channel> <!here> <@U012AB3CD> <!subteam^S012>",
    "@everyone @here <@123456789012345678> <@&1> <#1> </cmd:1>",
    "[free money](http://evil.example) <http://evil.example|your bank>",
    "``` ` `` ```js\n",
    "**bold** __under__ ~~gone~~ ||spoiler|| > quote\n# head\n-# small",
    "&amp;&lt;!channel&gt; &#60;!here&#62;",
    "\u202e\u2066right to left\u2069 \u200f\u061c مرحبا שלום",
    "👩‍👩‍👧‍👦🏳️‍🌈👍🏿🇫🇷",
    "Z̸̡̢͓̳̜̥̮a̷̢l̷g̸o" + "\u0301" * 40,
    "\x00\x07\x1b[31m\r\n\u2028\u2029\x85\ufeff",
    "\ud800\udfff",
    "\u200b\u2060\u3164",
    "{title} %s ${HOME} {{7*7}}",
    "\\",
    "\n\n\n \n",
    "",
]

pieces = st.one_of(st.sampled_from(NASTY), st.text(max_size=60))
hostile = st.one_of(
    pieces,
    st.lists(pieces, max_size=8).map("".join),
    st.builds(lambda piece, size: (piece * (size // max(len(piece), 1)))[:size], pieces, st.just(100_000)),
)
numbers = st.none() | st.floats()
times = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
spans = st.timedeltas(timedelta(0), timedelta(days=5000))


@st.composite
def notifications(draw: st.DrawFn) -> Notification:
    """Return a notification whose every outside text is hostile, empty or huge."""
    kinds = draw(st.lists(st.sampled_from(list(ChangeKind)), min_size=1, max_size=20))
    opened_at = draw(times)
    over = kinds[-1] in (ChangeKind.RESOLVED, ChangeKind.NOTICED)
    incident = {
        "severity": draw(st.sampled_from(list(Severity))),
        "target": draw(hostile),
        "kind": draw(hostile),
        "title": draw(hostile.map(verbatim)),
        "summary": draw(hostile.map(verbatim)),
        "source": draw(st.sampled_from(["poll", "test"])),
        "facts": tuple(draw(st.lists(st.tuples(hostile, hostile), max_size=6))),
        "value": draw(numbers),
        "threshold": draw(numbers),
        "unit": draw(st.sampled_from(["%", "bytes", "s", "", "x" * 5_000, "<!channel>"])),
        "opened_at": opened_at,
        "resolved_at": opened_at + draw(spans) if over else None,
    }
    link = draw(st.sampled_from(["", "https://relay.example/incidents/01"]) | hostile)
    late: Text | None = None
    if draw(st.booleans()):
        late = text("late.refused", channel=draw(hostile), span=draw(spans), why=draw(hostile))
    return notification(*kinds, incident=incident, link=link, late=late, repeated=draw(st.booleans()))
