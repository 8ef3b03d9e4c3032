"""What is promised to whoever is told."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

DELIVERY = [
    Mutant(
        "what may have been told with a message that is given up is marked as a possible repeat",
        "relay/pipeline/delivering.py",
        "        tx.doubt(claim)\n",
        "        pass\n",
        (
            "tests/contract/test_doubt.py::test_what_may_have_been_told_with_a_delivery_that_is_given_up_is_marked",
        ),
    ),
    Mutant(
        "a lease keeps a delivery for one sender",
        "relay/store/deliveries.py",
        "state = 'pending' and due_at <= %(at)s\n               and lease_until <= %(at)s and {_FIRST}",
        "state = 'pending' and due_at <= %(at)s\n               and {_FIRST}",
        ("tests/contract/test_store.py::test_a_claim_is_one_senders_until_its_lease_ends",),
    ),
    Mutant(
        "a lease is looked at again right before sending",
        "relay/pipeline/relay.py",
        "DEADLINE > claim.until:",
        "DEADLINE < began:",
        ("tests/pipeline/test_lease.py",),
    ),
    Mutant(
        "who wakes late writes nothing: the fencing token",
        "relay/store/deliveries.py",
        "where id = %(id)s and token = %(token)s and state = 'pending'",
        "where id = %(id)s and %(token)s > 0 and state = 'pending'",
        ("tests/contract/test_store.py::test_a_sender_that_woke_late_writes_nothing",),
    ),
    Mutant(
        "a poll that was overtaken keeps nothing",
        "relay/store/targets.py",
        "where name = %(name)s and token = %(token)s and lease_until > 0",
        "where name = %(name)s and %(token)s > 0 and lease_until > 0",
        (
            "tests/contract/test_store.py::test_two_instances_read_a_target_once_and_only_its_reader_keeps_what_it_read",
        ),
    ),
    Mutant(
        "order holds per incident and channel",
        "relay/store/deliveries.py",
        "and o.sequence < d.sequence)",
        "and o.sequence < 0)",
        ("tests/contract/test_store.py::test_nothing_overtakes_within_an_incident_and_channel",),
    ),
    Mutant(
        "a repeat after a death is marked",
        "relay/store/deliveries.py",
        '                lost=row["token"] > row["attempts"],',
        "                lost=False,",
        (
            "tests/pipeline/test_deliver.py::test_a_claim_that_died_is_taken_over_and_marked_as_a_possible_repeat",
        ),
    ),
    Mutant(
        "a send without an answer may have arrived, and its repeat says so",
        "relay/pipeline/relay.py",
        'DeliveryError(Failure.UNCERTAIN, text("failure.no_answer"))',
        'DeliveryError(Failure.REFUSED, text("failure.no_answer"))',
        ("tests/pipeline/test_deliver.py::test_what_a_channel_did_not_end_in_time_may_have_arrived",),
    ),
    Mutant(
        "no message is repeated unseen over a connection that was closed",
        "relay/exchange/pool.py",
        'or request.method != "GET"',
        "or False",
        ("tests/test_exchange.py::test_a_message_over_a_kept_connection_that_was_closed_is_never_repeated",),
    ),
    Mutant(
        "what was sent is recorded once the store is back",
        "relay/pipeline/relay.py",
        "for _ in range(RECORD_TRIES):",
        "for _ in range(0):",
        ("tests/pipeline/test_deliver.py::test_what_was_sent_is_recorded_once_the_store_is_back",),
    ),
    Mutant(
        "a bug in one channel blocks no other",
        "relay/pipeline/relay.py",
        'except Exception as fault:\n            log.exception("a delivery failed"',
        'except ZeroDivisionError as fault:\n            log.exception("a delivery failed"',
        ("tests/pipeline/test_deliver.py::test_a_bug_in_one_channel_blocks_no_other",),
    ),
    Mutant(
        "Retry-After is a floor",
        "relay/core/delivery.py",
        "max(_jittered(SCHEDULE[step], self.id, failures), floor)",
        "_jittered(SCHEDULE[step], self.id, failures)",
        ("tests/core/test_delivery.py::test_retry_after_is_a_floor_within_reason",),
    ),
    Mutant(
        "429 is a delay, not a failure",
        "relay/core/delivery.py",
        "return replace(self, due_at=at + pause(error), reason=error.reason)",
        "return self._waiting(error, at)",
        ("tests/core/test_delivery.py::test_throttled_is_no_failure",),
    ),
    Mutant(
        "429 holds the whole channel, news too",
        "relay/pipeline/delivering.py",
        "tx.hold_channel(channel, at + pause(error))",
        "pass",
        ("tests/pipeline/test_hurry.py::test_news_comes_no_sooner_than_the_far_end_asked_for",),
    ),
    Mutant(
        "an escalation does not wait behind an old retry",
        "relay/store/deliveries.py",
        "self._bring_forward(delivery)",
        "pass",
        ("tests/pipeline/test_hurry.py::test_an_escalation_does_not_wait_behind_an_old_retry",),
    ),
    Mutant(
        "a destination that is gone parks what waits for it",
        "relay/core/delivery.py",
        "return replace(self, state=DeliveryState.PARKED, reason=error.reason)",
        "return replace(self, state=DeliveryState.GIVEN_UP, reason=error.reason)",
        (
            "tests/core/test_delivery.py::test_a_destination_that_is_gone_parks_what_waits_for_it",
            "tests/pipeline/test_deliver.py::test_a_destination_that_is_gone_is_parked_told_elsewhere_and_taken_up_when_mended",
        ),
    ),
    Mutant(
        "a parked channel is told on the others",
        "relay/pipeline/delivering.py",
        "yield parked(channel, error.reason, at)",
        "yield from ()",
        (
            "tests/pipeline/test_deliver.py::test_a_destination_that_is_gone_is_parked_told_elsewhere_and_taken_up_when_mended",
        ),
    ),
    Mutant(
        "the trouble of a channel never goes through that channel",
        "relay/core/routing.py",
        "if channel != failing\n",
        "if channel\n",
        ("tests/core/test_routing.py",),
    ),
    Mutant(
        "what waits together is told together",
        "relay/store/deliveries.py",
        "self._fold(claim, after.state)",
        "pass",
        ("tests/contract/test_store.py::test_what_waits_together_is_told_together",),
    ),
    Mutant(
        "what outlives its silence is told when that ends",
        "relay/core/telling.py",
        "if turn.silenced and not turn.told and not turn.incident.is_open:",
        "if turn.silenced:",
        (
            "tests/pipeline/test_deliver.py::test_a_trouble_that_is_still_there_when_its_silence_ends_is_told_then",
        ),
    ),
    Mutant(
        "a channel that refuses is told on its fallback",
        "relay/core/fallback.py",
        "at - refusing_since >= self.after",
        "False",
        (
            "tests/pipeline/test_fallback.py::test_a_channel_that_refuses_is_told_elsewhere_with_the_reason_and_catches_up_once_it_is_well",
        ),
    ),
    Mutant(
        "the fallback that heard of a trouble hears of its end",
        "relay/core/fallback.py",
        "if channel not in told:",
        "if False:",
        (
            "tests/pipeline/test_fallback.py::test_the_fallback_that_heard_of_a_trouble_hears_of_its_end_alone",
        ),
    ),
    Mutant(
        "a storm begins beyond the limit",
        "relay/core/storm.py",
        "return waiting + rate.a_minute(at) > limit",
        "return waiting + rate.a_minute(at) > limit + 1",
        ("tests/pipeline/test_storm.py::test_a_storm_begins_beyond_the_limit",),
    ),
    Mutant(
        "a digest ends all that it told, and drops nothing",
        "relay/store/second_way.py",
        'folded=tuple(row["id"] for row in others)',
        'folded=tuple(row["id"] for row in others[1:])',
        ("tests/pipeline/test_storm.py::test_a_storm_is_one_message_that_the_ledger_names",),
    ),
    Mutant(
        "a digest that fails gives back all that it held",
        "relay/pipeline/delivering.py",
        "tx.free_digest(claim, error)",
        "pass",
        ("tests/pipeline/test_storm.py::test_a_digest_that_fails_is_told_later_with_all_that_it_held",),
    ),
    Mutant(
        "while our own network is away nothing is tried",
        "relay/pipeline/network.py",
        "return self._held_until is not None and at < self._held_until",
        "return False",
        (
            "tests/pipeline/test_network.py::test_nothing_is_known_nothing_is_told_and_it_is_told_once_when_it_is_over",
        ),
    ),
    Mutant(
        "while our own network is away nothing is known of a target",
        "relay/pipeline/network.py",
        'return NoData(result.at, text("nodata.own_network"), own=True)',
        "return result",
        (
            "tests/pipeline/test_network.py::test_nothing_is_known_nothing_is_told_and_it_is_told_once_when_it_is_over",
        ),
    ),
    Mutant(
        "redelivery is safe to repeat",
        "relay/store/ledger.py",
        "where id = %(id)s and (state = 'parked' or",
        "where id = %(id)s and (true or state = 'parked' or",
        ("tests/contract/test_ledger.py::test_what_is_not_told_is_tried_again_once",),
    ),
    Mutant(
        "retention keeps what is still to be told",
        "relay/store/retention.py",
        "where resolved_at < %(before)s and not exists\n",
        "where resolved_at < %(before)s or not exists\n",
        (
            "tests/contract/test_store.py::test_history_is_forgotten_whole_but_never_what_is_open_or_still_to_be_told",
        ),
    ),
    Mutant(
        "retention says what it drops",
        "relay/pipeline/relay.py",
        "if dropped or events or requests:",
        "if False:",
        (
            "tests/pipeline/test_ledger_keeps.py::test_a_dead_letter_stays_until_retention_takes_it_and_says_so",
        ),
    ),
]
