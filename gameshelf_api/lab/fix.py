"""The fix, seen: the same traffic on the leaky and on the bounded cache, and both curves. Pure but for ``measure``."""

from collections.abc import Sequence

from gameshelf_api.lab.plot import Curve, Picture
from gameshelf_api.lab.table import MB, Row, curve
from gameshelf_api.lab.texts import Texts

# A tenth of the leak or less, over the second half: a cache fills first, and only then is flat.
FLAT = 0.1
FLOOR_BYTES = 1024.0


def late_growth(rows: Sequence[Row]) -> float:
    """Return the bytes a request over the second half of the run."""
    half, last = rows[len(rows) // 2], rows[-1]
    return (last.real_bytes - half.real_bytes) / (last.requests - half.requests)


def is_fixed(leaky: Sequence[Row], bounded: Sequence[Row]) -> bool:
    """Return whether the second run is flat where the first one grew, and with another cache."""
    allowed = max(late_growth(leaky) * FLAT, FLOOR_BYTES)
    return not bounded[-1].is_leaky and late_growth(bounded) <= allowed


def lines(leaky: Sequence[Row], bounded: Sequence[Row], texts: Texts) -> list[str]:
    """Return both runs side by side, and what they show."""
    head = texts.say("fix_head")
    widths = [len(cell) - 2 for cell in head.strip("|").split("|")]
    rule = "|".join(["", *("-" * (width + 1) + ":" for width in widths), ""])
    body = [_line(widths, one, other, texts) for one, other in zip(leaky, bounded, strict=True)]
    return [head, rule, *body, "", _verdict(leaky, bounded, texts)]


def picture(leaky: Sequence[Row], bounded: Sequence[Row], texts: Texts) -> Picture:
    """Return both curves."""
    curves = [
        Curve(texts.say("curve_leaky"), curve(leaky)),
        Curve(texts.say("curve_bounded"), curve(bounded)),
    ]
    return Picture(texts.say("plot_title"), texts.say("axis_requests"), texts.say("axis_memory"), curves)


def _line(widths: Sequence[int], one: Row, other: Row, texts: Texts) -> str:
    cells = (str(one.requests), *(texts.say("mb", mb=row.real_bytes / MB) for row in (one, other)))
    line = " | ".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
    return f"| {line} |"


def _verdict(leaky: Sequence[Row], bounded: Sequence[Row], texts: Texts) -> str:
    if bounded[-1].is_leaky:
        return texts.say("fix_same_cache")
    key = "fix_flat" if is_fixed(leaky, bounded) else "fix_not_flat"
    return texts.say(key, leaky=late_growth(leaky) / 1024, bounded=late_growth(bounded) / 1024)
