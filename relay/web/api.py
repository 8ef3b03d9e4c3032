"""The JSON API: the same history as the pages, for programs. A view reads, leaves the store, then writes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus

from flask import Blueprint, request
from pydantic import BaseModel
from werkzeug.wrappers import Response

from relay.core.model import Incident
from relay.core.text import text
from relay.store.events import Recorded
from relay.store.transactions import ReadTransaction
from relay.web import answers, query
from relay.web.errors import Refusal
from relay.web.found_by import found_by
from relay.web.listing import part
from relay.web.openapi import document
from relay.web.records import DeliveryRecord, SampleList, SampleRecord, TargetList
from relay.web.site import desk
from relay.web.standing import standings
from relay.web.timeline import timeline
from relay.web.words import language

api = Blueprint("api", __name__, url_prefix="/api/v1")

MOST_INCIDENTS = 200
MOST_SAMPLES = 5_000
SPAN = timedelta(hours=1)


@api.get("/incidents")
def incidents() -> Response:
    """List incidents, newest first."""
    given = _given(*query.FILTERS, "after", "limit")
    which, after = query.filters(given), query.place(given)
    limit = query.number(given, "limit", 50, 1, MOST_INCIDENTS)
    with desk().reader.read() as tx:
        found = part(tx, which, after, limit)
    records = desk().records.drawn(found.incidents, desk().now(), language(), _written)
    # As IncidentPage would be written, of records that are kept as they were written.
    return _json(f'{{"incidents":[{",".join(records)}],"after":{json.dumps(found.after)}}}')


@api.get("/incidents/<incident_id>")
def incident(incident_id: str) -> Response:
    """Return one incident with its timeline, deliveries and attempts."""
    before = query.number(_given("before"), "before", 0, 2, 10**9) or None
    with desk().reader.read() as tx:
        found = tx.incident(incident_id) if query.is_identity(incident_id) else None
        if found is None:
            raise Refusal(HTTPStatus.NOT_FOUND, "no_incident")
        story, follower, rule = timeline(tx, found, before), tx.follower(found), found_by(tx, found)
    return _answer(answers.incident_detail(found, story, follower, rule))


@api.get("/targets")
def targets() -> Response:
    """List every target with its newest values."""
    _given()
    site, at = desk().site, desk().now()
    with desk().reader.read() as tx:
        standing = standings(tx, site.targets, site.rules, at)
    return _answer(TargetList(targets=[answers.target_record(one) for one in standing]))


@api.get("/samples")
def samples() -> Response:
    """Return the values of one series; the last hour where no time is given."""
    given = _given("target", "metric", "since", "until")
    target, metric = query.name(given, "target"), query.name(given, "metric")
    until = query.moment(given, "until")
    since = query.moment(given, "since") or (until or desk().now()) - SPAN
    with desk().reader.read() as tx:
        known = tx.series_of(target, metric)
        if not known:
            raise Refusal(HTTPStatus.NOT_FOUND, "no_series")
        series, unit = known[0]
        found = tx.samples(series, since, until, MOST_SAMPLES)
    values = [SampleRecord(at=sample.at, value=sample.value) for sample in found]
    return _answer(SampleList(samples=values, unit=unit))


@api.get("/receipts/<receipt_id>")
def receipt(receipt_id: str) -> Response:
    """Return what became of a request."""
    _given()
    with desk().reader.read() as tx:
        found = tx.receipt(receipt_id) if query.is_identity(receipt_id) else None
        if found is None:
            raise Refusal(HTTPStatus.NOT_FOUND, "no_receipt")
        events = tx.events_of_receipt(receipt_id)
        deliveries = [record for recorded in events for record in _deliveries(tx, recorded)]
    return _answer(answers.receipt_record(found, events, deliveries))


@api.get("/openapi.json")
def openapi() -> Response:
    """Describe this API."""
    _given()
    return _json(json.dumps(document(desk().site.version)))


def _given(*known: str) -> Mapping[str, str]:
    """Return the parameters, each given once and known."""
    query.only(request.args, known)
    for name, values in request.args.lists():
        if len(values) > 1:
            raise query.BadQuery(name, text("page.bad.twice"))
        if not values[0]:
            raise query.BadQuery(name, text("page.bad.empty"))
    return request.args


def _written(incident: Incident) -> str:
    return answers.incident_record(incident).model_dump_json()


def _deliveries(tx: ReadTransaction, recorded: Recorded) -> list[DeliveryRecord]:
    """Return what was to be told of the change that an event caused."""
    if recorded.incident_id is None:
        return []
    found = tx.deliveries_of_event(recorded.incident_id, recorded.event.id)
    if not found:
        return []
    tried = tx.attempts(recorded.incident_id, found[0].sequence, found[0].sequence)
    return [answers.delivery_record(delivery, tried) for delivery in found]


def _answer(record: BaseModel) -> Response:
    return _json(record.model_dump_json())


def _json(body: str) -> Response:
    headers = {"Content-Language": language().value, "Vary": "Accept-Language, Cookie, Authorization"}
    return Response(body + "\n", headers=headers, content_type="application/json")
