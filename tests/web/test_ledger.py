"""The ledger's pages: a receipt's journey, what is not told, and having it tried again once, however often asked."""

from __future__ import annotations

import re

from flask.testing import FlaskClient

from relay.core.delivery import DeliveryError, DeliveryState, Failure, Sent
from relay.core.model import Receipt, Severity
from relay.pipeline.taking import take_request
from relay.store.ledger import Wanted
from relay.store.transactions import ReadTransaction
from relay.web.pages import create_app
from tests.web.conftest import SITE, Enter, Told, build
from tests.web.stories import MINUTE, NOW, SECOND, Story, webhook

GONE = DeliveryError(Failure.GONE, "Slack answered HTTP 404", status=404)
NEVER = DeliveryError(Failure.PERMANENT, "Slack answered HTTP 400", status=400)
REFUSED = DeliveryError(Failure.REFUSED, "Slack answered HTTP 503", status=503)
BUSY = DeliveryError(Failure.THROTTLED, "Slack answered HTTP 429", status=429, retry_after=45 * SECOND)


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def ids(page: str) -> list[str]:
    return re.findall(r'name="id" value="(\w+)"', page)


def states(story: Story) -> dict[str, int]:
    with story.reader.read() as tx:
        return tx.delivery_counts()


def dead(
    story: Story, number: int, error: DeliveryError = NEVER, on: str = "slack", name: str = "trouble"
) -> None:
    """Leave some dead letters on one channel; the other one gets its messages."""
    for n in range(number):
        story.receive(webhook(NOW - (number - n) * MINUTE, name=f"{name} {n}", title=f"Trouble {n}"))
    for _ in range(number * 2):
        story.deliver(NOW + 2 * SECOND, error, on=on)
    other = "discord" if on == "slack" else "slack"
    while story.deliver(NOW + 2 * SECOND, Sent(204), on=other):
        pass


def test_a_receipt_tells_its_whole_journey(story: Story, enter: Enter) -> None:
    receipt = story.receive(webhook(NOW - MINUTE), b'{"a":1}', note="a remark")
    story.deliver(NOW, BUSY, on="slack", took=0.12 * SECOND)
    story.deliver(NOW, Sent(204), on="discord")
    said = words(enter().get(f"/receipts/{receipt}").text)
    for part in (
        receipt,
        "clever-cloud",
        "a remark",
        "events: 1",
        "Deployment of gameshelf-api failed",
        "opened the incident",
        "attempt 1 · HTTP 429 · 120 ms · come back in 45 s · Slack answered HTTP 429",
        "waiting: 1 · delivered: 1",
        "next try",
    ):
        assert part in said, part


def test_a_receipt_without_an_event_and_one_that_is_unknown(story: Story, enter: Enter) -> None:
    empty = Receipt("e" * 32, "clever-cloud", NOW, b"tells of nothing")
    story.step(lambda tx: take_request(tx, empty, [], story.setup, NOW))
    assert "nobody was to be told" in words(enter().get(f"/receipts/{empty.id}").text)
    assert enter().get("/receipts/nothing").status_code == 404
    assert enter().get("/receipts/%00").status_code == 404


def test_an_incident_leads_to_its_receipts(told: Told, client: FlaskClient) -> None:
    page = client.get(f"/receipts/{told.receipt}").text
    [incident] = set(re.findall(r'href="(/incidents/\w+)"', page))
    assert f'href="/receipts/{told.receipt}"' in client.get(incident).text


def test_the_list_shows_what_is_not_told_by_state_and_channel(story: Story, enter: Enter) -> None:
    dead(story, 2)
    story.receive(webhook(NOW, name="new", title="New trouble"))
    visitor = enter()
    page = visitor.get("/deliveries").text
    # Two given up, the relay's own two reports of that on the other channel, and the new one on both.
    assert len(ids(visitor.get("/deliveries?state=given_up").text)) == 2
    assert len(ids(visitor.get("/deliveries?state=pending&channel=slack").text)) == 1
    assert ids(visitor.get("/deliveries?state=parked").text) == []
    assert len(ids(page)) > 2
    assert "Slack answered HTTP 400" in page
    assert visitor.get("/deliveries?state=lost").status_code == 400
    assert visitor.get("/deliveries?stat=parked").status_code == 400
    assert visitor.get("/deliveries?told_with=a'b").status_code == 400


def test_what_waits_for_a_parked_channel_is_parked(story: Story, enter: Enter) -> None:
    dead(story, 3, GONE)
    visitor = enter()
    assert len(ids(visitor.get("/deliveries?state=parked&channel=slack").text)) == 3
    assert ids(visitor.get("/deliveries?state=pending&channel=slack").text) == []


def test_a_long_list_is_read_page_by_page(story: Story, enter: Enter) -> None:
    for n in range(30):
        story.receive(webhook(NOW - n * SECOND, name=f"trouble {n}"))
        story.receive(webhook(NOW - n * SECOND, name=f"same time {n}"))
    visitor, address, seen = enter(), "/deliveries", []
    for _ in range(5):
        page = visitor.get(address).text
        seen += ids(page)
        more = re.search(r'href="(/deliveries\?[^"]*after=[^"]+)"', page)
        if more is None:
            break
        address = more[1].replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == 120


def test_one_is_tried_again_and_only_once(story: Story, enter: Enter) -> None:
    dead(story, 2)
    visitor = enter()
    first, second = ids(visitor.get("/deliveries?state=given_up").text)
    answers = [visitor.post("/deliveries/redeliver", data={"id": first}) for _ in range(3)]
    assert [one.status_code for one in answers] == [303] * 3
    assert [one.location.rpartition("=")[2] for one in answers] == ["1", "0", "0"]
    assert "Tried again: 1" in visitor.get(answers[0].location).text
    while story.deliver(NOW + MINUTE, Sent(200), on="slack"):
        pass
    assert ids(visitor.get("/deliveries?state=given_up").text) == [second]
    before = states(story)
    assert visitor.post("/deliveries/redeliver", data={"id": first}).location.endswith("done=0")
    assert states(story) == before
    with story.reader.read() as tx:  # its attempts stay
        [one] = [x for i in _incidents(tx) for x in tx.deliveries(i) if x.id == first]
        assert one.state is DeliveryState.DELIVERED
        assert [x.outcome for x in tx.attempts(one.incident_id)[first]] == ["permanent", "delivered"]


def _incidents(tx: ReadTransaction) -> list[str]:
    return [one.incident_id for one in tx.newest_events(1_000) if one.incident_id]


def test_all_that_match_are_tried_again_and_nothing_else(story: Story, enter: Enter) -> None:
    dead(story, 3)
    dead(story, 2, on="discord", name="other")
    visitor = enter()
    on_discord = len(ids(visitor.get("/deliveries?state=given_up&channel=discord").text))
    assert on_discord
    done = visitor.post("/deliveries/redeliver", data={"all": "1", "state": "given_up", "channel": "slack"})
    assert "channel=slack" in done.location
    assert ids(visitor.get("/deliveries?state=given_up&channel=slack").text) == []
    assert len(ids(visitor.get("/deliveries?state=given_up&channel=discord").text)) == on_discord


def test_a_parked_channel_is_tried_again_and_is_back_once_it_takes_one(story: Story, enter: Enter) -> None:
    dead(story, 2, GONE)
    visitor = enter()
    assert "Parked" in words(visitor.get("/channels").text)
    visitor.post("/deliveries/redeliver", data={"all": "1", "state": "parked"})
    story.deliver(NOW + MINUTE, GONE, on="slack")
    assert (
        len(ids(visitor.get("/deliveries?state=parked&channel=slack").text)) == 2
    )  # gone still: parked again
    visitor.post("/deliveries/redeliver", data={"all": "1", "state": "parked"})
    while story.deliver(NOW + 2 * MINUTE, Sent(200), on="slack"):
        pass
    assert ids(visitor.get("/deliveries?channel=slack").text) == []
    with story.reader.read() as tx:
        assert tx.open_troubles("relay") == []  # "the channel is parked" is over


def test_what_is_told_again_says_that_somebody_asked(story: Story, enter: Enter) -> None:
    dead(story, 1)
    visitor = enter()
    visitor.post("/deliveries/redeliver", data={"all": "1"})
    with story.reader.read() as tx:
        assert {one.delivery.held for one in tx.letters(Wanted(channel="slack"))} == {"redelivery"}


def test_nobody_else_has_it_tried_again(story: Story, enter: Enter) -> None:
    """Not another site's page, not a visitor without the password; and a hostile form is refused whole."""
    dead(story, 1)
    [one] = ids(enter().get("/deliveries?state=given_up").text)
    before = states(story)
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert enter().post("/deliveries/redeliver", data={"id": one}, headers=foreign).status_code == 403
    locked = enter(password="open sesame")
    assert locked.post("/deliveries/redeliver", data={"id": one}).location.startswith("/login")
    assert enter().post("/deliveries/redeliver", data={"id": [one, "'; drop"]}).status_code == 400
    assert enter().get("/deliveries/redeliver").status_code == 405
    assert enter().post("/deliveries/redeliver", data={}).location.endswith("done=0")
    assert enter().post("/deliveries/redeliver", data={"id": "nothing"}).location.endswith("done=0")
    assert states(story) == before


def test_a_digest_leads_to_all_that_it_told(story: Story, enter: Enter) -> None:
    for n in range(25):
        story.receive(webhook(NOW - MINUTE, Severity.WARNING, name=f"trouble {n}", title=f"Trouble {n}"))
    story.deliver(NOW, Sent(200), on="slack")
    with story.reader.read() as tx:
        found = [x for i in _incidents(tx) for x in tx.deliveries(i) if x.channel == "slack"]
    [carrier] = [one for one in found if one.state is DeliveryState.DELIVERED]
    page = enter().get(f"/deliveries?told_with={carrier.id}").text
    assert len(re.findall(r">Trouble \d+<", page)) == 25
    assert ids(page) == []  # told: nothing to try again


def test_pages_without_a_writer_only_read(story: Story) -> None:
    dead(story, 1)
    visitor = create_app(SITE, story.reader, lambda: NOW).test_client()
    assert visitor.post("/deliveries/redeliver", data={"all": "1"}).status_code == 503
    assert build(story).test_client().post("/deliveries/redeliver", data={"all": "1"}).status_code == 303
