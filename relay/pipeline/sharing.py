"""What several targets share (an account, a region's metrics): it fails once, never once for each of them.

The rule: the first target that has missed often enough opens the one incident; the first that is answered again ends it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from relay.core import engine, rules
from relay.core.detectors.absent import Silent
from relay.core.model import Event, NoData, Readings, Severity
from relay.core.targets import Target
from relay.core.text import Text, text
from relay.pipeline.setup import Setup
from relay.store import touching
from relay.store.transactions import Transaction

_KEY = "nodata.shared"


def reason(result: NoData) -> Text:
    """Return why a target has no data, naming what is at fault where others share it."""
    return text(_KEY, what=result.shared, reason=result.reason) if result.shared else result.reason


def is_shared(reason: Text | None) -> bool:
    """Whether a miss was the fault of something shared."""
    return reason is not None and reason.key == _KEY


def events(
    tx: Transaction, silent: Silent, severity: Severity, result: Readings | NoData, setup: Setup
) -> list[Event]:
    """Return the news of what targets share."""
    return [
        engine.labelled(event, _labels(setup, event.target))
        for event in _news(tx, silent, severity, result)
        if event is not None
    ]


def touched(target: str, result: Readings | NoData) -> frozenset[str] | None:
    """Return the names of what keeping ``result`` may change; None for a watch's, which may be anything.

    A watch names thousands of troubles, and hardly ever has news of one: that many locks cost more than one for all.
    """
    if isinstance(result, Readings) and (result.events or result.states):
        return None
    return touching.target(target) | frozenset(map(touching.trouble, _shared_troubles(result)))


def _shared_troubles(result: Readings | NoData) -> set[str]:
    if isinstance(result, NoData):
        return {rules.silent_fingerprint(result.shared)} if result.shared else set()
    names = {*result.vouched, *(trouble.name for trouble in result.troubled)}
    return {rules.silent_fingerprint(name) for name in names}


def _news(
    tx: Transaction, silent: Silent, severity: Severity, result: Readings | NoData
) -> Iterator[Event | None]:
    if isinstance(result, NoData):
        if result.shared:
            inner = Silent(silent.misses, silent.since, result.reason)
            yield _judged(tx, result.shared, inner, severity, result)
        return
    for trouble in result.troubled:
        failing = Silent(1, result.at, trouble.reason)
        yield _judged(tx, trouble.name, failing, Severity.WARNING, result)
    for name in {*result.vouched} - {trouble.name for trouble in result.troubled}:
        yield _judged(tx, name, Silent(), Severity.OK, result)


def _judged(
    tx: Transaction, name: str, silent: Silent, severity: Severity, result: Readings | NoData
) -> Event | None:
    incident = tx.open_incident(rules.silent_fingerprint(name))
    present = incident.severity if incident is not None else Severity.OK
    # No target of its own is read for it: it stands for the parts that targets share.
    about = Target(name, "", timedelta(0), ())
    return engine.judge_silence(about, silent, severity, result.at, present)


def _labels(setup: Setup, name: str) -> tuple[tuple[str, str], ...]:
    account = setup.targets.get(name.partition("/")[0])
    return account.target.labels if account is not None else ()
