"""What a growth comes to, in sentences and figures: how fast, until when, since when, after what, through whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import reduce
from math import inf, isfinite

from relay.core.detectors.leak import Finding, Forecast, Reason
from relay.core.detectors.suspect import Share, Suspects
from relay.core.model import Labels
from relay.core.text import Quantity, Text, text

HOUR = 3600.0
# The nearer the end, the shorter the time in which a person counts: an end within so many seconds, the unit, its seconds.
_PACES = (
    (120.0, "second", 1.0),
    (2 * HOUR, "minute", 60.0),
    (7 * 86400.0, "hour", HOUR),
    (inf, "day", 86400.0),
)
# Within so long of now a time is told with its seconds.
_SOON = timedelta(minutes=10)
# An end further away than this is said to be unknown: so long nothing goes on as it was.
FURTHEST = 365 * 86400.0


@dataclass(frozen=True, slots=True)
class Scale:
    """How the detector's figures become a reader's.

    One of its units is ``size`` of ``unit``; its clock runs ``speed`` times faster and is ``shift`` ahead.
    """

    size: float = 1.0
    unit: str = ""
    speed: float = 1.0
    shift: float = 0.0

    def amount(self, value: float) -> Quantity:
        """Return an amount of the metric."""
        return Quantity(value * self.size, self.unit)

    def moment(self, at: float) -> datetime:
        """Return the time that the detector's clock means."""
        return datetime.fromtimestamp((at - self.shift) / self.speed, UTC)


def growing(
    finding: Finding,
    limit: float,
    scale: Scale,
    at: datetime,
    pace: str,
    deployed_at: float,
    suspects: Suspects,
) -> Text:
    """Return what stands, a sentence a line; ``pace`` is the key of the one that says how fast."""
    forecast = finding.forecast
    assert forecast is not None
    lines = [_pace(forecast, scale, pace), end(forecast, limit, scale, at)]
    if isfinite(finding.since):
        lines.append(_since(scale.moment(finding.since), deployed_at, at))
    return joined([*lines, *_blame(suspects, scale)])


def over(reason: Reason, deployed_at: float | None = None) -> Text:
    """Return what ended a growth."""
    if deployed_at is not None:
        return text("leak.over.deployed", at=_shown(datetime.fromtimestamp(deployed_at, UTC)))
    return text(_OVER.get(reason, "leak.over.calm"))


def end(forecast: Forecast, limit: float, scale: Scale, at: datetime) -> Text:
    """Return when the limit is reached, as far as that can be told."""
    ends, (early, late) = forecast.ends_in / scale.speed, _range(forecast, scale)
    told = scale.amount(limit)
    if ends <= 0:
        return text("leak.end.reached", limit=told)
    if not ends < FURTHEST:
        return text("leak.end.unknown", limit=told)
    span = timedelta(seconds=ends)
    when = _shown(at + span, at)
    if not late < FURTHEST:
        return text("leak.end.open", limit=told, span=span, at=when, early=timedelta(seconds=early))
    return text(
        "leak.end",
        limit=told,
        span=span,
        at=when,
        early=timedelta(seconds=early),
        late=timedelta(seconds=late),
    )


def facts(finding: Finding, scale: Scale, at: datetime, suspects: Suspects = Suspects()) -> Labels:  # noqa: B008 (frozen)
    """Return the figures for programs, in bytes where the metric is memory; what is unknown is left out."""
    return tuple(sorted(_facts(finding, scale, at, suspects)))


def joined(lines: list[Text]) -> Text:
    """Return sentences as one text, a line each."""
    return reduce(lambda rest, first: text("lines", first=first, rest=rest), reversed(lines))


def _facts(finding: Finding, scale: Scale, at: datetime, suspects: Suspects) -> Iterator[tuple[str, str]]:
    forecast = finding.forecast
    if forecast is None:
        return
    if isfinite(finding.since):
        yield "growing_since", scale.moment(finding.since).isoformat(timespec="seconds")
    yield "per_hour", f"{forecast.per_second * scale.speed * HOUR * scale.size:.6g}"
    if forecast.per_request is not None:
        yield "per_request", f"{forecast.per_request * scale.size:.6g}"
    for name, seconds in zip(
        ("limit_at", "limit_earliest", "limit_latest"),
        (forecast.ends_in / scale.speed, *_range(forecast, scale)),
        strict=True,
    ):
        if seconds < FURTHEST:
            yield name, (at + timedelta(seconds=seconds)).isoformat(timespec="seconds")
    if suspects.guilty is not None:
        yield "suspect", suspects.guilty
    for number, share in enumerate(suspects.shares, 1):
        low, high = (edge * scale.size for edge in share.interval)
        yield (
            f"route_{number}",
            f"{share.route} {share.per_request * scale.size:.6g} ({low:.6g} to {high:.6g}) a request",
        )


def _pace(forecast: Forecast, scale: Scale, key: str) -> Text:
    ends = forecast.ends_in / scale.speed
    _, unit, seconds = next(pace for pace in _PACES if ends <= pace[0]) if 0 < ends < FURTHEST else _PACES[2]
    pace = text(f"pace.{unit}", amount=scale.amount(forecast.per_second * scale.speed * seconds))
    if forecast.per_request is None or forecast.per_request_range is None:
        return text(key, pace=pace)
    low, high = forecast.per_request_range
    return text(
        "leak.pace.requests",
        pace=pace,
        each=scale.amount(forecast.per_request * 1000),
        low=scale.amount(low * 1000),
        high=scale.amount(high * 1000),
    )


def _since(since: datetime, deployed_at: float, at: datetime) -> Text:
    if isfinite(deployed_at) and deployed_at <= since.timestamp() + HOUR:
        deployed = _shown(datetime.fromtimestamp(deployed_at, UTC))
        return text("leak.since.deployed", at=_shown(since, at), deployed=deployed)
    return text("leak.since", at=_shown(since, at))


def _blame(suspects: Suspects, scale: Scale) -> Iterator[Text]:
    if not suspects.shares:
        return
    first, *others = (_share(share, scale) for share in suspects.shares)
    if suspects.guilty is None:
        yield text("leak.suspect.unsure", shares=_shares([first, *others]))
    elif others:
        yield text("leak.suspect.others", first=first, shares=_shares(others))
    else:
        yield text("leak.suspect", first=first)


def _shares(shares: list[Text]) -> Text:
    return reduce(lambda rest, first: text("leak.shares", first=first, rest=rest), reversed(shares))


def _share(share: Share, scale: Scale) -> Text:
    low, high = share.interval
    return text(
        "leak.share",
        route=share.route,
        each=scale.amount(share.per_request),
        low=scale.amount(low),
        high=scale.amount(high),
    )


def _range(forecast: Forecast, scale: Scale) -> tuple[float, float]:
    early, late = forecast.ends_range
    return early / scale.speed, late / scale.speed


def _shown(at: datetime, now: datetime | None = None) -> str:
    soon = now is not None and abs(at - now) < _SOON
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if soon else f"{at:%Y-%m-%d %H:%M} UTC"


_OVER = {
    Reason.RESTARTED: "leak.over.restarted",
    Reason.FREED: "leak.over.freed",
    Reason.BOUNDED: "leak.over.bounded",
}
