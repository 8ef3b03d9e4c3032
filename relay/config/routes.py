"""Who is told: channels, routes and silences, checked against each other."""

from __future__ import annotations

from collections.abc import Iterator

from relay.config.draft import Draft
from relay.config.errors import Place, suggestion
from relay.config.model import QuietSettings, RouteSettings
from relay.core.deployments import KIND
from relay.core.model import Severity, labels
from relay.core.routing import QuietHours, Route, Silence


def routes(draft: Draft) -> tuple[Route, ...]:
    """Return the routes, or the one to every channel where none are given; report what does not fit."""
    names = draft.names("channels")
    if not names:
        draft.findings.warn(("channels",), "there is no channel: incidents are kept, and nobody is told")
    if ("routes",) in draft.aside:
        return ()
    if draft.settings.routes is None:
        return _default(tuple(names)) if names else ()
    made = tuple(_routes(draft, names))
    told = {channel for route in made for channel in route.channels}
    told |= {given.fallback.channel for given in draft.settings.channels.values() if given.fallback}
    for name in names:
        if name not in told:
            draft.findings.warn(
                ("channels", name), "no route leads here: it is told of nothing but its own test"
            )
    return made


def silences(draft: Draft) -> tuple[Silence, ...]:
    """Return the silences; report what does not fit."""
    for index, given in enumerate(draft.settings.silences):
        if given.ends_at <= given.begins_at:
            draft.findings.error(("silences", index, "to"), "must be after from")
    return tuple(
        Silence(labels(given.where), given.begins_at, given.ends_at, given.comment)
        for given in draft.settings.silences
    )


def _default(channels: tuple[str, ...]) -> tuple[Route, ...]:
    """Every channel hears of every trouble, and of each deployment the one line that says how it went."""
    verdicts = Route("deployments", channels, where=(("kind", KIND),), at_least=Severity.INFO)
    return (Route("all", channels), verdicts)


def _routes(draft: Draft, names: list[str]) -> Iterator[Route]:
    seen: set[str] = set()
    for index, given in enumerate(draft.settings.routes or ()):
        place = ("routes", index)
        if given.name in seen:
            draft.findings.error((*place, "name"), "is the name of another route already")
        seen.add(given.name)
        _check_channels(draft, (*place, "channels"), given, names)
        yield Route(
            name=given.name,
            channels=given.channels,
            where=labels(given.where),
            at_least=Severity[given.at_least.upper()],
            quiet=_quiet(draft, (*place, "quiet"), given.quiet) if given.quiet else None,
        )


def _check_channels(draft: Draft, place: Place, route: RouteSettings, names: list[str]) -> None:
    for index, channel in enumerate(route.channels):
        here = (*place, index)
        if channel not in names:
            # As written, since a name from the environment is not shown.
            meant = suggestion(draft.shown(here) or "", names) if names else "; there are no channels"
            draft.findings.error(here, f"unknown channel{meant}")
        elif channel in route.channels[:index]:
            draft.findings.error(here, "stands here twice")


def _quiet(draft: Draft, place: Place, given: QuietSettings) -> QuietHours:
    if given.begin == given.end:
        draft.findings.error(
            (*place, "to"), "is the same as from: quiet hours of no length, or of a whole day?"
        )
    return QuietHours(given.begin, given.end, given.zone, Severity[given.except_from.upper()])
