"""Filling the index for text search: after the answers, in small pieces.

The rules: what changed first, then an older history; a piece that is run again changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from relay.store import Row
from relay.store.targets import TargetWrites


class IndexWrites(TargetWrites):
    """Fills the index."""

    def index_incidents(self, limit: int) -> int:
        """Index at most ``limit`` incidents that changed, or of an older history; return how many, 0 when all is indexed."""
        rows = self._database.rows(
            "select incident_id, sequence from unsearched order by incident_id, sequence limit %(limit)s",
            limit=limit,
        )
        if rows:
            self._index([row["incident_id"] for row in rows])
            self._done(rows)
            return len(rows)
        return self._walk(limit)

    def _walk(self, limit: int) -> int:
        """Go through a history from before there was an index."""
        place = self._database.rows("select after from searching where name = 'incidents'")
        if not place:
            return 0
        rows = self._database.rows(
            "select id from incidents where id > %(after)s order by id limit %(limit)s",
            after=place[0]["after"],
            limit=limit,
        )
        if not rows:
            self._database.run("delete from searching where name = 'incidents'")
            return 0
        self._index([row["id"] for row in rows])
        self._database.run(
            "update searching set after = %(after)s where name = 'incidents'", after=rows[-1]["id"]
        )
        return len(rows)

    def _index(self, ids: Sequence[str]) -> None:
        names = dict.fromkeys(ids)
        listed = ", ".join(f"%(id{number})s" for number in range(len(names)))
        values: dict[str, object] = {f"id{number}": id for number, id in enumerate(names)}
        # Fixed texts and names of parameters only.
        self._database.run(f"delete from searched where incident_id in ({listed})", **values)  # noqa: S608
        self._database.run(
            f"insert into searched (incident_id, words) select id, words from incidents where id in ({listed}) order by id",  # noqa: S608
            **values,
        )

    def _done(self, rows: Sequence[Row]) -> None:
        # By the change and not by the incident: one that came in between is still to be indexed. By one statement, as the
        # thread that runs it waits for the interpreter after each.
        self._database.queue(
            "delete from unsearched where (incident_id, sequence) in ({pairs})",
            pairs=json.dumps([(row["incident_id"], row["sequence"]) for row in rows]),
        )
