"""When the account's way in ends: read from the platform, or told by the operator where the platform does not say.

The rule: a token's end is told while there is time to make another one. Which of a user's tokens is ours no answer says: by
its name, else the one that ends first, so that an end is told too often rather than never.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta

from relay.clever.client import Client, ClientError, Fault, rows
from relay.intake import dates

TOKENS = "/api-tokens"
CURRENT = "/v2/self/tokens/current"


async def ends_at(client: Client, at: datetime) -> datetime | None:
    """Return when the way in ends, None where nobody says; raise ``ClientError`` for an answer that must be looked at."""
    account = client.account
    if account.token_ends is not None:
        return datetime.combine(account.token_ends, time(0), UTC)
    path = TOKENS if account.token is not None else CURRENT
    try:
        found = await client.get(path)
    except ClientError as error:
        # No source promises that a token may list itself.
        if error.fault in (Fault.MISSING, Fault.REFUSED) or (error.fault is Fault.DENIED and not error.whole):
            return None
        raise
    known = rows(found if isinstance(found, list) else [found])
    return min(_ends(known, account.token_name, at), default=None)


def _ends(known: list[Mapping[str, object]], name: str | None, at: datetime) -> Iterator[datetime]:
    for row in known:
        if name is not None and row.get("name") != name:
            continue
        try:
            ends = dates.parse(row.get("expirationDate"))
        except ValueError:
            continue
        # One that has ended is not ours: ours was just let in.
        if ends is not None and ends > at - timedelta(minutes=1):
            yield ends
