"""Scripts are answered as the metrics store answers them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mirror.clock import DEFAULT_START
from mirror.world.holes import Hole
from mirror.world.load import Effect
from mirror.world.nouns import DeploymentState
from mirror.world.quirks import Quirks
from tests.mirror.callers import Caller, calling

HOUR = timedelta(hours=1)
# The official probe's way to an application's memory, in its words and order.
NEWEST_MEMORY = """
'{token}' 'token' STORE '{app}' 'app' STORE NOW 'NOW' STORE
2 m 'WIN' STORE 1 m 'STEP' STORE  // a short window
[ $token 'mem.used_percent' {{ 'app_id' $app }} $NOW $WIN ] FETCH
[ SWAP bucketizer.last $NOW $STEP 0 ] BUCKETIZE
[ SWAP [ 'app_id' ] reducer.mean ] REDUCE
0 GET VALUES DUP SIZE 1 - GET
"""
SENT = """
[ '{token}' 'net.bytes_sent' {{ 'app_id' '{app}' }} NOW 1 h ] FETCH
[ SWAP mapper.rate 1 0 0 ] MAP
MERGE 'net.bytes_sent' RENAME
[ SWAP bucketizer.mean 0 60000000 0 ] BUCKETIZE
"""
DISK = "[ '{token}' 'disk.used_percent' {{ 'app_id' '{app}' }} NOW 10 m ] FETCH"


def token_of(caller: Caller, resource: str | None = None) -> str:
    scope = f"organisations/{caller.owner}" + (f"/resources/{resource}" if resource else "")
    answer = caller.client.post(f"/v4/stats/{scope}/tokens/read", json={"ttl": "P1D"})
    assert answer.json()["scope"] == "READ"
    token: str = answer.json()["token"]
    return token


def run(caller: Caller, script: str, app: str | None = None, token: str | None = None) -> Any:
    """Run a script of this module and return the stack."""
    names = {"token": token or token_of(caller), "app": app or caller.app}
    answer = caller.client.post("/api/v0/exec", content=script.format(**names))
    assert answer.status_code == 200, answer.headers["x-warp10-error-message"]
    return answer.json()


def test_the_newest_memory(caller: Caller) -> None:
    [newest] = run(caller, NEWEST_MEMORY)
    assert 30 < float(newest) < 60


def test_cumulative_counters_become_rates_of_each_instance(caller: Caller) -> None:
    """A restart begins anew; as the rate is taken before the merge, no value is negative."""
    platform = caller.sample.platform
    effect = Effect("requests", DEFAULT_START - HOUR, DEFAULT_START + HOUR, 600)
    platform.affect(caller.app, [effect])
    begun = platform.begin_deployment(caller.app, DEFAULT_START)
    platform.end_deployment(begun, DEFAULT_START + timedelta(minutes=1), DeploymentState.OK)
    caller.mirror.clock.set(DEFAULT_START + HOUR / 2)
    [[series]] = run(caller, SENT)
    values = [float(value) for _, value in series["v"]]
    assert len(values) > 50
    assert min(values) >= 0
    # Ten requests a second of 9000 bytes each.
    assert values[30] == pytest.approx(90_000, rel=0.01)


def test_the_other_order_shows_the_trap(caller: Caller) -> None:
    platform = caller.sample.platform
    begun = platform.begin_deployment(caller.app, DEFAULT_START)
    platform.end_deployment(begun, DEFAULT_START + timedelta(minutes=1), DeploymentState.OK)
    caller.mirror.clock.set(DEFAULT_START + HOUR / 2)
    wrong = "[ '{token}' 'net.bytes_sent' {{ 'app_id' '{app}' }} NOW 1 h ] FETCH MERGE [ SWAP mapper.rate 1 0 0 ] MAP"
    [[series]] = run(caller, wrong)
    assert min(float(value) for _, value in series["v"]) < -1000


def test_disk_is_written_every_five_minutes(caller: Caller) -> None:
    [[series]] = run(caller, DISK)
    assert len(series["v"]) == 2
    assert series["c"] == "disk.used_percent"
    assert {"app_id", "owner_id", "host", "vm_type", "deployment_id"} <= set(series["l"])
    assert series["v"][0][0] == DEFAULT_START.timestamp() * 1e6


def test_nothing_is_an_empty_list(caller: Caller) -> None:
    caller.sample.platform.holes.append(Hole(DEFAULT_START - HOUR, DEFAULT_START + HOUR))
    assert run(caller, DISK) == [[]]


def test_values_are_sometimes_text(caller: Caller) -> None:
    script = "[ '{token}' 'cpu.usage_idle' {{ 'app_id' '{app}' }} NOW 3 h ] FETCH"
    [[series]] = run(caller, script)
    assert {type(value) for _, value in series["v"]} == {str, float}
    with calling(quirks=Quirks(text_values=False)) as other:
        [[plain]] = run(other, script)
        assert {type(value) for _, value in plain["v"]} == {float}


def test_many_applications_in_one_script() -> None:
    """By an expression over the ids, as a batch asks."""
    with calling(applications=3) as caller:
        ids = "|".join(one.id for one in caller.sample.applications[:2])
        script = f"[ '{{token}}' 'cpu.usage_idle' {{{{ 'app_id' '~({ids})' }}}} NOW -1 ] FETCH"
        [series] = run(caller, script)
        assert len(series) == 2
        assert all(len(one["v"]) == 1 for one in series)


def test_a_token_of_a_resource_reads_nothing_else() -> None:
    with calling(applications=2) as caller:
        first, second = (one.id for one in caller.sample.applications)
        token = token_of(caller, first)
        assert run(caller, DISK, first, token) != [[]]
        assert run(caller, DISK, second, token) == [[]]


def test_a_token_of_the_owner_is_text(caller: Caller) -> None:
    quoted = caller.client.get(f"/v2/metrics/read/{caller.owner}").text
    assert quoted.startswith('"READ.')
    assert run(caller, DISK, token=quoted.strip('"')) != [[]]


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("'x' MYSTERY", "Unknown function 'MYSTERY'"),
        ("[ 'wrong' 'mem.used' {{}} NOW 1 h ] FETCH", "Invalid token"),
        ("+", "stack underflow"),
        ("'it failed' MSGFAIL", "it failed"),
        ("1 0 /", "division by zero"),
        ("<% 1", "a macro is not closed"),
    ],
)
def test_errors_are_told_in_a_header(caller: Caller, script: str, told: str) -> None:
    answer = caller.client.post("/api/v0/exec", content=script.format())
    assert answer.status_code == 500
    assert answer.headers["x-warp10-error-message"] == told


def test_a_token_expires(caller: Caller) -> None:
    token = token_of(caller)
    caller.mirror.clock.set(DEFAULT_START + timedelta(days=1))
    answer = caller.client.post("/api/v0/exec", content=DISK.format(token=token, app=caller.app))
    assert answer.headers["x-warp10-error-message"] == "Token Expired"


@pytest.mark.parametrize(
    ("script", "stack"),
    [
        ("1 2 +", [3]),
        ("1 2", [2, 1]),
        ("[ 1 2 3 ] SIZE", [3]),
        ("[ 1 2 3 ] -1 GET", [3]),
        ("{{ 'a' 1 }} 'a' GET", [1]),
        ("'a%20b'", ["a b"]),
        ("10 m", [600_000_000]),
        ("[ 1 2 ] <% DROP 10 * %> LMAP", [[10, 20]]),
        ("1 2 < <% 'less' %> <% 'more' %> IFTE", ["less"]),
        ("0 [ 1 2 3 ] <% + %> FOREACH", [6]),
        ("NULL ISNULL // a remark", [True]),
    ],
)
def test_the_stack_machine(caller: Caller, script: str, stack: list[object]) -> None:
    """The top comes first."""
    assert run(caller, script) == stack
