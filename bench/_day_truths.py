"""What is true of the simulated day beside what was told of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mirror.world.scenario import Kind, Trouble
from relay.core.model import ChangeKind, Incident, Notification, Severity

# Told so long after its end still counts as told of it: the hourly figures come after their hour.
AFTER = timedelta(minutes=20)
RESTARTS = "platform-restarts"
BEGUN = "DEPLOYMENT_ACTION_BEGIN"
_KINDS: Mapping[Kind, frozenset[str]] = {
    Kind.DEPLOYMENT_FAILED: frozenset({"DEPLOYMENT_ACTION_END", "DEPLOYMENT_FAIL"}),
    Kind.DOWN: frozenset({"application-status", BEGUN, RESTARTS}),
    Kind.CPU: frozenset({"cpu"}),
    Kind.MEMORY: frozenset({"memory"}),
    Kind.ERRORS: frozenset({"error_rate", "error_rate_hourly"}),
    Kind.NO_METRICS: frozenset({"no-data"}),
}
_OPENING = frozenset({ChangeKind.OPENED, ChangeKind.REOPENED, ChangeKind.NOTICED})
# What is not told anew by each of these is said elsewhere.
_BESIDE = frozenset({"deployment-verdict"})


@dataclass(frozen=True, slots=True)
class Line:
    """One true trouble and the incidents that told of it; ``openings`` counts the messages that began one."""

    trouble: Trouble
    name: str
    told: tuple[Incident, ...]
    told_at: datetime | None
    openings: int
    is_dark: bool


def lines(
    troubles: Sequence[Trouble],
    names: Mapping[str, str],
    incidents: Sequence[Incident],
    sent: Sequence[Notification],
) -> Iterator[Line]:
    """Yield a line a trouble, the oldest first."""
    dark = [one for one in troubles if one.kind is Kind.NO_METRICS]
    for one in sorted(troubles, key=lambda one: one.since):
        name = names.get(one.resource_id or "", "")
        told = tuple(incident for incident in incidents if tells(incident, one, name))
        ids = {incident.id for incident in told}
        began = [message for message in sent if message.incident.id in ids and message.kind in _OPENING]
        measured = one.kind in (Kind.CPU, Kind.MEMORY, Kind.ERRORS)
        yield Line(
            one,
            name,
            told,
            min((message.at for message in began), default=None),
            len(began),
            measured and any(hole.since <= one.since and one.until <= hole.until for hole in dark),
        )


def tells(incident: Incident, trouble: Trouble, name: str) -> bool:
    """Whether an incident is of a trouble: its kind, its application, its time."""
    if incident.kind not in _KINDS[trouble.kind] or incident.opened_at > trouble.until + AFTER:
        return False
    if incident.resolved_at is not None and incident.resolved_at < trouble.since:
        return False
    if trouble.resource_id is None:
        return "/" in incident.target
    return incident.target == name or (incident.kind == RESTARTS and name in dict(incident.facts))


def show(found: Sequence[Line], incidents: Sequence[Incident]) -> None:
    """Print truth beside told, and what was told beside the truth."""
    print("\n  since  until  true trouble        of             told   messages  by")
    for line in found:
        one = line.trouble
        told = f"{line.told_at:%H:%M}" if line.told_at else "–" if not line.is_dark else "dark"
        by = ", ".join(sorted({incident.kind for incident in line.told}))
        by = by or ("no figures for its whole time" if line.is_dark else "")
        print(
            f"  {one.since:%H:%M}  {one.until:%H:%M}  {one.kind.value:18}  {line.name:13}  {told:5}  {line.openings:8}  {by}"
        )
    visible = [line for line in found if not line.is_dark]
    print(
        f"\ntrue troubles {len(found)}, with figures or events to know them by {len(visible)}:"
        f" told {sum(bool(line.told) for line in visible)}, told once {sum(line.openings == 1 for line in visible)}"
    )
    known = {incident.id for line in found for incident in line.told}
    beside = Counter(
        (one.kind, one.peak.word)
        for one in incidents
        if one.id not in known and (one.peak > Severity.INFO or one.kind in _BESIDE)
    )
    print("told beside these")
    for (kind, severity), number in sorted(beside.items()):
        print(f"  {number:5} {kind} ({severity})")
