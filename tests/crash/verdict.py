"""What must hold after every crash, checked in the store and at the far end."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from relay.core.identity import short
from tests.crash.far_end import Said
from tests.crash.stores import Row
from tests.crash.world import STEPS, World

ENDED = ("delivered", "folded", "parked")
CHANNELS = ("discord", "slack")


@dataclass
class Verdict:
    """What was found; ``wrong`` holds one sentence for each broken promise.

    ``repeats`` has how many messages each round repeated on each channel, ``unanswered`` how many had no answer in time.
    """

    accepted: int = 0
    told: int = 0
    repeats: Counter[tuple[str, str]] = field(default_factory=Counter)
    unanswered: Counter[tuple[str, str]] = field(default_factory=Counter)
    marked: int = 0
    wrong: list[str] = field(default_factory=list)

    def most_repeats(self, *, silent: bool) -> int:
        """The most that a fault repeated on one channel.

        Where no answer in time is not the fault itself, the machine was too busy: what that repeats is not counted.
        """
        expected = 1 if silent else 0
        counted = (
            number - max(0, self.unanswered[place] - expected) for place, number in self.repeats.items()
        )
        return max(counted, default=0)


@dataclass
class _Books:
    """The store and the far end, by incident."""

    incidents: Sequence[Row]
    changes: dict[str, list[int]]
    deliveries: dict[tuple[str, str], list[Row]]
    said: dict[tuple[str, str], list[Said]]


def judge(world: World, *, late: int = 0) -> Verdict:
    """Check everything that a world has lived through.

    ``late``: how many copies may come late and unmarked, from processes that were stopped after they looked at their lease.
    """
    found = Verdict(accepted=len(world.accepted))
    books = _books(world)
    _check_accepted(world, found)
    for incident in books.incidents:
        _check_changes(incident, books, found)
        for channel in CHANNELS:
            late = _check_channel(incident, channel, books, found, late)
    _check_strangers(books, found)
    _count_unanswered(world, books, found)
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
    if surplus:
        found.repeats[_round(incident), channel] += surplus
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


def _count_unanswered(world: World, books: _Books, found: Verdict) -> None:
    rounds = {incident["id"]: _round(incident) for incident in books.incidents}
    for row in world.store.rows(
        """select d.incident_id, d.channel, a.took from attempts a join deliveries d on d.id = a.delivery_id
           where a.outcome = 'uncertain'"""
    ):
        if row["took"] >= world.times.deadline:
            found.unanswered[rounds[row["incident_id"]], row["channel"]] += 1


def _round(incident: Row) -> str:
    """The round that sent it stands in its name."""
    return str(incident["target"]).partition("-")[0]


def _check_strangers(books: _Books, found: Verdict) -> None:
    """Nobody was told of what is not in the store."""
    known = {short(incident["id"]) for incident in books.incidents}
    for incident, channel in books.said:
        if incident not in known:
            found.wrong.append(f"told on {channel} and not in the store: incident {incident}")
