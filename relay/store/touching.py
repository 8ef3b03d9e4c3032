"""What a step touches, by name: steps of several instances that touch the same wait for one another, others don't.

A step that does not say what it touches has the store to itself. One that only claims, by rows that others skip, touches
nothing. The rules: a name is taken before the first statement, in one order; whatever two steps may change alike has a
name that both say.
"""

from __future__ import annotations

from collections.abc import Iterable

# For a step that changes only rows that it claims, and for one that only reads.
NOTHING: frozenset[str] = frozenset()

# What is older than the operator keeps: nothing else changes it any more.
RETENTION = frozenset({"retention"})

# What is made of samples that are settled.
ROLLUPS = frozenset({"rollups"})

# The index for text search.
SEARCH = frozenset({"search"})


def request(receipt_id: str, fingerprints: Iterable[str]) -> frozenset[str]:
    """The troubles that the events of a request are about. One without events may come to two instances, with one id."""
    return frozenset(map(trouble, fingerprints)) or frozenset({f"receipt {receipt_id}"})


def trouble(fingerprint: str) -> str:
    """One trouble: its events, its incidents and what is to be told of them."""
    return f"trouble {fingerprint}"


def target(name: str) -> frozenset[str]:
    """A target, its series, and every trouble that its polls find."""
    return frozenset({f"target {name}"})


def delivery(channel: str, fingerprint: str) -> frozenset[str]:
    """A channel, and the trouble that it is told of."""
    return frozenset({f"channel {channel}", trouble(fingerprint)})


def channels(names: Iterable[str]) -> frozenset[str]:
    """Channels, with what waits for them."""
    return frozenset(f"channel {name}" for name in names)
