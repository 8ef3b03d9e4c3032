"""The pages that look back: why something was found or not in one minute, and what another table would have found."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from time import monotonic

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response

from relay.core.detectors.threshold import Threshold
from relay.core.provenance import span
from relay.core.reruns import Fate
from relay.core.rules import Rule
from relay.core.text import text
from relay.hindsight.explaining import Explanation, explain
from relay.hindsight.replaying import Replayed, replay
from relay.hindsight.roads import Known
from relay.store.hindsight import Kept
from relay.web import query
from relay.web.site import BadTable, Site, desk
from relay.web.words import here

looking_back = Blueprint("looking_back", __name__)

SPANS = {
    "1h": timedelta(hours=1),
    "24h": timedelta(days=1),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
SPAN = "24h"
# A page shares its process with the relay: the command has all the time it needs.
SECONDS = 5.0
MOST_SHOWN = 200
# As it is quoted in a form; the pages take no larger body.
LONGEST_TABLE = 12_000
_busy = threading.Lock()


@looking_back.get("/why")
def why() -> Response:
    """Explain one minute of one series."""
    given = {name: value for name, value in request.args.items() if value.strip()}
    query.only(given, ("target", "metric", "at"))
    target, metric = query.words(given, "target"), query.words(given, "metric")
    now = desk().now()
    at = min(query.moment(given, "at") or now, now).replace(second=0, microsecond=0)
    with desk().reader.read() as tx:
        kept = [one for one in tx.kept_series() if not one.series.metric.startswith("_")]
    chosen = next((one for one in kept if (one.series.target, one.series.metric) == (target, metric)), None)
    found = _explained(chosen, at) if chosen is not None else None
    return make_response(
        render_template(
            "why.html",
            here=here(),
            kept=kept,
            found=found,
            at=at,
            asked=given,
            minute=timedelta(minutes=1),
            is_unknown=bool(target or metric) and chosen is None,
        )
    )


@looking_back.route("/replay", methods=["GET", "POST"])
def rehearsal() -> Response:
    """Try a table of rules on what is stored."""
    site = desk().site
    asked = request.form.get("span", SPAN)
    if asked not in SPANS:
        raise query.BadQuery("span", text("page.bad.choice", choices=", ".join(SPANS)))
    written = request.form.get("rules", _table(site))
    if len(written) > LONGEST_TABLE:
        raise query.BadQuery("rules", text("page.bad.long", most=LONGEST_TABLE))
    found, problem = _replayed(site, written, SPANS[asked]) if request.method == "POST" else (None, "")
    page = render_template(
        "replay.html",
        here=here(),
        found=found,
        problem=problem,
        is_busy=problem is None,
        written=written,
        spans=list(SPANS),
        asked=asked,
        fates=list(Fate),
        shown=found.pairs[-MOST_SHOWN:] if found else (),
    )
    return make_response(page)


def _explained(kept: Kept, at: datetime) -> Explanation:
    site = desk().site
    labels = {one.name: one.labels for one in site.targets}
    return explain(
        desk().reader, kept, Known(site.rules, site.routes, site.silences, site.policy, labels), at
    )


def _replayed(site: Site, written: str, length: timedelta) -> tuple[Replayed | None, str | None]:
    """Return what was found, else what is wrong with the table, else None for another replay that runs."""
    if not _busy.acquire(blocking=False):
        return None, None
    try:
        table = site.table(written)
        until = desk().now()
        ends_at = monotonic() + SECONDS

        def is_up() -> bool:
            return monotonic() > ends_at

        return replay(desk().reader, table, until - length, until, is_up, site.rules), ""
    except BadTable as bad:
        return None, str(bad)
    finally:
        _busy.release()


def _table(site: Site) -> str:
    """Return the rows that are in force for every target, as config.yaml writes them, to begin with."""
    rows = [_row(rule, rule.detector) for rule in site.rules if isinstance(rule.detector, Threshold)]
    return "\n".join(["rules:", *dict.fromkeys(row for row in rows if row), ""])


def _row(rule: Rule, detector: Threshold) -> str:
    if rule.target is not None:
        return ""
    enter = [f"{level.severity.word}: {level.enter:.12g}" for level in detector.levels]
    leave = ", ".join(f"{level.severity.word}: {level.leave:.12g}" for level in detector.levels)
    waits = [f"for: {span(detector.hold)}"] if detector.hold else []
    waits += [f"times: {detector.times}"] if detector.times > 1 else []
    side = ["below: true"] if detector.below else []
    return f"  {rule.name}: {{{', '.join([*side, *enter, f'leave: {{{leave}}}', *waits])}}}"
