"""The identity of an alert: its label set, whoever sends it and in whichever form."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

_OFFSET, _PRIME, _MASK = 0xCBF29CE484222325, 0x100000001B3, 0xFFFFFFFFFFFFFFFF
# Label sets of at most so many bytes are remembered.
_KEPT = 1_024


def fingerprint(labels: Mapping[str, str]) -> str:
    """Return Alertmanager's fingerprint: FNV-1a, 64 bits, over each name and value, each ended by the byte 0xFF.

    Source: ``labelSetToFingerprint`` in ``model/signature.go`` of github.com/prometheus/common.

    >>> fingerprint({"instance": "db-1", "alertname": "DiskFull"})
    'fd807b82f98f9135'
    """
    said = b"\xff".join([words.encode() for pair in sorted(labels.items()) for words in pair]) + b"\xff"
    # Every alert is sent again and again, and a byte costs as much as a look at what is known.
    return _known(said) if len(said) <= _KEPT else _hashed(said)


def _hashed(said: bytes) -> str:
    hashed = _OFFSET
    for byte in said:
        hashed = (hashed ^ byte) * _PRIME & _MASK
    return f"{hashed:016x}"


_known = lru_cache(maxsize=2_048)(_hashed)
