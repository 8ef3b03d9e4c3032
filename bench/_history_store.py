"""A store with a long history, made by a few statements: incidents that are over, each with its request, event, change and delivery."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from time import time

from relay.core.model import Event, Incident, Severity
from relay.core.text import verbatim
from relay.store.dialect import OPEN_RECOUNTED
from relay.store.documents import write_event, write_incident, write_text
from relay.store.sqlite import SqliteBackend

# Within what retention keeps by default.
SPAN_S = 390 * 86_400
PIECE = 50_000
TARGETS = 20
OPEN = 100

_ID, _KEY, _TARGET, _TITLE, _AT = "@id@", "@key@", "@target@", "@title@", 1111111111
_STAND_IN = datetime.fromtimestamp(_AT, UTC)

# ``n`` is the incident's number and ``t`` its time. A multiplication scatters the fingerprints, as names are scattered.
_NUMBERS = f"""with recursive
  numbers (n) as (select :first union all select n + 1 from numbers where n + 1 < :end),
  made as (select n, :begun + n * :step as t, printf('generic/key/%08x-%d', n * 2654435761 % 4294967296, n) as key,
                  printf('t%d', n % {TARGETS}) as target, n % 3 + 1 as peak,
                  printf('%s filling up on host-%d (%d)', case n % 4 when 0 then 'disk' when 1 then 'memory'
                         when 2 then 'queue' else 'log' end, n % 5000, n) as title,
                  case when n >= :open then null else :begun + n * :step + 300 end as over from numbers),
  rows as (select *, printf('%08x%024x', cast(t as integer), n) as id from made) """

_FILLED = "replace(replace(replace(replace(replace(:document, '@id@', id), '@key@', key), '@target@', target), '@title@', title), '1111111111.0', printf('%.3f', t))"

_STATEMENTS = (
    _NUMBERS
    + """insert into receipts (id, intake, received_at, body, content_type, note)
         select id, 'bench', t, cast(:body as blob), 'application/json', '' from rows""",
    _NUMBERS
    + f"""insert into events (id, receipt_id, fingerprint, severity, kind, source, target, occurred_at, known_at,
                              received_at, document, outcome, incident_id)
          select id, id, key, peak, 'message', 'generic', target, t, t, t, {_FILLED.replace(":document", ":event")},
                 'opened', id from rows""",
    _NUMBERS
    + f"""insert into incidents (id, fingerprint, severity, peak, source, kind, target, opened_at, updated_at,
                                 resolved_at, sequence, words, document)
          select id, key, case when over is null then peak else 0 end, peak, 'generic', 'message', target, t, t, over,
                 1, title || char(10) || target, {_FILLED.replace(":document", ":incident")} from rows""",
    _NUMBERS
    + """insert into changes (incident_id, sequence, kind, severity, before, at, summary, event_id)
         select id, 1, 'opened', peak, 0, t, :summary, id from rows""",
    _NUMBERS
    + """insert into deliveries (id, incident_id, sequence, channel, created_at, due_at, state, failures, uncertain, held,
                                 reason, attempts, lease_owner, lease_until, token)
         select substr(id, 1, 8) || printf('%024x', n + 1), id, 1, 'slack' || (n % 2), t, t, 'delivered', 0, 0, '', '',
                1, '', 0, 1 from rows""",
)
# What the relay indexes for text search between its other work, at once.
_INDEXED = (
    "insert into searched (incident_id, words) select id, words from incidents order by id",
    "insert into searched_sqlite (searched_sqlite, rank) values ('hashsize', 200000000)",
    "insert into searched_sqlite (searched_sqlite) values ('rebuild')",
    "insert into searched_sqlite (searched_sqlite, rank) values ('hashsize', 1048576)",
)


def history_store(path: Path, number: int) -> None:
    """Make a store with so many incidents, where there is none yet."""
    if path.exists():
        return
    making = path.with_suffix(".making")
    making.unlink(missing_ok=True)
    SqliteBackend(making).migrate()
    with closing(sqlite3.connect(making, isolation_level=None)) as store:
        # What a power cut would leave half done is made again.
        store.execute("pragma synchronous = off")
        store.execute("pragma journal_mode = off")
        store.execute("pragma cache_size = -1000000")
        store.execute("pragma temp_store = memory")
        # Each index made at once and at the end, out of sorted rows: kept up row by row they would be read from the disk.
        kept_up = store.execute(
            """select type, name, sql from sqlite_master where sql is not null
               and type in ('index', 'trigger')"""
        ).fetchall()
        for kind, name, _ in kept_up:
            store.execute(f"drop {kind} {name}")
        begun = time() - SPAN_S
        for first in range(0, number, PIECE):
            values = _values(first, min(first + PIECE, number), number, begun)
            store.execute("begin")
            for statement in _STATEMENTS:
                store.execute(statement, values)
            store.execute("commit")
        for statement in _INDEXED:
            store.execute(statement)
        for *_, sql in kept_up:
            store.execute(sql)
        # As a trigger would have counted them.
        store.execute(OPEN_RECOUNTED)
        store.execute("pragma journal_mode = wal")
    making.rename(path)


def _values(first: int, end: int, number: int, begun: float) -> dict[str, object]:
    return {
        "first": first,
        "end": end,
        "open": number - OPEN,
        "begun": begun,
        "step": (SPAN_S - 3600) / number,
        "body": '{"title":"filling up","severity":"critical"}',
        "summary": write_text(verbatim("93 % used")),
        "event": write_event(_EVENT),
        "incident": write_incident(_INCIDENT),
    }


_EVENT = Event(
    id=_ID,
    fingerprint=_KEY,
    severity=Severity.CRITICAL,
    kind="message",
    source="generic",
    target=_TARGET,
    title=verbatim(_TITLE),
    summary=verbatim("93 % used"),
    occurred_at=_STAND_IN,
    received_at=_STAND_IN,
)
_INCIDENT = Incident(
    id=_ID,
    fingerprint=_KEY,
    severity=Severity.OK,
    peak=Severity.CRITICAL,
    source="generic",
    kind="message",
    target=_TARGET,
    title=verbatim(_TITLE),
    summary=verbatim("93 % used"),
    opened_at=_STAND_IN,
    updated_at=_STAND_IN,
    sequence=1,
    resolved_at=_STAND_IN,
)
