"""The metrics store: what its answers mean, what may enter a script, and how long a token is kept."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.clever import AccountSettings, Client, ClientError, Fault
from relay.clever.warp10 import Disks, parse
from relay.exchange import Exchange
from tests.clever.platform import APP, ORGANISATION, TOKEN, Platform, platform

AT = datetime(2026, 6, 15, 8, 35, tzinfo=UTC)
SAMPLES = Path(__file__).parents[1] / "fixtures" / "clever-cloud-api"
READ = "READ.T0KEN-4242"


def series(name: str, *points: tuple[float, object], **labels: str) -> dict[str, object]:
    """A series with values at seconds before ``AT``."""
    rows = [[int((AT.timestamp() - ago) * 1_000_000), value] for ago, value in points]
    return {"c": name, "l": {"app_id": APP, **labels}, "a": {}, "v": rows}


def taken(*found: dict[str, object]) -> dict[str, float]:
    return {one.name: one.value for one in parse([[*found]], AT)}


def test_the_fullest_disk_counts() -> None:
    """Of all instances that were measured of late; a value may be text."""
    disks = [series("disk.used_percent", (300, "40.5")), series("disk.used_percent", (200, 71), (500, 99))]
    assert taken(*disks, series("disk.used_percent", (800, 99))) == {"disk": 71}


def test_rates_are_taken_of_each_instance_and_then_added() -> None:
    """One after the other would make a leap of the difference between two counters."""
    one = series("net.bytes_recv", (120, 1_000), (60, 7_000), (0, 13_000))
    two = series("net.bytes_recv", (120, 900_000), (0, 912_000))
    assert taken(one, two) == {"network_in": 200}


def test_a_restart_begins_anew_and_ends_what_was() -> None:
    """A counter that fell began at zero; an instance that is gone has no rate."""
    fell = series("net.bytes_sent", (120, 60_000), (60, 61_200), (0, 1_200))
    gone = series("net.bytes_sent", (600, 0), (300, 9_000_000))
    assert taken(fell, gone) == {"network_out": 20}


def test_errors_of_both_ways_are_one_figure() -> None:
    """Two readings of one name."""
    both = [series("net.err_in", (60, 0), (0, 60)), series("net.err_out", (60, 0), (0, 120))]
    assert taken(*both) == {"network_errors": 3}


@pytest.mark.parametrize("name", ["warp10-exec-empty-response", "warp10-exec-scalar-response"])
def test_an_answer_without_series_has_no_readings(name: str) -> None:
    """As of a stopped application."""
    assert parse(json.loads((SAMPLES / f"{name}.json").read_text()), AT) == ()


def test_a_place_between_time_and_value_is_passed_over() -> None:
    """A row may have latitude, longitude and height."""
    found = json.loads((SAMPLES / "warp10-exec-gts-response.json").read_text())
    for one in found[0]:
        one["c"] = "disk.used_percent"
    assert {one.value for one in parse(found, AT)} == {95}


@given(
    st.recursive(
        st.none() | st.integers() | st.text() | st.floats(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("clav"), inner),
        max_leaves=20,
    )
)
def test_anything_at_all_is_read_without_a_fault(found: object) -> None:
    """Whatever JSON there is."""
    parse(found, AT)
    parse({"c": "disk.used_percent", "v": found}, AT)


def _client(here: Platform) -> Client:
    settings = {
        "organisation": ORGANISATION,
        "token": TOKEN,
        "api": here.url,
        "warp10": f"{here.url}/api/v0/exec",
    }
    return Client("main", AccountSettings.model_validate(settings), Exchange(), lambda: AT)


@pytest.mark.parametrize("id", ["a'b", "a b", "", "x" * 129, "a\n", "é"])
def test_an_id_that_would_end_its_quotes_is_refused(id: str) -> None:
    """Whatever it is, it never enters a script."""

    async def make() -> None:
        with pytest.raises(ValueError, match="not an id"):
            Disks(Client("m", AccountSettings(organisation=ORGANISATION, token=TOKEN), Exchange()), id)

    asyncio.run(make())


async def _tokens() -> None:
    now = AT
    told: list[str] = []

    def mint(_: str) -> object:
        told.append(f"{READ}{len(told)}")
        return {"token": told[-1], "expiresAt": f"2026-06-{15 + 5 * len(told)}T08:35:00Z"}

    async with platform(read=mint, exec=[[series("disk.used_percent", (0, 5))]]) as here:
        disks = Disks(_client(here), APP)
        for _ in range(3):
            await disks.read(now)
        assert len(told) == 1
        scripts = [asked for asked in here.asked if asked.path.endswith("exec")]
        assert READ in scripts[0].body.decode()
        assert "authorization" not in scripts[0].headers  # the API's own token goes nowhere else
        now += timedelta(days=5, minutes=-9)
        await disks.read(now)
        assert len(told) == 2
        # A token that is no longer taken is answered like any script that fails.
        here.answers["exec"] = (500, b"<html>Invalid token</html>")
        with pytest.raises(ClientError) as caught:
            await disks.read(now + timedelta(minutes=5))
        assert (len(told), READ in repr(caught.value), READ in repr(disks._token)) == (3, False, False)


def test_a_token_is_kept_renewed_and_never_shown() -> None:
    """Before it ends, and once when the store refuses it."""
    asyncio.run(_tokens())


@pytest.mark.parametrize("words", ["a' STORE", "", 7, None, "a\nb"])
def test_a_token_that_would_end_its_quotes_is_refused(words: object) -> None:
    """Also what the platform says is checked before it enters a script."""

    async def ask() -> None:
        async with platform(read={"token": words}) as here:
            with pytest.raises(ClientError) as caught:
                await Disks(_client(here), APP).read(AT)
            assert caught.value.fault is Fault.UNREADABLE
            assert not any(asked.path.endswith("exec") for asked in here.asked)

    asyncio.run(ask())
