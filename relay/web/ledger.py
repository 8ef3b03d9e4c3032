"""The pages of the ledger: one receipt's journey, what is not told yet, and having it tried again."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from relay.core.text import text
from relay.store.ledger import UNTOLD, LedgerPlace, Letter, Wanted
from relay.store.transactions import ReadTransaction
from relay.web import query
from relay.web.errors import Refusal
from relay.web.receipts import journey
from relay.web.site import desk
from relay.web.words import here

ledger = Blueprint("ledger", __name__)

STATES = {state.value.replace(" ", "_"): state for state in UNTOLD}
FILTERS = ("state", "channel", "told_with")
MOST = 50
# Of all that match, so many at once; asking again takes the next ones.
MOST_AT_ONCE = 1_000


@ledger.get("/receipts/<receipt_id>")
def receipt(receipt_id: str) -> Response:
    """Tell what became of one request."""
    with desk().reader.read() as tx:
        found = journey(tx, receipt_id) if query.is_identity(receipt_id) else None
        parked = _parked(tx)
    if found is None:
        raise Refusal(HTTPStatus.NOT_FOUND, "no_receipt")
    response = make_response(render_template("receipt.html", here=here(), journey=found, parked=parked))
    response.add_etag()
    return response.make_conditional(request)


@ledger.get("/deliveries")
def deliveries() -> Response:
    """List what is not told yet, newest first."""
    given = {name: value for name, value in request.args.items() if value.strip()}
    query.only(given, (*FILTERS, "after", "done"))
    which, after = _wanted(given), query.place(given)
    done = query.number(given, "done", 0, 0, MOST_AT_ONCE) if "done" in given else None
    with desk().reader.read() as tx:
        place = LedgerPlace(after.opened_at, after.id) if after else None
        found = tx.letters(which, place, MOST + 1)
        channels, parked = [channel.name for channel in tx.channels()], _parked(tx)
    return make_response(
        render_template(
            "deliveries.html",
            here=here(),
            letters=found[:MOST],
            after=_token(found[MOST - 1]) if len(found) > MOST else None,
            asked={name: given[name] for name in FILTERS if name in given},
            states=STATES,
            channels=channels,
            parked=parked,
            done=done,
            is_first=after is None,
        )
    )


@ledger.post("/deliveries/redeliver")
def redeliver() -> Response:
    """Have the chosen deliveries tried again, or all that match; doing it twice is as doing it once."""
    asked = {name: request.form[name] for name in FILTERS if request.form.get(name, "").strip()}
    which = _wanted(asked)
    if request.form.get("all"):
        with desk().reader.read() as tx:
            ids = [letter.delivery.id for letter in tx.letters(which, None, MOST_AT_ONCE)]
    else:
        ids = request.form.getlist("id")
    if len(ids) > MOST_AT_ONCE or not all(map(query.is_identity, ids)):
        raise query.BadQuery("id", text("page.bad.token"))
    done = desk().redeliver(ids) if ids else 0
    values: dict[str, Any] = {**asked, "done": done}
    return redirect(url_for("ledger.deliveries", **values), HTTPStatus.SEE_OTHER)


def _wanted(given: dict[str, str]) -> Wanted:
    told_with = given.get("told_with", "")
    if told_with and not query.is_identity(told_with):
        raise query.BadQuery("told_with", text("page.bad.token"))
    state = query.choice(given, "state", STATES)
    return Wanted((state,) if state else UNTOLD, query.words(given, "channel"), told_with)


def _token(letter: Letter) -> str:
    return query.token(letter.delivery.created_at, letter.delivery.id)


def _parked(tx: ReadTransaction) -> list[str]:
    return [channel.name for channel in tx.channels() if channel.parked_at is not None]
