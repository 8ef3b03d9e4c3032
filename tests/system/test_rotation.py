"""The secret of the webhook is changed on a running relay while the platform posts: every event arrives."""

from __future__ import annotations

import signal
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

from click.testing import CliRunner

from relay.cli import main
from tests.mirror.callers import Caller, calling
from tests.system.processes import Process, free_port, started, until

OLD, NEW = "the-secret-of-before", "the-secret-from-now-on"


class Platform:
    """Posts a deployment after another, in a thread of its own, until it is stopped."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.stopped = Event()
        self.thread = Thread(target=self._deploy)

    def _deploy(self) -> None:
        mirror, app = self.caller.mirror, self.caller.app
        while not self.stopped.wait(0.005):
            at = mirror.clock.now() + timedelta(seconds=1)
            self.caller.sample.platform.begin_deployment(app, at)
            mirror.advance_to(at)

    @property
    def sent(self) -> int:
        return self.caller.mirror.post.sent.total()


def config(folder: Path, caller: Caller, port: int, *secrets: str) -> Path:
    path = folder / "config.yaml"
    account = f"organisation: {caller.owner}, token: {caller.sample.api_token}, api: '{caller.mirror.url}'"
    path.write_text(f"""
        store: sqlite:///{folder}/relay.db
        web: {{port: {port}, public_url: "http://127.0.0.1:{port}"}}
        clever_cloud: {{main: {{{account}, every: 1h}}}}
        intakes: {{clever: {{format: clever-cloud, secrets: [{", ".join(secrets)}]}}}}
    """)
    return path


def receipts(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "relay.db")) as store:
        [(number,)] = store.execute("select count(*) from receipts")
        return int(number)


def test_no_event_is_lost_while_the_secret_changes(tmp_path: Path) -> None:
    """Both secrets, the webhook, the new one alone: as the guide says."""
    port = free_port()
    with calling() as caller:
        path = config(tmp_path, caller, port, OLD)
        arguments = ["relay", "serve", "--config", str(path)]
        log = tmp_path / "log"
        with started(arguments, f"http://127.0.0.1:{port}", "/healthz", log) as process:
            _set_up(path)
            platform = Platform(caller)
            platform.thread.start()
            try:
                _more(platform)
                for secrets in ((NEW, OLD), (NEW,)):
                    _reloaded(process, config(tmp_path, caller, port, *secrets))
                    _more(platform)
                    _set_up(path)
                    _more(platform)
            finally:
                platform.stopped.set()
                platform.thread.join()
            assert caller.mirror.post.sent["failed"] == 0
            assert receipts(tmp_path) == platform.sent
            [hook] = caller.sample.platform.hooks.values()
            assert hook.urls[0].url.endswith(NEW)


def _set_up(path: Path) -> None:
    ended = CliRunner().invoke(main, ["clever", "setup", "--yes", "--config", str(path)])
    assert ended.exit_code == 0, ended.output


def _reloaded(process: Process, path: Path) -> None:
    del path
    before = process.log.read_text().count("was reloaded")
    process.popen.send_signal(signal.SIGHUP)
    until(lambda: process.log.read_text().count("was reloaded") > before, "the relay did not reload")


def _more(platform: Platform) -> None:
    """Wait until some more was posted."""
    wanted = platform.sent + 10
    until(lambda: platform.sent >= wanted, "the platform does not post")
