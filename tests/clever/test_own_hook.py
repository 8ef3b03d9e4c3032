"""The relay's own webhook and token: made once, made good again, and told of when the platform gives up on them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mirror.http.faults import Fault
from mirror.world.hooks import Hook, HookUrl
from relay.clever import AccountSettings, Client
from relay.clever.hooks import Wanted
from relay.clever.standing import Standing
from relay.clever.watch import Watch
from relay.cli import main
from relay.core.targets import Target
from relay.core.text import Language, say
from relay.exchange import Exchange
from relay.pipeline.setup import Polled
from tests.clever.platform import APP, ORGANISATION, TOKEN, Platform, platform
from tests.mirror.callers import Caller, calling
from tests.pipeline.world import NOON, World, world

SECRET, NEXT = "first-secret-of-the-relay", "second-secret-of-the-relay"
START = "https://relay.example/webhooks/clever/"
CONFIG = """
web: {public_url: "https://relay.example"}
store: sqlite:///%(store)s
clever_cloud:
  main: {organisation: %(owner)s, token: %(token)s, api: "%(url)s"}
intakes:
  clever: {format: clever-cloud, secrets: [%(secrets)s]}
"""


@pytest.fixture
def caller() -> Iterator[Caller]:
    with calling() as one:
        yield one


class Desk:
    """Somebody who types ``relay clever setup``."""

    def __init__(self, caller: Caller, folder: Path) -> None:
        self.caller, self.path = caller, folder / "config.yaml"
        self.secrets = SECRET

    def setup(self, *arguments: str, answer: str = "") -> Result:
        known = {"owner": self.caller.owner, "token": self.caller.sample.api_token}
        known |= {"url": self.caller.mirror.url, "secrets": self.secrets}
        self.path.write_text(CONFIG % {**known, "store": self.path.with_name("relay.db")})
        asked = ["clever", "setup", "--config", str(self.path), *arguments]
        ended = CliRunner().invoke(main, asked, input=answer)
        assert all(secret not in ended.output for secret in (SECRET, NEXT, self.caller.sample.api_token))
        return ended

    @property
    def hooks(self) -> list[Hook]:
        return list(self.caller.sample.platform.hooks.values())


@pytest.fixture
def desk(caller: Caller, tmp_path: Path) -> Desk:
    return Desk(caller, tmp_path)


def test_a_plan_is_shown_and_nothing_done_until_it_is_agreed(desk: Desk) -> None:
    """A dry run and a "no" leave the platform alone; a "yes" creates exactly the hook that is wanted."""
    shown = desk.setup("--dry-run")
    assert (shown.exit_code, desk.hooks) == (0, [])
    assert f"create a webhook to {START}…" in shown.output
    assert (desk.setup(answer="n\n").exit_code, desk.hooks) == (1, [])
    assert desk.setup(answer="y\n").exit_code == 0
    [hook] = desk.hooks
    assert hook.urls == (HookUrl("raw", START + SECRET),)
    assert (hook.events, hook.scope, hook.owner_id) == (None, None, desk.caller.owner)


def test_a_second_time_there_is_nothing_to_do(desk: Desk) -> None:
    desk.setup("--yes")
    asked = desk.caller.mirror.log.total
    again = desk.setup("--yes")
    assert (again.exit_code, len(desk.hooks)) == (0, 1)
    assert "nothing to do" in again.output
    # One look and no change.
    assert desk.caller.mirror.log.total == asked + 1


def test_what_is_wrong_is_repaired_in_place(desk: Desk) -> None:
    """Disabled, narrowed, or with the secret of before; other hooks and somebody's other address stay as they are."""
    desk.setup("--yes")
    [hook] = desk.hooks
    other = HookUrl("slack", "https://chat.example/hook")
    broken = replace(hook, enabled=False, events=("GIT_PUSH",), urls=(*hook.urls, other))
    stranger = replace(hook, id="stranger", urls=(HookUrl("raw", "https://elsewhere.example/x"),))
    desk.caller.sample.platform.hooks |= {hook.id: broken, stranger.id: stranger}
    desk.secrets = f"{NEXT}, {SECRET}"
    said = desk.setup("--yes")
    assert said.exit_code == 0
    assert f"repair webhook {hook.id}" in said.output
    assert "the platform has disabled it" in said.output
    mended = desk.caller.sample.platform.hooks[hook.id]
    assert mended.enabled
    assert mended.urls == (HookUrl("raw", START + NEXT), other)
    assert mended.events is None
    assert desk.caller.sample.platform.hooks["stranger"] == stranger


def test_a_second_hook_to_the_relay_is_removed(desk: Desk) -> None:
    desk.setup("--yes")
    [hook] = desk.hooks
    desk.caller.sample.platform.hooks["twin"] = replace(hook, id="twin", enabled=False)
    assert desk.setup("--yes").exit_code == 0
    assert desk.hooks == [hook]


def test_an_edit_that_helps_nothing_is_followed_by_a_new_hook(desk: Desk) -> None:
    """No source says that an edit enables a hook again: the new one is there before the old one goes."""
    desk.setup("--yes")
    [hook] = desk.hooks
    hooks = desk.caller.sample.platform.hooks

    class Stubborn(dict[str, Hook]):
        def __setitem__(self, id: str, new: Hook) -> None:
            super().__setitem__(id, replace(new, enabled=id != hook.id))

    desk.caller.sample.platform.hooks = Stubborn(hooks)
    desk.caller.sample.platform.hooks[hook.id] = hook
    assert desk.setup("--yes").exit_code == 0
    [new] = desk.hooks
    assert new.enabled
    assert new.id != hook.id


def test_a_refusal_is_one_clear_line(desk: Desk) -> None:
    desk.caller.mirror.fail(Fault(".*", status=401))
    ended = desk.setup("--yes")
    assert ended.exit_code == 1
    assert "refuses the account's token (HTTP 401)" in ended.output


class Watched:
    """A relay that watches an account whose webhook and token the test changes."""

    def __init__(self, here: World, far: Platform) -> None:
        self.here, self.far = here, far
        self.hook: dict[str, object] = {
            "id": "hook_1",
            "urls": [{"format": "raw", "url": START + SECRET}],
            "failures": [],
            "state": "ENABLED",
        }
        self.ends = NOON + timedelta(days=300)
        self.hooks: object = None

    async def after(self, **span: float) -> list[tuple[str, str]]:
        """Let time pass, read once, deliver; return what is open."""
        self.here.after(**span)
        listed = [self.hook] if self.hooks is None else self.hooks
        named = {"name": "relay", "expirationDate": self.ends.isoformat()}
        self.far.answers |= {
            "applications": [],
            "deployments": {},
            "api-tokens": [named],
            ORGANISATION: listed,
        }
        for lease in await self.here.relay.claim_targets():
            await self.here.relay.poll(lease)
        await self.here.drain()
        return sorted((one.kind, one.severity.word) for one in self.here.incidents(is_open=True))

    def fails(self, *statuses: int | None) -> None:
        at = self.here.at.isoformat()
        self.hook["failures"] = [{"url": "x", "createdAt": at, "status": status} for status in statuses]

    def said(self, language: Language = Language.ENGLISH) -> str:
        return say(self.here.slack.sent[-1].moments[-1].summary, language)


def watched(folder: Path, play: object) -> None:
    async def whole() -> None:
        async with platform() as far, world(folder) as here:
            settings = {"organisation": ORGANISATION, "token": TOKEN, "api": far.url, "applications": [APP]}
            exchange = Exchange()
            client = Client("main", AccountSettings.model_validate(settings), exchange, lambda: here.at)
            watch = Watch(client, {}, {}, {}, Standing(client, Wanted(START, (NEXT, SECRET))))
            target = Target("main", "clever-cloud-account", timedelta(seconds=60), ())
            await here.relay.swap(replace(here.setup, targets={"main": Polled(target, watch)}))
            await play(Watched(here, far))  # type: ignore[operator]
            await exchange.close()

    asyncio.run(whole())


HOOK = "account-hook"
TOKEN_ = "account-token"


def test_a_disabled_hook_is_told_and_so_is_its_return(tmp_path: Path) -> None:
    """Within five minutes, in both languages, once; any of the relay's secrets is a good one."""

    async def play(one: Watched) -> None:
        assert await one.after() == []
        one.hook["state"] = "DISABLED"
        one.fails(503, 502)
        assert await one.after(minutes=6) == [(HOOK, "critical")]
        assert "disabled the webhook" in one.said()
        assert "HTTP 502" in one.said()
        assert "désactivé" in one.said(Language.FRENCH)
        assert await one.after(minutes=6) == [(HOOK, "critical")]
        one.hook["state"] = "ENABLED"
        one.hook["failures"] = []
        assert await one.after(minutes=6) == []
        assert one.here.slack.told() == ["opened", "resolved"]

    watched(tmp_path, play)


def test_a_hook_that_is_gone_or_has_a_secret_of_before_is_told(tmp_path: Path) -> None:
    async def play(one: Watched) -> None:
        one.hooks = (404, {"id": 4014, "message": "none", "type": "error"})
        assert await one.after() == [(HOOK, "warning")]
        assert "has no webhook" in one.said()
        one.hooks = None
        one.hook["urls"] = [{"format": "raw", "url": START + "a-secret-of-before"}]
        await one.after(minutes=6)
        [incident] = one.here.incidents(is_open=True)
        assert incident.kind == HOOK

    watched(tmp_path, play)


def test_failures_of_late_are_told_and_a_restart_is_not(tmp_path: Path) -> None:
    async def play(one: Watched) -> None:
        one.fails(503, None)
        assert await one.after() == []
        one.fails(503, None, 500)
        assert await one.after(minutes=6) == [(HOOK, "warning")]
        assert "3 notifications" in one.said()
        assert await one.after(minutes=40) == []

    watched(tmp_path, play)


def test_hooks_that_cannot_be_read_are_not_taken_as_fine(tmp_path: Path) -> None:
    """The right may be missing for them alone."""

    async def play(one: Watched) -> None:
        one.hooks = (403, {"id": 6201})
        assert await one.after() == []
        assert await one.after(minutes=1) == []
        assert await one.after(minutes=1) == [(HOOK, "warning")]
        one.hooks = None
        assert await one.after(minutes=1) == []

    watched(tmp_path, play)


def test_the_end_of_a_token_is_told_30_7_and_1_days_ahead(tmp_path: Path) -> None:
    """Three times, each once, whatever is read between; a new token ends it."""

    async def play(one: Watched) -> None:
        begin = one.here.at
        one.ends = begin + timedelta(days=31)
        told: list[tuple[float, str]] = []
        before = 0
        assert await one.after() == []
        for _ in range(4 * 31):
            await one.after(hours=6, seconds=1)
            left = (one.ends - one.here.at) / timedelta(days=1)
            told += [(round(left), m.kind.value) for m in one.here.slack.sent[before:]]
            before = len(one.here.slack.sent)
        assert told == [(30, "noticed"), (7, "opened"), (1, "escalated")]
        one.ends = one.here.at + timedelta(days=365)
        assert await one.after(hours=7) == []

    watched(tmp_path, play)


def test_a_refused_token_is_told_at_once_and_once(tmp_path: Path) -> None:
    """One incident an account: the watch's own."""

    async def play(one: Watched) -> None:
        assert await one.after() == []
        one.far.always = (401, {"id": 2001})
        assert await one.after(minutes=1) == [("no-data", "warning")]
        for _ in range(5):
            assert await one.after(minutes=6) == [("no-data", "warning")]
        assert one.here.slack.told() == ["opened"]
        one.far.always = None
        assert await one.after(minutes=6) == []

    watched(tmp_path, play)
