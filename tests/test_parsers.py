"""Whatever stands in a file, a header or an answer is read or refused in the parser's own words; nothing else is raised.

The larger parsers have such a test beside their own: docs/reliability.md lists them all.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from relay.clever import applications, backoff, deployments
from relay.cli.times import moment
from relay.config.document import ConfigError
from relay.detecting.table import UnreadableFile, read
from relay.doctor import clock
from relay.intake.generic import Settings as Generic
from relay.rule_tests.files import load
from relay.store import StoreUnavailable
from relay.store.postgres_address import Address
from relay.web.gates import ALERTS, PREFIX, Gate, find

NOON = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)

# What looks right almost to the end reaches further into a parser than noise does.
WORDS = st.text(max_size=40)
HTTP_DATES = st.builds(
    "{}, {} {} {} {}:{}:{} {}".format,
    st.sampled_from(["Mon", "Xxx", ""]),
    st.integers(-1, 40),
    st.sampled_from(["Jan", "Dec", "Brr", ""]),
    st.integers(-1, 100_000),
    st.integers(-1, 99),
    st.integers(0, 99),
    st.integers(0, 10**20),
    st.sampled_from(["GMT", "+0200", "-9999", "+99999999999999999999", "", "\ud800"]),
)
NUMBERS = st.sampled_from(
    ["0", "1", "-1", "1e999", "nan", "inf", "٣", "9" * 400, "1_0", "0x10", "", " ", "1,5", "12 MB", "3GiB"]
)
TIMES = st.one_of(
    NUMBERS,
    st.datetimes(timezones=st.none() | st.timezones()).map(str),
    st.sampled_from(
        ["2026-06-15T12:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "24:00"]
    ),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=20,
)

in_a_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(WORDS | HTTP_DATES | NUMBERS | st.integers().map(str))
@example("Mon, 16 Nov 2009 13:32:02 +99999999999999999999")
@example("Fri, 31 Dec 9999 23:59:59 GMT")
def test_a_wait_that_the_platform_asks_for_is_bounded(written: str) -> None:
    asked = backoff.retry_after(written, NOON)
    assert asked is None or timedelta(0) < asked <= DAY


@given(WORDS | HTTP_DATES)
@example("Fri, 31 Dec 9999 23:59:59 -9959")
def test_a_far_clock_is_told_or_not_understood(date: str) -> None:
    assert isinstance(clock.ahead(date, NOON), timedelta | None)


@given(WORDS | TIMES | st.builds("{}{}".format, NUMBERS, st.sampled_from("smhdwy")))
def test_a_time_that_is_typed_is_one_or_is_refused(written: str) -> None:
    with suppress(click.BadParameter):
        assert moment(written, NOON).tzinfo is UTC


CELLS = st.one_of(
    TIMES, WORDS, st.sampled_from(['"', "sep=;", "seconds", "memory_mb", "requests", "\0", "\r"])
)
ROWS = st.lists(CELLS, max_size=5)


@in_a_folder
@given(
    body=st.binary(max_size=300)
    | st.builds(
        lambda between, rows: "\n".join(between.join(row) for row in rows).encode("utf-8", "surrogatepass"),
        st.sampled_from(",;\t"),
        st.lists(ROWS, max_size=8),
    ),
    limit=st.sampled_from([1e-9, 256.0, 1e300]),
)
def test_a_csv_file_is_a_series_or_none(tmp_path: Path, body: bytes, limit: float) -> None:
    file = tmp_path / "memory.csv"
    file.write_bytes(body)
    with suppress(UnreadableFile):
        table = read(file, limit)
        assert len(table.at) == len(table.memory) == len(table.requests)
        assert all(at == at and memory == memory for at, memory, _ in table.rows())  # no NaN


@given(
    WORDS
    | st.builds(
        "{}://{}:{}@{}:{}/{}?{}={}".format,
        st.sampled_from(["postgresql", "postgres", "http", ""]),
        *[WORDS | st.sampled_from(["u", "%zz", "%00", "[::1", "a,b", "secret"])] * 7,
    )
)
def test_an_address_of_postgres_is_one_or_is_refused_without_being_told(uri: str) -> None:
    with suppress(StoreUnavailable):
        address = Address.of(uri)
        assert not address.password or address.password not in repr(address)
        return
    with pytest.raises(StoreUnavailable, match=r"^PostgreSQL: the address of the store can't be read"):
        Address.of(uri)


GATE = Gate("open", Generic(format="generic").build(), ("a-secret-of-the-test",), takes_alerts=True)


@given(st.sampled_from([ALERTS, PREFIX, f"{PREFIX}open/", "/"]), WORDS, WORDS | st.binary().map(repr))
@pytest.mark.parametrize("scheme", ["Basic ", "Bearer ", "basic", ""])
def test_no_path_and_no_authorization_opens_a_gate_but_its_secret(
    scheme: str, place: str, rest: str, said: str
) -> None:
    assert find([GATE], place + rest, {"authorization": scheme + said}) is None


@in_a_folder
@given(
    body=st.binary(max_size=200)
    | st.builds(
        "rule_files: {}\nevaluation_interval: {}\ntests:\n  - interval: {}\n    input_series:\n      - series: {}\n        values: {}\n".format,
        *[
            WORDS
            | st.sampled_from(["1m", "[a.yaml]", "'memory{target=\"a\"}'", "'0+1x5'", "null", "&a", "*a"])
        ]
        * 5,
    ).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
def test_a_file_of_rule_tests_is_one_or_says_what_is_wrong(tmp_path: Path, body: bytes) -> None:
    file = tmp_path / "rules.test.yaml"
    file.write_bytes(body)
    with suppress(ConfigError):
        load(file)


@given(
    JSON
    | st.fixed_dictionaries({}, optional=dict.fromkeys(("id", "state", "date", "name", "instance"), JSON))
)
def test_what_the_platforms_api_answers_is_read_or_left_out(found: object) -> None:
    for one in (found, [found], {"data": found}):
        deployments.deployments(one)
        deployments.by_application(one)
        applications.application(one, NOON)
