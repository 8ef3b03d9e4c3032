"""Names of things, derived from what they are, so that two runs of a scenario give the same ones."""

from __future__ import annotations

from hashlib import blake2b
from uuid import NAMESPACE_URL, uuid5


def derived(kind: str, *parts: object) -> str:
    """Return an id in the platform's form.

    >>> derived("app", "orga_1", "shop")
    'app_56d88b95-08be-5832-8d35-5e6a40dd126b'
    """
    return f"{kind}_{plain(kind, *parts)}"


def plain(*parts: object) -> str:
    """Return a UUID without a prefix, as hooks and instances have."""
    return str(uuid5(NAMESPACE_URL, "/".join(map(str, parts))))


def commit_of(*parts: object) -> str:
    """Return something that looks like a git commit."""
    return (plain("commit", *parts) + plain("commit again", *parts)).replace("-", "")[:40]


def chance(*parts: object) -> float:
    """Return a number in [0, 1) that is always the same for the same parts.

    >>> chance("a", 1) == chance("a", 1) != chance("a", 2)
    True
    """
    # Not a checksum: those of texts that differ in one place only differ always by the same.
    return int.from_bytes(blake2b("/".join(map(str, parts)).encode(), digest_size=7).digest(), "big") / 2**56
