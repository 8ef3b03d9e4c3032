"""What ``relay doctor`` says of PostgreSQL."""

from __future__ import annotations

from relay.config import Config
from relay.doctor.database import looked_at
from relay.doctor.finding import State
from tests.config.loading import loaded


def of(uri: str) -> Config:
    return loaded(f"store: '{uri}'")


def test_a_database_that_answers_is_well_before_and_after_the_first_start(postgres_uri: str) -> None:
    from relay.store.postgres import PostgresBackend

    assert {finding.state for finding in looked_at(of(postgres_uri), {})} == {State.WELL}
    PostgresBackend(postgres_uri).migrate()
    found = looked_at(of(postgres_uri), {})
    assert {finding.state for finding in found} == {State.WELL}
    assert {finding.check for finding in found} == {"store", "clock", "pollers"}


def test_one_that_does_not_answer_fails_and_its_password_is_not_told() -> None:
    [found] = looked_at(of("postgresql://relay:a-password-of-it@127.0.0.1:1/relay"), {})
    assert found.state is State.FAILED
    assert "a-password-of-it" not in f"{found}"
