"""What must hold after every crash, checked in the store and at the far end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from relay.core.identity import short
from tests.crash.far_end import Said
from tests.crash.stores import Row
from tests.crash.world import STEPS, Span, World

ENDED = ("delivered", "folded", "parked")
CHANNELS = ("discord", "slack")


# Seconds: a far end that was busy notes a message later than it came.
NOTED_LATE = 1.0


@dataclass(frozen=True)
class Repeat:
    """A message that came twice on a channel: when first, and when again."""

    channel: str
    copies: Span


@dataclass
class Verdict:
    """What was found; ``wrong`` holds one sentence for each broken promise, ``repeats`` each message that came twice.

    ``unexplained`` is how many repeats on one channel have no fault of their own between their two copies.
    """

    accepted: int = 0
    told: int = 0
    repeats: list[Repeat] = field(default_factory=list)
    unexplained: int = 0
    marked: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def most_repeats(self) -> int:
        """The most that one fault repeated on one channel."""
        return min(1, len(self.repeats)) + self.unexplained


@dataclass
class _Books:
    """The store and the far end, by incident."""

    incidents: Sequence[Row]
    changes: dict[str, list[int]]
    deliveries: dict[tuple[str, str], list[Row]]
    said: dict[tuple[str, str], list[Said]]


def judge(world: World, *, late: int = 0, silent: bool = False) -> Verdict:
    """Check everything that a world has lived through.

    ``late``: how many copies may come late and unmarked, from processes that were stopped after they looked at their lease.
    ``silent``: no answer in time is the fault itself; elsewhere the machine was too busy, which is one more fault.
    """
    found = Verdict(accepted=len(world.accepted))
    books = _books(world)
    _check_accepted(world, found)
    for incident in books.incidents:
        _check_changes(incident, books, found)
        for channel in CHANNELS:
            late = _check_channel(incident, channel, books, found, late)
    _check_strangers(books, found)
    for channel in CHANNELS:
        _check_repeats(world, channel, found, silent=silent)
    return found


def _books(world: World) -> _Books:
    changes, deliveries, said = defaultdict(list), defaultdict(list), defaultdict(list)
    for row in world.store.rows("select incident_id, sequence from changes order by incident_id, sequence"):
        changes[row["incident_id"]].append(row["sequence"])
    for row in world.store.rows("select * from deliveries order by incident_id, channel, sequence"):
        deliveries[row["incident_id"], row["channel"]].append(row)
    for message in world.end.said:
        said[message.incident, message.channel].append(message)
    incidents = world.store.rows("select id, fingerprint, target, resolved_at from incidents")
    return _Books(incidents, changes, deliveries, said)


def _check_accepted(world: World, found: Verdict) -> None:
    """Every 2xx is in the store, with its event."""
    receipts = {row["id"] for row in world.store.rows("select id from receipts")}
    events = {row["receipt_id"] for row in world.store.rows("select receipt_id from events")}
    for one in world.accepted:
        if one.receipt not in receipts or one.receipt not in events:
            found.wrong.append(f"lost: {one.trouble} {one.step} was accepted and is not in the store")


def _check_changes(incident: Row, books: _Books, found: Verdict) -> None:
    """Nothing happened twice or by halves; each change is to be told on each channel."""
    numbers = books.changes[incident["id"]]
    whole = list(range(1, len(numbers) + 1))
    if numbers != whole or incident["resolved_at"] is None:
        found.wrong.append(f"half done: {incident['fingerprint']} has the changes {numbers}")
    if incident["fingerprint"].startswith("generic/") and len(numbers) != len(STEPS):
        found.wrong.append(f"{incident['fingerprint']} has {len(numbers)} changes instead of {len(STEPS)}")
    for channel in CHANNELS:
        if [row["sequence"] for row in books.deliveries[incident["id"], channel]] != whole:
            found.wrong.append(f"not to be told: a change of {incident['fingerprint']} on {channel}")


def _check_channel(incident: Row, channel: str, books: _Books, found: Verdict, late: int) -> int:
    """Check what one channel heard of one incident; return how many late copies may still come."""
    name = f"{incident['fingerprint']} on {channel}"
    rows = books.deliveries[incident["id"], channel]
    aloud = [one for one in books.said[short(incident["id"]), channel] if one.aloud]
    for row in rows:
        if row["state"] not in ENDED:
            found.wrong.append(f"left over: {name}, change {row['sequence']} is {row['state']}")
    heard = {one.update for one in aloud}
    turns = _turns(rows)
    untold = sorted(turns - heard)
    if untold:
        found.wrong.append(
            f"untold: {name} counts as delivered up to {untold}, but only {sorted(heard)} arrived"
        )
    found.told += len(turns)
    marked = sum(one.repeated for one in aloud)
    found.marked += marked
    surplus = max(0, len(aloud) - len(turns))
    found.repeats += _repeats(channel, aloud, surplus)
    unmarked = surplus - marked
    highest = 0
    for one in aloud:
        if one.update < highest or (one.update == highest and not one.repeated):
            if late > 0:
                late -= 1
            else:
                found.wrong.append(f"out of order: {name}, update {one.update} after {highest}")
        highest = max(highest, one.update)
    if unmarked > 0:
        found.wrong.append(f"unmarked: {name} heard {surplus} twice, {marked} with a mark")
    return late


def _turns(rows: Iterable[Row]) -> set[int]:
    """Return the numbers that messages had to show: of each delivered change, or the newest that was folded into it."""
    numbers: dict[str, int] = {row["id"]: row["sequence"] for row in rows if row["state"] == "delivered"}
    for row in rows:
        into = row["told_with"]
        if row["state"] == "folded" and into in numbers:
            numbers[into] = max(numbers[into], row["sequence"])
    return set(numbers.values())


def _repeats(channel: str, aloud: Sequence[Said], surplus: int) -> list[Repeat]:
    """Return which messages came twice. Of more marks than repeats those count whose copies are nearest: the strictest."""
    pairs = pairwise(aloud)
    again = [Span(before.at, one.at) for before, one in pairs if one.repeated]
    again.sort(key=lambda span: span.end - span.begin)
    return [Repeat(channel, span) for span in again[:surplus]]


def _check_repeats(world: World, channel: str, found: Verdict, *, silent: bool) -> None:
    """Each repeat has a fault of its own, which came between its two copies."""
    faults = [*world.faults, *_unanswered(world, channel, silent=silent)]
    repeats = [repeat.copies for repeat in found.repeats if repeat.channel == channel]
    lonely = len(repeats) - matched(repeats, faults)
    if lonely:
        found.unexplained = max(found.unexplained, lonely)
        found.wrong.append(f"repeated too often: on {channel} {lonely} times without a fault of its own")


def matched(repeats: Sequence[Span], faults: Sequence[Span]) -> int:
    """Return how many repeats can each be put down to another fault: a maximum matching, by augmenting paths."""
    by_fault: dict[int, int] = {}

    def explained(repeat: int, seen: set[int]) -> bool:
        copies = repeats[repeat]
        for place, fault in enumerate(faults):
            if place in seen or fault.end < copies.begin - NOTED_LATE or fault.begin > copies.end:
                continue
            seen.add(place)
            if place not in by_fault or explained(by_fault[place], seen):
                by_fault[place] = repeat
                return True
        return False

    return sum(explained(repeat, set()) for repeat in range(len(repeats)))


def _unanswered(world: World, channel: str, *, silent: bool) -> list[Span]:
    """Return when a channel did not answer in time beyond what was done to it."""
    rows = world.store.rows(
        f"""select a.at, a.took from attempts a join deliveries d on d.id = a.delivery_id
            where a.outcome = 'uncertain' and a.took >= {world.times.deadline} and d.channel = '{channel}'"""
    )
    spans = [Span(row["at"], row["at"] + row["took"]) for row in rows]
    for fault in world.faults if silent else ():
        own = next((span for span in spans if span.begin <= fault.end and fault.begin <= span.end), None)
        if own is not None:
            spans.remove(own)
    return spans


def _check_strangers(books: _Books, found: Verdict) -> None:
    """Nobody was told of what is not in the store."""
    known = {short(incident["id"]) for incident in books.incidents}
    for incident, channel in books.said:
        if incident not in known:
            found.wrong.append(f"told on {channel} and not in the store: incident {incident}")
