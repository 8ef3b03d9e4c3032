"""What is promised to whoever sends."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

INTAKE = [
    Mutant(
        "an answer 2xx comes after the commit",
        "relay/store/writer.py",
        "        connection.commit()\n",
        "",
        ("tests/store/test_writer.py::test_an_answer_means_that_another_process_sees_it",),
    ),
    Mutant(
        "a commit is on the disk: SQLite syncs fully",
        "relay/store/sqlite.py",
        'self._connection.execute("pragma synchronous = full")',
        'self._connection.execute("pragma synchronous = normal")',
        ("tests/store/test_sqlite.py::test_every_write_is_fully_synchronous",),
    ),
    Mutant(
        "a commit is on the disk: PostgreSQL syncs, whatever the role is set to",
        "relay/store/postgres.py",
        "when 'off' then 'on'",
        "when 'off' then 'off'",
        ("tests/store/test_postgres.py::test_a_durable_answer_even_where_the_server_is_set_to_promise_less",),
    ),
    Mutant(
        "event, incident and outbox are one transaction",
        "relay/pipeline/taking.py",
        "    tx.enqueue(deliveries)\n",
        "    tx._database.commit()\n    tx._database.begin()\n    tx.enqueue(deliveries)\n",
        ("tests/pipeline/test_receive.py::test_what_can_not_be_queued_is_not_kept_either",),
    ),
    Mutant(
        "what was seen before changes nothing",
        "relay/pipeline/taking.py",
        "    if seen:\n",
        "    if False:\n",
        (
            "tests/pipeline/test_receive.py::test_a_thousand_duplicates_at_once_are_one_incident_and_one_message",
        ),
    ),
    Mutant(
        "a late event reopens nothing",
        "relay/core/incidents.py",
        "if _overtaken(past.newest_at, event):",
        "if False:",
        ("tests/pipeline/test_receive.py::test_an_event_from_before_the_end_reopens_nothing",),
    ),
    Mutant(
        "a step that fails undoes itself and hurts no other",
        "relay/store/writer.py",
        "with connection.savepoint():",
        "if True:",
        ("tests/store/test_writer.py::test_a_failing_step_undoes_itself_and_hurts_no_other",),
    ),
    Mutant(
        "a group that fails is answered, every step of it",
        "relay/store/writer.py",
        "return [fault] * len(group)",
        "return [fault]",
        ("tests/store/test_writer.py::test_whatever_happens_everybody_is_answered_and_the_writer_goes_on",),
    ),
    Mutant(
        "a transaction that a full disk dropped is not committed by halves",
        "relay/store/sqlite.py",
        'raise StoreUnavailable("SQLite: the transaction was dropped") from cause',
        "raise",
        (
            "tests/store/test_sqlite.py::test_a_step_that_hides_a_dropped_transaction_commits_nothing_behind_it",
        ),
    ),
    Mutant(
        "a store that can't write answers 503 with Retry-After",
        "relay/web/webhooks.py",
        'the store can\'t write now; send it again"}, {"retry-after": "2"}',
        "the store can't write now; send it again\"}, {}",
        ("tests/edge/test_edge.py::test_a_locked_store_answers_503_and_works_again_when_it_is_free",),
    ),
    Mutant(
        "overload is refused at once",
        "relay/store/writer.py",
        "return number + self.waiting >= PRESSED",
        "return False and number",
        ("tests/load/test_shedding.py::test_who_comes_too_late_is_sent_away_and_who_waits_is_served",),
    ),
    Mutant(
        "who is sent away under overload hears when to come back",
        "relay/web/asgi.py",
        'than can be stored now; send it again"}, {"retry-after": "2"}',
        'than can be stored now; send it again"}, {}',
        ("tests/load/test_shedding.py::test_who_comes_too_late_is_sent_away_and_who_waits_is_served",),
    ),
    Mutant(
        "a burst behind another one that made senders wait is not let in",
        "relay/web/webhooks.py",
        "self._careful_until = now + CAREFUL_SECONDS",
        "self._careful_until = now",
        ("tests/load/test_shedding.py::test_a_burst_is_let_in_and_as_large_a_one_behind_it_is_not",),
    ),
    Mutant(
        "what only repeats a request is answered with that one",
        "relay/pipeline/taking.py",
        "    if taken.is_repeat:\n",
        "    if False:\n",
        ("tests/contract/test_store.py::test_what_only_repeats_a_request_belongs_to_it",),
    ),
    Mutant(
        "what came in later has a later id",
        "relay/core/identity.py",
        "moment = round(at.timestamp() * 16**_FRACTION)",
        "moment = int(at.timestamp()) * 16**_FRACTION",
        ("tests/core/test_identity.py::test_what_came_in_lies_in_the_order_of_its_moments",),
    ),
    Mutant(
        "the text index does not wait for ever",
        "relay/pipeline/indexing.py",
        "at - filled_at < PATIENCE",
        "at - filled_at",
        (
            "tests/pipeline/test_indexing.py::test_the_index_waits_while_the_store_is_busy_and_not_for_longer_than_a_minute",
        ),
    ),
    Mutant(
        "the queue is bounded",
        "relay/store/writer.py",
        "if self.waiting >= self._most:",
        "if False:",
        ("tests/store/test_writer.py::test_a_full_queue_is_said_at_once",),
    ),
    Mutant(
        "a body is bounded in size",
        "relay/web/posting.py",
        "return self._size > self._limit\n",
        "return False\n",
        ("tests/edge/test_edge.py::test_a_body_without_a_length_is_bounded_too",),
    ),
    Mutant(
        "a body is bounded in time (slow-loris)",
        "relay/web/webhook_protocol.py",
        "self._deadline.set(self.webhooks.body_seconds,",
        "self._deadline.set(self.webhooks.body_seconds * 1_000,",
        ("tests/edge/test_edge.py::test_half_a_header_and_half_a_body_end_and_hurt_nobody",),
    ),
    Mutant(
        "a header is bounded in size",
        "relay/web/protocol.py",
        "self._header_bytes > HEADER_BYTES",
        "self._header_bytes > 10**12",
        ("tests/edge/test_edge.py::test_a_huge_header_is_refused",),
    ),
    Mutant(
        "a header is bounded in time (slow-loris)",
        "relay/web/protocol.py",
        "self._deadline.set(self.header_seconds,",
        "self._deadline.set(self.header_seconds * 1_000,",
        ("tests/edge/test_edge.py::test_half_a_header_and_half_a_body_end_and_hurt_nobody",),
    ),
    Mutant(
        "connections are bounded",
        "relay/web/protocol.py",
        "self._is_extra = extra > 0",
        "self._is_extra = False",
        ("tests/load/test_load.py::test_more_connections_than_allowed_are_told_so",),
    ),
]
