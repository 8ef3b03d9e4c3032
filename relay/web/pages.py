"""The pages: incidents, one incident, targets, channels. A view reads, leaves the store, then renders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache, lru_cache
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, make_response, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from relay.core.model import Incident, Severity
from relay.core.text import Language
from relay.drawing.charts import NARROW, WIDE, chart, spark
from relay.drawing.curves import PERIODS, curve, recent
from relay.store.reader import Reader
from relay.web import query
from relay.web.access import guard, is_signed_in, local_path
from relay.web.api import api
from relay.web.compiled import Compiled
from relay.web.errors import Refusal, tell_errors
from relay.web.found_by import found_by
from relay.web.ledger import ledger
from relay.web.listing import listing
from relay.web.looking_back import looking_back
from relay.web.payload import shown
from relay.web.site import Desk, Redeliver, Site, desk, furnish, read_only
from relay.web.standing import Standing, signs, standings
from relay.web.timeline import by_channel, timeline
from relay.web.words import COOKIE, furnish_words, here, language

pages = Blueprint("pages", __name__)

# Bodies shown on an incident's page, and values in the table below its chart; the API gives the rest.
MOST_RECEIPTS = 5
MOST_VALUES = 60
SPARK_SPAN = timedelta(hours=1)
MOST_SPARKS = 100
MOST_ADDRESSES = 500
LONGEST_VALUE = 100
ONE_YEAR = timedelta(days=365)


def create_app(
    site: Site, reader: Reader, now: Callable[[], datetime], redeliver: Redeliver = read_only
) -> Flask:
    """Return the pages and the API over one store, as a WSGI application."""
    app = Flask(__name__)
    furnish(app, Desk(site, reader, now, redeliver))
    furnish_words(app)
    app.jinja_env.bytecode_cache = Compiled()
    guard(app, site)
    tell_errors(app)
    app.register_blueprint(pages)
    app.register_blueprint(ledger)
    app.register_blueprint(looking_back)
    app.register_blueprint(api)
    app.jinja_env.globals["asset"] = _assets(app)
    app.jinja_env.globals["drawn"] = _drawn
    app.jinja_env.globals["url_for"] = _addresses(app)
    app.context_processor(lambda: {"site": desk().site, "is_signed_in": is_signed_in()})
    return app


@pages.get("/")
def home() -> Response:
    """Lead to the incidents."""
    return redirect(url_for("pages.incidents"))


@pages.get("/incidents")
def incidents() -> Response:
    """List the incidents that a visitor asks for, and whether each target gives a sign of life."""
    given = {name: value for name, value in request.args.items() if value.strip()}
    which, after = query.filters(given), query.place(given)
    at, site = desk().now(), desk().site
    with desk().reader.read() as tx:
        listed = listing(tx, which, after)
        counts = tx.count_open()
        seen = signs(tx, site.targets, at)
    asked = {name: given[name] for name in query.FILTERS if name in given}
    # All that the template is given; what was asked for is told by the address.
    key = here(), language(), is_signed_in(), tuple(counts.items()), seen, listed.key(at, language())
    written = desk().kept.page(
        key,
        lambda: render_template(
            "incidents.html",
            here=here(),
            listed=listed,
            counts=counts,
            signs=seen,
            asked=asked,
            after=after,
            at=at,
        ),
    )
    response = make_response(written.body)
    response.set_etag(written.etag)
    return response.make_conditional(request)


@pages.get("/incidents/<incident_id>")
def incident(incident_id: str) -> Response:
    """Tell one incident's story."""
    before = query.number(request.args, "before", 0, 2, 10**9) or None
    chosen = query.choice(request.args, "period", PERIODS)
    at = desk().now()
    with desk().reader.read() as tx:
        found = tx.incident(incident_id) if query.is_identity(incident_id) else None
        if found is None:
            raise Refusal(HTTPStatus.NOT_FOUND, "no_incident")
        story = timeline(tx, found, before)
        moments = tx.moments(found.id, max(1, found.sequence - 200))
        drawn = curve(tx, desk().site.rules, found, moments, at, chosen)
        receipts = [receipt for name in story.receipts[:MOST_RECEIPTS] if (receipt := tx.receipt(name))]
        follows = tx.incident(found.follows) if found.follows else None
        follower = tx.follower(found)
        rule = found_by(tx, found)
        newest = tx.deliveries(found.id, max(1, found.sequence - 200))
        parked = [channel.name for channel in tx.channels() if channel.parked_at is not None]
    return _live(
        "incident.html",
        incident=found,
        story=story,
        deliveries=by_channel(newest),
        parked=parked,
        curve=drawn,
        charts=[chart(drawn, frame, language()) for frame in (WIDE, NARROW)] if drawn else [],
        values=drawn.samples[-MOST_VALUES:][::-1] if drawn else (),
        bodies=[(receipt, shown(receipt.body)) for receipt in receipts],
        follows=follows,
        follower=follower,
        rule=rule,
        at=at,
        period=request.args["period"] if chosen else "own" if drawn else "",
        periods=[
            ("own", url_for("pages.incident", incident_id=found.id)),
            *((name, url_for("pages.incident", incident_id=found.id, period=name)) for name in PERIODS),
        ],
    )


@pages.get("/targets")
def targets() -> Response:
    """List every target with its newest values."""
    at, site = desk().now(), desk().site
    with desk().reader.read() as tx:
        standing = standings(tx, site.targets, site.rules, at)
        series = [measured.latest.series for one in standing for measured in one.measured][:MOST_SPARKS]
        samples = {one: tx.samples(one, at - SPARK_SPAN, limit=400) for one in series}
    return _live(
        "targets.html", standing=standing, sparks=_sparks(standing, samples, at), at=at, span=SPARK_SPAN
    )


@pages.get("/targets/chart")
def series() -> Response:
    """Draw one metric of a target over a period."""
    query.only(request.args, ("target", "metric", "period"))
    target, metric = query.name(request.args, "target"), query.name(request.args, "metric")
    period = request.args.get("period", "24h")
    span = query.choice({"period": period}, "period", PERIODS) or PERIODS["24h"]
    at, site = desk().now(), desk().site
    with desk().reader.read() as tx:
        known = tx.series_of(target, metric)
        if not known:
            raise Refusal(HTTPStatus.NOT_FOUND, "no_series")
        one, unit = known[0]
        rule = next((rule for rule in site.rules if rule.judges(one)), None)
        every = next((each.every for each in site.targets if each.name == target), timedelta(minutes=1))
        drawn = recent(tx, rule, one, unit, every, at, span)
    return _live(
        "series.html",
        series=one,
        curve=drawn,
        charts=[chart(drawn, frame, language()) for frame in (WIDE, NARROW)] if drawn else [],
        values=drawn.samples[-MOST_VALUES:][::-1] if drawn else (),
        period=period,
        periods=[
            (name, url_for("pages.series", target=target, metric=metric, period=name)) for name in PERIODS
        ],
    )


@pages.get("/channels")
def channels() -> Response:
    """List every channel: whether it takes messages, and what waits for it."""
    at = desk().now()
    with desk().reader.read() as tx:
        known, waiting, depth = tx.channels(), tx.waiting(), tx.depth(at)
    return _live("channels.html", channels=known, waiting=waiting, depth=depth, at=at)


@pages.get("/receipts/<receipt_id>/raw")
def raw(receipt_id: str) -> Response:
    """Give the body of a request as it came, as a file and never as something to open."""
    with desk().reader.read() as tx:
        receipt = tx.receipt(receipt_id) if query.is_identity(receipt_id) else None
    if receipt is None:
        raise Refusal(HTTPStatus.NOT_FOUND, "no_receipt")
    response = make_response(receipt.body)
    response.headers["Content-Type"] = "text/plain; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="receipt-{receipt.id}.txt"'
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    return response


@pages.get("/language/<tag>")
def choose_language(tag: str) -> Response:
    """Remember the visitor's language and lead back."""
    if tag not in [each.value for each in Language]:
        raise Refusal(HTTPStatus.NOT_FOUND, "not_found")
    response = redirect(local_path(request.args.get("to", "")))
    secure = desk().site.public_url.startswith("https:")
    response.set_cookie(COOKIE, tag, max_age=ONE_YEAR, samesite="Lax", httponly=True, secure=secure)
    return response


def _live(template: str, **context: Any) -> Response:
    """Render a page that refreshes itself: what did not change is answered with 304."""
    response = make_response(render_template(template, here=here(), **context))
    response.add_etag()
    return response.make_conditional(request)


def _drawn(
    row: Callable[[Incident, Severity, Markup, datetime], Markup],
    badge: Callable[[Severity, bool], Markup],
    incidents: Sequence[Incident],
    at: datetime,
) -> Markup:
    # There are few badges and many rows.
    badges = cache(badge)

    def draw(incident: Incident) -> str:
        level = incident.severity if incident.is_open else incident.peak
        return row(incident, level, badges(level, not incident.is_open), at)

    rows = desk().rows.drawn(incidents, at, language(), draw)
    # Each was escaped when it was drawn.
    return Markup("".join(rows))  # noqa: S704


def _sparks(standing: list[Standing], samples: dict[Any, Any], at: datetime) -> dict[Any, Any]:
    gaps = {
        measured.latest.series: measured.rule.detector.gap if measured.rule else 3 * one.target.every
        for one in standing
        for measured in one.measured
    }
    return {series: spark(known, gaps[series], at - SPARK_SPAN, at) for series, known in samples.items()}


def _addresses(app: Flask) -> Callable[..., str]:
    """Return how a template finds the address of a view: a page asks for some twenty, nearly always the same."""

    @lru_cache(maxsize=MOST_ADDRESSES)
    def known(_root: str, view: str, values: tuple[tuple[str, Any], ...]) -> str:
        return app.url_for(view, **dict(values))

    def address(view: str, **values: Any) -> str:
        # What a visitor asked for may be long, and is not kept.
        if any(len(str(value)) > LONGEST_VALUE for value in values.values()):
            return app.url_for(view, **values)
        return known(request.root_path, view, tuple(values.items()))

    return address


def _assets(app: Flask) -> Callable[[str], str]:
    """Return how a template names a static file: by its content, so that browsers may keep it for good."""
    folder = Path(str(app.static_folder))
    marks = {path.name: sha256(path.read_bytes()).hexdigest()[:12] for path in folder.iterdir()}
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = ONE_YEAR

    def asset(name: str) -> str:
        return url_for("static", filename=name, v=marks[name])

    return asset
