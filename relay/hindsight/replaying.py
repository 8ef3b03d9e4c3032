"""A table of rules over stored history: which incidents it would have raised, beside those that happened.

The rule: what can't be judged, because its samples are not kept, is told as unknown and never as missed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from relay.core.incidents import Policy
from relay.core.model import Incident
from relay.core.reruns import Fate, Life, Pair, compare, life_of
from relay.core.rules import NO_DATA, POLLED, Rule
from relay.core.targets import Target
from relay.hindsight.gaps import Coverage, merged
from relay.hindsight.troubles import Judging, Listening, Patience, TimeIsUp
from relay.store.hindsight import Kept
from relay.store.reader import Reader
from relay.store.transactions import ReadTransaction

AT_ONCE = 200
# Beyond this a list is of no use to anybody, and memory has its end.
MOST_INCIDENTS = 5_000


@dataclass(frozen=True, slots=True)
class Table:
    """What is tried: rules, the targets whose silence counts, and when trouble is the same trouble."""

    rules: tuple[Rule, ...]
    targets: tuple[Target, ...]
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay found, in the order of time.

    ``unmeasured`` are rules of whose metric nothing is kept; ``unfinished`` the troubles for which there was no time;
    ``is_cut``: there were more incidents than are told.
    """

    since: datetime
    until: datetime
    pairs: tuple[Pair, ...]
    coverage: tuple[Coverage, ...]
    unmeasured: tuple[Rule, ...]
    unfinished: tuple[str, ...] = ()
    is_cut: bool = False

    def count(self, fate: Fate) -> int:
        """Return how many incidents have this fate."""
        return sum(1 for pair in self.pairs if pair.fate is fate)

    @property
    def happened(self) -> int:
        """How many incidents there were."""
        return sum(1 for pair in self.pairs if pair.happened is not None)

    @property
    def would(self) -> int:
        """How many there would have been, as far as it is known."""
        return sum(1 for pair in self.pairs if pair.would is not None)


class Replay:
    """One replay: ``run`` each of its ``troubles``, then take the ``result``. Those of rules ``in_force`` come last."""

    def __init__(
        self,
        reader: Reader,
        table: Table,
        since: datetime,
        until: datetime,
        in_force: Collection[Rule] = (),
    ) -> None:
        self._reader, self._table = reader, table
        self._since, self._until = since, until
        with reader.read() as tx:
            self._kept = [kept for kept in tx.kept_series() if kept.first_at < until]
        self.troubles: list[Judging | Listening] = [
            *(Judging(rule, kept) for kept in self._kept for rule in table.rules if rule.judges(kept.series)),
            *(Listening(target) for target in table.targets),
        ]
        # Where time is short: what is tried comes before what is as ever.
        self.troubles.sort(key=lambda one: not isinstance(one, Judging) or one.rule in in_force)
        begins = {one.fingerprint: one.begins_at(since) for one in self.troubles if isinstance(one, Judging)}
        self._happened, self._is_cut = _happened(reader, begins, since, until)
        self._pairs: list[Pair] = []
        self._coverage: list[Coverage] = []
        self._unfinished: list[str] = []

    def run(self, trouble: Judging | Listening, is_up: Patience = lambda: False) -> None:
        """Run one trouble again and compare it with what happened."""
        happened = self._happened.pop(trouble.fingerprint, [])
        try:
            would = self._would(trouble, is_up)
        except TimeIsUp:
            self._unfinished.append(trouble.fingerprint)
            self._pairs += [Pair(Fate.UNKNOWN, life, None) for life in happened]
            return
        self._pairs += compare(happened, would, self._until)
        if len(self._pairs) > MOST_INCIDENTS:
            self._is_cut = True
            del self._pairs[MOST_INCIDENTS:]

    def result(self) -> Replayed:
        """Return what was found, with what happened to troubles that this table does not know."""
        for happened in self._happened.values():
            self._pairs += compare(happened, [], self._until)
        self._happened.clear()
        judging = {one.rule.name for one in self.troubles if isinstance(one, Judging)}
        with self._reader.read() as tx:
            pairs = [self._known(tx, pair) for pair in self._pairs]
        return Replayed(
            since=self._since,
            until=self._until,
            pairs=tuple(sorted(pairs, key=lambda pair: pair.opened_at)),
            coverage=tuple(merged(self._coverage)),
            unmeasured=tuple(rule for rule in self._table.rules if rule.name not in judging),
            unfinished=tuple(self._unfinished),
            is_cut=self._is_cut,
        )

    def _would(self, trouble: Judging | Listening, is_up: Patience) -> Sequence[Life]:
        asked = (self._reader, self._table.policy, self._since, self._until, is_up)
        if isinstance(trouble, Listening):
            return trouble.run(*asked).lives
        rerun, coverage = trouble.run(*asked)
        self._coverage.append(coverage)
        return rerun.lives

    def _known(self, tx: ReadTransaction, pair: Pair) -> Pair:
        """Return a pair as it is, or as unknown where what judged the incident is not kept."""
        if pair.happened is None or pair.would is not None or pair.fate is Fate.UNKNOWN:
            return pair
        incident = pair.happened.incident
        known = _misses_kept if incident.kind == NO_DATA else _samples_kept
        return pair if known(tx, incident, self._kept, self._until) else replace(pair, fate=Fate.UNKNOWN)


def replay(
    reader: Reader,
    table: Table,
    since: datetime,
    until: datetime,
    is_up: Patience = lambda: False,
    in_force: Collection[Rule] = (),
) -> Replayed:
    """Run a table over what is stored of a span of time; rules that are ``in_force`` come last."""
    whole = Replay(reader, table, since, until, in_force)
    for trouble in whole.troubles:
        whole.run(trouble, is_up)
    return whole.result()


def _happened(
    reader: Reader, begins: Mapping[str, datetime], since: datetime, until: datetime
) -> tuple[dict[str, list[Life]], bool]:
    """Return what happened by its trouble, and whether there was more than is told."""
    found: dict[str, list[Life]] = {}
    for number, life in enumerate(_lives(reader, begins, since, until)):
        if number == MOST_INCIDENTS:
            return found, True
        found.setdefault(life.incident.fingerprint, []).append(life)
    return found, False


def _lives(
    reader: Reader, begins: Mapping[str, datetime], since: datetime, until: datetime
) -> Iterator[Life]:
    last: Incident | None = None
    while True:
        with reader.read() as tx:
            page = tx.found_between(POLLED, since, until, last, AT_ONCE)
            lives = [
                life_of(one, tx.every_moment(one.id), begins.get(one.fingerprint, since), until)
                for one in page
            ]
        yield from (life for life in lives if life is not None)
        if len(page) < AT_ONCE:
            return
        last = page[-1]


def _samples_kept(tx: ReadTransaction, incident: Incident, kept: Sequence[Kept], until: datetime) -> bool:
    """Whether there are samples of the metric that raised an incident from the time when it was open."""
    event = tx.event_of(incident.id, 1)
    metric = dict(event.rule).get("metric", incident.kind) if event is not None else incident.kind
    return any(
        one.series.target == incident.target
        and one.series.metric == metric
        and one.first_at <= (incident.resolved_at or until)
        for one in kept
    )


def _misses_kept(tx: ReadTransaction, incident: Incident, _kept: Sequence[Kept], until: datetime) -> bool:
    """Whether the misses that raised an incident are kept."""
    return bool(tx.misses(incident.target, incident.opened_at, incident.resolved_at or until, 1))
