"""Whether a store is whole: what must hold between its tables, whatever was killed, restored or copied.

The rules: a check reads and changes nothing; it names examples, so that a person can look at them; each is one statement that
gives the ids of what breaks it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from relay.store import Backend, Connection, StoreUnavailable
from relay.store.documents import read_event, read_incident
from relay.store.schema import MIGRATIONS
from relay.store.sqlite import SqliteBackend

# So many of what breaks a rule are named.
EXAMPLES = 5
# Documents read at once.
PIECE = 2_000


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one check: the rule, how many break it, and some of their ids."""

    name: str
    rule: str
    broken: int
    examples: tuple[str, ...] = ()


_NUMBERED = """select i.id as example from incidents i left join
    (select incident_id, count(*) as number, min(sequence) as first, max(sequence) as last
     from changes group by incident_id) c on c.incident_id = i.id
    where coalesce(c.number, 0) <> i.sequence or c.first <> 1 or c.last <> i.sequence"""

_TRIED = """select delivery_id as example from attempts group by delivery_id
    having min(number) <> 1 or max(number) <> count(*)"""

# Name, rule, and the statement that gives whatever breaks it as "example".
RULES: tuple[tuple[str, str, str], ...] = (
    ("sequences", "the changes of an incident are numbered from 1 to its last, without a hole", _NUMBERED),
    (
        "changes",
        "every change belongs to an incident",
        """select c.incident_id as example from changes c left join incidents i on i.id = c.incident_id
           where i.id is null""",
    ),
    (
        "causes",
        "every change has the event that made it",
        """select c.incident_id as example from changes c left join events e on e.id = c.event_id
           where e.id is null""",
    ),
    (
        "outbox",
        "every change has its deliveries, or the reason why nobody is told",
        """select c.incident_id as example from changes c left join deliveries d
           on d.incident_id = c.incident_id and d.sequence = c.sequence
           where d.id is null and c.untold = ''""",
    ),
    (
        "deliveries",
        "every delivery tells a change that is kept",
        """select d.id as example from deliveries d left join changes c
           on c.incident_id = d.incident_id and c.sequence = d.sequence where c.incident_id is null""",
    ),
    (
        "channels",
        "every delivery has its channel",
        """select d.id as example from deliveries d left join channels c on c.name = d.channel
           where c.name is null""",
    ),
    ("attempts", "the attempts of a delivery are numbered from 1, without a hole", _TRIED),
    (
        "tries",
        "every attempt belongs to a delivery",
        """select a.delivery_id as example from attempts a left join deliveries d on d.id = a.delivery_id
           where d.id is null""",
    ),
    (
        "delivered",
        "what counts as delivered has an attempt that arrived",
        """select d.id as example from deliveries d where d.state = 'delivered' and not exists
           (select 1 from attempts a where a.delivery_id = d.id and a.outcome = 'delivered')""",
    ),
    (
        "folded",
        "what was told with another delivery was told with one that arrived",
        """select d.id as example from deliveries d join deliveries t on t.id = d.told_with
           where d.told_with <> '' and d.state = 'folded' and t.state <> 'delivered'""",
    ),
    (
        "open",
        "no trouble has two open incidents",
        """select fingerprint as example from incidents where resolved_at is null
           group by fingerprint having count(*) > 1""",
    ),
    (
        "events",
        "every event that belongs to an incident finds it",
        """select e.id as example from events e left join incidents i on i.id = e.incident_id
           where e.incident_id is not null and i.id is null""",
    ),
    (
        "receipts",
        "every event that a request brought has its receipt",
        """select e.id as example from events e left join receipts r on r.id = e.receipt_id
           where e.receipt_id is not null and r.id is null""",
    ),
    (
        "search",
        "every incident is indexed as it is, or waits to be",
        """select i.id as example from incidents i left join searched s on s.incident_id = i.id
           where (s.place is null or s.words <> i.words)
           and not exists (select 1 from unsearched u where u.incident_id = i.id)
           and not exists (select 1 from searching w where i.id > w.after)""",
    ),
    (
        "messages",
        "every living message belongs to an incident",
        """select m.incident_id as example from remotes m left join incidents i on i.id = m.incident_id
           where i.id is null""",
    ),
    (
        "samples",
        "every sample belongs to a series",
        """select distinct cast(s.series_id as text) as example from samples s left join series on series.id = s.series_id
           where series.id is null""",
    ),
)

# What SQLite alone keeps beside its rows.
_KEPT = (
    (
        "counts",
        "as many incidents of each severity are open as are counted",
        """select cast(severity as text) as example from (
               select severity, number from open_sqlite union all
               select severity, -count(*) from incidents where resolved_at is null group by severity) both_ways
           group by severity having sum(number) <> 0""",
    ),
)

_DOCUMENTS = {"incidents": read_incident, "events": read_event}


def of_sqlite(backend: SqliteBackend) -> Iterator[Finding]:
    """Check a file: first whether SQLite finds it sound, then the rules."""
    with _viewed(backend) as connection:
        found = [
            str(row["integrity_check"]) for row in connection.rows(f"pragma integrity_check({EXAMPLES})")
        ]
        wrong = tuple(line for line in found if line != "ok")
        yield Finding("file", "SQLite finds its file sound", len(wrong), wrong)
        _require_current(connection, "select name from _sqlite_migrations where migration_set = 'relay'")
        yield from _judged(connection, _KEPT)
        yield from findings(connection)


def of_postgres(backend: Backend) -> Iterator[Finding]:
    """Check a database; of its files, PostgreSQL's own pg_amcheck knows."""
    with _viewed(backend) as connection:
        # A history of millions takes its time, and nobody waits for a reader.
        connection.rows("select set_config('statement_timeout', '0', true)")
        _require_current(connection, "select name from migrations")
        yield from findings(connection)


@contextmanager
def _viewed(backend: Backend) -> Iterator[Connection]:
    connection = backend.reader()
    try:
        connection.begin()
        yield connection
        connection.rollback()
    finally:
        connection.close()


def _require_current(connection: Connection, applied: str) -> None:
    names = {row["name"] for row in connection.rows(applied)}
    if not {name for name, _ in MIGRATIONS} <= names:
        raise StoreUnavailable(
            "an older version made it: relay migrate brings the store up to date, relay restore a backup"
        )


def findings(connection: Connection) -> Iterator[Finding]:
    """Check one view of a store, rule by rule."""
    yield from _judged(connection, RULES)
    for table in _DOCUMENTS:
        unreadable = list(_unreadable(connection, table))
        yield Finding(
            f"{table} read",
            f"every one of the {table} can be read",
            len(unreadable),
            tuple(unreadable[:EXAMPLES]),
        )


def _judged(connection: Connection, rules: Sequence[tuple[str, str, str]]) -> Iterator[Finding]:
    for name, rule, statement in rules:
        rows = connection.rows(
            # Fixed statements of this module.
            f"""select example, count(*) over () as number from ({statement}) found
                order by example limit {EXAMPLES}"""  # noqa: S608
        )
        yield Finding(
            name, rule, int(rows[0]["number"]) if rows else 0, tuple(str(row["example"]) for row in rows)
        )


def _unreadable(connection: Connection, table: str) -> Iterator[str]:
    last = ""
    while True:
        rows = connection.rows(
            f"select id, document from {table} where id > %(last)s order by id limit %(piece)s",  # noqa: S608
            last=last,
            piece=PIECE,
        )
        for row in rows:
            try:
                _DOCUMENTS[table](row["document"])
            except (ValueError, LookupError, TypeError):
                yield row["id"]
        if not rows:
            return
        last = rows[-1]["id"]
