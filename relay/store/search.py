"""Text search by an index of all three letters in a row, filled after the answers and in small pieces.

The rules: the index only says where to look, and what it says is looked at again, so that a search gives what reading every
row would give; what is not indexed yet is looked at too; a piece that is run again changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from relay.store import Database

# Beyond so many places it is quicker to read the newest incidents in turn: what is common is found soon.
MOST_PLACES = 5_000
GRAM = 3
# Each narrows the search; after so many there is little left to narrow.
MOST_GRAMS = 48

# So many incidents show what is common, as this share of them.
SAMPLE = 100
COMMON = 0.25

# Which incidents to look at: what the index names, and what it does not hold yet.
PLACES = """(select incident_id from searched where place in ({numbers})
             union select incident_id from unsearched) found cross join"""

_WAITING = """select (select count(*) from (select 1 as one from unsearched limit %(limit)s) waiting) as waiting,
                     (select count(*) from searching) as searching"""


def grams(words: Sequence[str]) -> list[str]:
    """Return three letters in a row of ``words``, each once, so many that every letter is in one of them.

    >>> grams(["memory", "leaks", "on"])
    ['mem', 'ory', 'lea', 'aks']
    """
    whole = [word.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for word in words]
    found = dict.fromkeys(
        word[at : at + GRAM]
        for word in whole
        if len(word) >= GRAM
        for at in (*range(0, len(word) - GRAM, GRAM), len(word) - GRAM)
    )
    return list(found)[:MOST_GRAMS]


def narrowing(database: Database, words: Sequence[str]) -> str | None:
    """Return where to look, as JSON for ``PLACES``; None where the index is of no help: too short, too common, not filled yet."""
    wanted = _telling(database, [gram for gram in grams(words) if "\0" not in gram])
    if not wanted:
        return None
    (state,) = database.rows(_WAITING, limit=MOST_PLACES + 1)
    if state["waiting"] > MOST_PLACES or state["searching"]:
        return None
    named = database.rows(
        "select {place} {from_named} limit %(limit)s", grams=json.dumps(wanted), limit=MOST_PLACES + 1
    )
    return None if len(named) > MOST_PLACES else json.dumps([row["place"] for row in named])


def _telling(database: Database, wanted: Sequence[str]) -> list[str]:
    """Leave out what many incidents have: it tells little apart, and its long lists would be read all the same."""
    (row,) = database.rows("select coalesce(max(place), 0) as last from searched")
    # Far from one another: what came in together is alike.
    spread = [1 + number * row["last"] // SAMPLE for number in range(SAMPLE)]
    rows = database.rows(
        "select words from searched where place in ({numbers})", places=json.dumps(sorted({*spread}))
    )
    known = [row["words"] for row in rows]
    most = max(len(known) * COMMON, 1)
    return [gram for gram in wanted if sum(gram in words for words in known) <= most]
