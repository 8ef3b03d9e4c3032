"""The leak detector on a file: every change of verdict, as it would have happened live."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from math import isfinite, nan
from os import cpu_count
from pathlib import Path

from relay.core.detectors.leak.tracking import Track, track
from relay.core.detectors.leak.verdicts import Finding, Forecast
from relay.detecting.table import UnreadableFile, read

Line = dict[str, str | float | list[float | None] | None]
# Below this, starting processes costs more than it brings.
WORTH_SHARING = 8


@dataclass(frozen=True, slots=True)
class Report:
    """What came of one file: its lines, or why it could not be read; ``bad`` counts rows that were left out."""

    lines: tuple[Line, ...] = ()
    bad: int = 0
    problem: str = ""


def reports(files: Sequence[str], limit_mb: float) -> Iterator[Report]:
    """Yield each file's report, in order; many files are shared out over the processors."""
    if len(files) < WORTH_SHARING:
        yield from map(report, files, repeat(limit_mb))
        return
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(min(cpu_count() or 1, 8)) as pool:
        yield from pool.map(report, files, repeat(limit_mb), chunksize=2)


def report(file: str, limit_mb: float) -> Report:
    """Judge one file from its first sample to its last."""
    try:
        table = read(Path(file), limit_mb)
    except UnreadableFile as error:
        return Report(problem=str(error))
    state, said, lines = Track(limit_mb), None, []
    for at, memory, requests in table.rows():
        finding = track(state, at, memory, requests)
        if finding.standing is not said:
            said = finding.standing
            lines.append(_line(file, at, finding, state.shift))
    if not lines:
        lines.append({**_EMPTY, "file": file, "reason": "no usable sample"})
    return Report(tuple(lines), table.bad)


_EMPTY: Line = {
    "file": "",
    "at": None,
    "verdict": "unknown",
    "mb_per_hour": None,
    "kb_per_request": None,
    "limit_in_seconds": None,
    "limit_in_seconds_interval": None,
    "since": None,
    "reason": "",
}


def _line(file: str, at: float, finding: Finding, shift: float) -> Line:
    line: Line = {**_EMPTY, "file": file, "at": _rounded(at), "verdict": finding.standing.value}
    line["reason"] = finding.reason.value
    line["since"] = _rounded(finding.since - shift)
    return line | _figures(finding.forecast)


def _figures(forecast: Forecast | None) -> Line:
    if forecast is None:
        return {}
    per_request = nan if forecast.per_request is None else forecast.per_request
    low, high = forecast.ends_range
    return {
        "mb_per_hour": _rounded(forecast.per_second * 3600),
        "kb_per_request": _rounded(per_request * 1024),
        "limit_in_seconds": _rounded(forecast.ends_in),
        "limit_in_seconds_interval": [_rounded(low), _rounded(high)],
    }


def _rounded(value: float) -> float | None:
    """Six digits after the point are more than is known; what is no number is null, as JSON has none."""
    return round(value, 6) if isfinite(value) else None
