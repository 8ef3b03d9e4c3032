"""What is promised of the stores, of several instances, and of copies."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

STORES = [
    Mutant(
        "a write begins at once, so that none fails half-way for another's lock",
        "relay/store/sqlite.py",
        '"begin" if read_only else "begin immediate"',
        '"begin"',
        (
            "tests/contract/test_store.py::test_eight_that_race_with_one_event_open_one_incident_with_one_delivery",
        ),
    ),
    Mutant(
        "no part of a relay runs twice on one file",
        "relay/lock.py",
        "fcntl.LOCK_EX | fcntl.LOCK_NB",
        "fcntl.LOCK_SH | fcntl.LOCK_NB",
        ("tests/system/test_serve.py::test_no_part_of_a_relay_runs_twice_on_one_file",),
    ),
    Mutant(
        "a file that was replaced under the relay takes no event",
        "relay/store/sqlite.py",
        "        if moved:\n",
        "        if False:\n",
        ("tests/store/test_sqlite.py::test_a_replaced_file_is_opened_anew",),
    ),
    Mutant(
        "starting processes may race for the schema: SQLite",
        "relay/store/sqlite.py",
        '        connection.execute("begin immediate")\n',
        '        connection.execute("begin")\n',
        ("tests/contract/test_store.py::test_starting_processes_may_race_for_the_schema",),
    ),
    Mutant(
        "starting processes may race for the schema: PostgreSQL",
        "relay/store/postgres_migrations.py",
        'connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])',
        "pass",
        ("tests/contract/test_store.py::test_starting_processes_may_race_for_the_schema",),
    ),
    Mutant(
        "an old version's statements run on the new schema: a migration only adds",
        "relay/store/schema.py",
        "alter table changes add column untold text;",
        "alter table changes drop column summary;\nalter table changes add column untold text;",
        ("tests/contract/test_overlap.py::test_a_migration_only_adds",),
    ),
    Mutant(
        "the migrated schema is the expected one on both stores",
        "relay/store/schema.py",
        "create index misses_at on misses (at);",
        "create index misses_at on misses (at, target);",
        ("tests/store/test_postgres_schema.py::test_the_migrated_schema_is_the_expected_one",),
    ),
    Mutant(
        "after a lost connection, also within a commit, a step is run again",
        "relay/store/writer.py",
        "isinstance(fault, ConnectionLost | Conflict)",
        "isinstance(fault, Conflict)",
        ("tests/store/test_postgres.py::test_a_terminated_connection_costs_nobody_an_error",),
    ),
    Mutant(
        "who touches the same waits for the other instance",
        "relay/store/postgres.py",
        "names = sorted({number(name) for name in touching})",
        "names = [0]",
        ("tests/store/test_postgres.py::test_who_touches_the_same_waits",),
    ),
    Mutant(
        "a step that met another instance's is run again, alone",
        "relay/store/writer.py",
        "isinstance(outcome.cause, Conflict)",
        "False",
        ("tests/store/test_postgres.py::test_a_step_that_meets_another_instances_is_run_again_alone",),
    ),
    Mutant(
        "an instance that stopped within a transaction holds up the others for seconds only",
        "relay/store/postgres.py",
        '"idle_in_transaction_session_timeout": "4s"',
        '"idle_in_transaction_session_timeout": "400s"',
        (
            "tests/store/test_postgres.py::test_one_that_stopped_within_a_transaction_holds_up_the_others_for_seconds_only",
        ),
    ),
    Mutant(
        "a primary that became a standby is left: a failover",
        "relay/store/postgres_errors.py",
        "(state == READ_ONLY and not read_only)",
        "False",
        ("tests/store/test_postgres.py::test_a_primary_that_became_a_standby_is_left",),
    ),
    Mutant(
        "a server that hangs is cut off in bounded time",
        "relay/store/postgres_guard.py",
        "now - self._since > self._longest",
        "False",
        (
            "tests/system/test_postgres_away.py::test_a_database_that_hangs_is_answered_503_in_bounded_time_and_taken_up_again",
        ),
    ),
    Mutant(
        "leases go by the server's clock, whatever an instance's says",
        "relay/store/postgres.py",
        'self._heard(clock["at"], time.monotonic() - began)',
        "pass",
        ("tests/store/test_postgres.py::test_instances_with_wrong_clocks_go_by_the_servers",),
    ),
    Mutant(
        "a worker of another process hears of what is to be told at once",
        "relay/store/dialect.py",
        "\"select pg_notify('relay_outbox', '')\"",
        '"select 1"',
        ("tests/system/test_waking.py::test_a_worker_of_another_process_delivers_at_once",),
    ),
    Mutant(
        "a copy into PostgreSQL that was stopped goes on where it was",
        "relay/store/copying.py",
        'after=piece[-1]["place"],',
        "after=0,",
        ("tests/store/test_copying.py::test_a_copy_that_was_stopped_goes_on_where_it_was",),
    ),
    Mutant(
        "a copy that is not whole is refused",
        "relay/store/copying.py",
        "if _count(reading, table) != _count(writing, table):",
        "if False:",
        ("tests/store/test_copying.py::test_a_history_that_grew_while_it_was_copied_is_refused",),
    ),
    Mutant(
        "a backup is one view of the store",
        "relay/store/backup.py",
        'source.execute("begin")',
        "pass",
        ("tests/store/test_backup.py::test_a_copy_is_the_store_as_it_was_when_the_copy_began",),
    ),
    Mutant(
        "what a restored store has still to tell is marked as a possible repeat",
        "relay/store/backup.py",
        "\"update deliveries set uncertain = 1 where state = 'pending'\"",
        '"select 1"',
        (
            "tests/store/test_backup.py::test_a_restore_brings_back_all_and_marks_what_may_have_been_told_since",
        ),
    ),
    Mutant(
        "a backup that is not whole is refused",
        "relay/store/backup.py",
        "    if wrong:\n",
        "    if False:\n",
        ("tests/store/test_backup.py::test_a_damaged_backup_is_refused_and_the_store_stays",),
    ),
]
