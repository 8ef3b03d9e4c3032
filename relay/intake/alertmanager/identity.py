"""The identity of an alert: its label set, whoever sends it and in whichever form."""

from __future__ import annotations

from collections.abc import Mapping

_OFFSET, _PRIME, _MASK = 0xCBF29CE484222325, 0x100000001B3, 0xFFFFFFFFFFFFFFFF


def fingerprint(labels: Mapping[str, str]) -> str:
    """Return Alertmanager's fingerprint: FNV-1a, 64 bits, over each name and value, each ended by the byte 0xFF.

    Source: ``labelSetToFingerprint`` in ``model/signature.go`` of github.com/prometheus/common.

    >>> fingerprint({"instance": "db-1", "alertname": "DiskFull"})
    'fd807b82f98f9135'
    """
    hashed = _OFFSET
    named = sorted((name.encode(), value.encode()) for name, value in labels.items())
    for byte in b"".join(name + b"\xff" + value + b"\xff" for name, value in named):
        hashed = (hashed ^ byte) * _PRIME & _MASK
    return f"{hashed:016x}"
