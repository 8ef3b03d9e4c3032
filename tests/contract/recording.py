"""Every statement of one version of the relay, recorded so that later versions can be asked whether it still works beside them.

``python -m tests.contract.recording`` writes the present version's file; it is done once a version is released, and the file
is never changed after. Two versions overlap in every deployment: the old one goes on with these statements on a schema that
the new one has migrated already.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from relay.core.delivery import DeliveryError, Failure, RemoteRef
from relay.core.detectors.absent import Silent
from relay.core.fallback import stand_in
from relay.core.model import NoData, Reading, Readings, Receipt, Sample, Series, Severity
from relay.core.routing import Route
from relay.core.storm import MOST, Rate
from relay.core.text import verbatim
from relay.pipeline.setup import Setup
from relay.pipeline.taking import take_request
from relay.store import Connection, Row
from relay.store.deliveries import Attempt, Claim
from relay.store.incidents import Filter
from relay.store.ledger import Wanted
from relay.store.schema import MIGRATIONS
from relay.store.sqlite import SqliteBackend
from relay.store.transactions import Transaction
from tests.building import HOUR, MINUTE, NOON, SECOND, event

FOLDER = Path(__file__).parent.parent / "fixtures" / "versions"
SETUP = Setup(routes=(Route("all", ("slack", "discord")),))


class Recorder:
    """A connection that notes what it is asked, and how many rows came of it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.asked: list[tuple[str, dict[str, object], int]] = []

    def rows(self, sql: str, /, **values: object) -> Sequence[Row]:
        found = self._connection.rows(sql, **values)
        self.asked.append((sql, values, len(found)))
        return found

    def run(self, sql: str, /, **values: object) -> int:
        touched = self._connection.run(sql, **values)
        self.asked.append((sql, values, touched))
        return touched

    def queue(self, sql: str, /, **values: object) -> None:
        self._connection.queue(sql, **values)
        self.asked.append((sql, values, -1))


def live(tx: Transaction) -> None:
    """A little of everything that a relay does with its store."""
    for channel in ("slack", "discord"):
        tx.know_channel(channel, "settings", NOON)
    tx.know_targets(["api"], NOON)
    for number in range(6):
        for place, severity in enumerate(
            (Severity.WARNING, Severity.CRITICAL, Severity.OK)[: 1 + number % 3]
        ):
            at = NOON + (number * 10 + place) * SECOND
            one = event(severity, at, fingerprint=f"trouble-{number}")
            receipt = Receipt(f"receipt-{number}-{place}", "test", at, b"\x00\xff", "text/plain", "")
            take_request(tx, receipt, [one], SETUP, at)
            take_request(tx, receipt, [one], SETUP, at)
    _tell(tx)
    _poll(tx)
    _look(tx)
    _forget(tx)


def _tell(tx: Transaction) -> None:
    failures = (Failure.REFUSED, Failure.GONE, Failure.THROTTLED, Failure.PERMANENT)
    for number in range(8):
        at = NOON + MINUTE + number * SECOND
        for channel in tx.ready_channels(at):
            claim = tx.claim(channel, "one", at, MINUTE)
            if claim is None:
                continue
            tx.pace(channel, at, at + MINUTE)
            if channel == "slack":
                _arrived(tx, claim, at)
            else:
                error = DeliveryError(failures[number % 4], "no", status=500, retry_after=HOUR)
                tx.record(claim, claim.turn.delivery.failed(error, at), Attempt(at, "refused", SECOND), None)
                tx.settle_channel(channel, refused_at=at, reason=verbatim("no"))
                tx.hold_channel(channel, at)
    tx.crowd("discord", NOON + MINUTE, 30)
    digest = tx.claim_digest("discord", "one", NOON + 2 * HOUR, MINUTE, MOST)
    if digest is not None:
        tx.keep_rate("discord", Rate(NOON))
        _arrived(tx, digest, NOON + 2 * HOUR)
    tx.park_channel("discord", verbatim("gone"), NOON + HOUR, "settings")
    told = [stand_in(one, incident, "slack", NOON) for one, incident in tx.stuck("discord", "slack", NOON, 9)]
    tx.enqueue([one for one in told if one is not None])
    tx.redeliver([letter.delivery.id for letter in tx.letters(Wanted())], NOON + HOUR)
    tx.hurry("discord", NOON + HOUR)
    tx.unpark("discord", NOON + HOUR)


def _arrived(tx: Transaction, claim: Claim, at: Any) -> None:
    attempt = Attempt(at, "delivered", SECOND, 200, None)
    tx.record(claim, claim.turn.delivery.delivered(), attempt, RemoteRef((("ts", "1.2"),)))
    tx.settle_channel(claim.turn.delivery.channel, refused_at=None)


def _poll(tx: Transaction) -> None:
    for number in range(3):
        at = NOON + number * MINUTE
        for lease in tx.claim_targets({"api": MINUTE}, "one", at, MINUTE, 10):
            silent = Silent() if number else Silent(1, at, verbatim("no"))
            read = Readings(at, (Reading("up", 1.0),)) if number else NoData(at, verbatim("no"))
            tx.keep_read(lease, silent, read)
        tx.add_sample(Series("api", "memory"), "%", Sample(at, number))
        tx.samples(Series("api", "memory"), NOON, at)


def _look(tx: Transaction) -> None:
    for incident in tx.incidents(Filter()):
        tx.moments(incident.id)
        tx.deliveries(incident.id)
        tx.follower(incident)
    tx.count_open(), tx.delivery_counts(), tx.depth(NOON), tx.due_times(), tx.channels()
    tx.ended(NOON), tx.newest_events(10), tx.receipt("receipt-0-0"), tx.events_of_receipt("receipt-0-0")
    tx.retire_channels(["slack"], NOON)


def _forget(tx: Transaction) -> None:
    tx.forget_samples(NOON + SECOND, 100)
    tx.forget_incidents(NOON + 11 * SECOND, 1)
    tx.forget_receipts(NOON, 10)


def plain(values: Mapping[str, object]) -> dict[str, object]:
    """Return values as JSON can hold them."""
    return {
        name: {"hex": value.hex()} if isinstance(value, bytes) else value for name, value in values.items()
    }


def main() -> None:
    """Write the file of the present version, named for its last migration."""
    name = MIGRATIONS[-1][0]
    with tempfile.TemporaryDirectory() as folder:
        backend = SqliteBackend(Path(folder) / "relay.db")
        backend.migrate()
        recorder = Recorder(connection := backend.connect())
        connection.begin()
        live(Transaction(recorder))
        connection.commit()
        connection.close()
    texts = sorted({sql for sql, _, _ in recorder.asked})
    asked = [[texts.index(sql), plain(values), rows] for sql, values, rows in recorder.asked]
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{name}.json"
    path.write_text(json.dumps({"statements": texts, "asked": asked}, indent=0, ensure_ascii=False) + "\n")
    print(f"{path}: {len(texts)} statements, asked {len(asked)} times")


if __name__ == "__main__":
    main()
