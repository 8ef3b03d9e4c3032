"""Severity words: those of config.yaml, and what senders commonly write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from relay.core.model import Severity

# What may stand in config.yaml for an event; "ignore" keeps it without telling anybody, as "info" does.
Word = Literal["info", "warning", "critical", "ignore"]
Told = Literal["ok", "info", "warning", "critical"]

COMMON: Mapping[str, Severity] = {
    word: severity
    for severity, words in {
        Severity.OK: "ok resolved up recovered recovery normal closed success succeeded healthy passing green clear"
        " cleared inactive",
        Severity.INFO: "info information informational notice debug none low",
        Severity.WARNING: "warning warn minor degraded medium moderate average yellow p3",
        Severity.CRITICAL: "critical crit error err fatal emergency alert page high urgent major disaster down red"
        " failed failure fail unhealthy p1 p2",
    }.items()
    for word in words.split()
}


def severity(word: str) -> Severity:
    """Return the severity that a word of config.yaml means."""
    return Severity.INFO if word == "ignore" else Severity[word.upper()]
