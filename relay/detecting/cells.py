"""One cell of an exported table: a time or a number, with the units that exports write. NaN where it is neither."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from math import isfinite, nan

MB = 1024.0 * 1024.0
_SIZE = re.compile(r"^\s*([-+]?[0-9][0-9 _.,]*(?:[eE][-+]?[0-9]+)?)\s*([kKMGT]?i?[Bb]|[kKMGT]i?|bytes)?\s*$")
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
# The first is a time in milliseconds, microseconds, nanoseconds: seconds reach it in the year 5138.
_SMALLER = ((1e17, 1e-9), (1e14, 1e-6), (1e11, 1e-3))


def number(cell: str) -> float:
    """Return the cell as a number: bytes where it has a unit of its own.

    >>> number("12.5"), number("1.5 KiB"), number("2 kB"), number("n/a")
    (12.5, 1536.0, 2000.0, nan)
    """
    try:
        value = float(cell)
    except ValueError:
        return _with_unit(cell)
    return value if isfinite(value) else nan


def has_unit(cell: str) -> bool:
    """Whether the cell is a size with a unit, as ``123 MiB``."""
    found = _SIZE.match(cell)
    return found is not None and bool(found[2])


def moment(cell: str) -> float:
    """Return the cell as seconds: a number of them, of their thousandths or less since 1970, or a date; no zone is UTC.

    >>> moment("1700000000000"), moment("2023-11-14T22:13:20Z"), moment("30"), moment("soon")
    (1700000000.0, 1700000000.0, 30.0, nan)
    """
    try:
        value = float(cell)
    except ValueError:
        return _date(cell)
    if not isfinite(value):
        return nan
    return next((value * factor for least, factor in _SMALLER if abs(value) >= least), value)


def _date(cell: str) -> float:
    try:
        at = datetime.fromisoformat(cell.strip().replace("/", "-"))
    except ValueError:
        return nan
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _with_unit(cell: str) -> float:
    found = _SIZE.match(cell[:64])
    if found is None:
        return nan
    digits, unit = found[1].replace(" ", "").replace("_", ""), found[2] or ""
    # A decimal comma where there is one comma and no point; else commas part thousands.
    digits = (
        digits.replace(",", ".") if digits.count(",") == 1 and "." not in digits else digits.replace(",", "")
    )
    try:
        value = float(digits)
    except ValueError:
        return nan
    if unit == "bytes":
        return value
    power = _POWERS[unit.rstrip("Bb").rstrip("i").lower()]
    return value * (1024.0 if "i" in unit else 1000.0) ** power
