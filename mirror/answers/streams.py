"""Server-sent events in the platform's way: heartbeats while nothing is to be said, and a word about the end."""

from __future__ import annotations

import json

HEARTBEAT_SECONDS = 2.0


def sent(name: str, data: object, identifier: str | None = None) -> bytes:
    """Return one event.

    >>> sent("HEARTBEAT", {})
    b'event:HEARTBEAT\\ndata:{}\\n\\n'
    """
    lines = [] if identifier is None else [f"id:{identifier}"]
    lines += [f"event:{name}", f"data:{json.dumps(data, separators=(',', ':'))}"]
    return ("\n".join(lines) + "\n\n").encode()


def end(reason: str) -> bytes:
    """Return the last event, which says why there is no more."""
    return sent("END_OF_STREAM", {"endedBy": reason})
