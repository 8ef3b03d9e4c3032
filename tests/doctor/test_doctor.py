"""``relay doctor``: what would hang a night is found, with how to mend it; what is not configured is no failure."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner

from mirror.http.faults import Fault
from relay.cli import main
from relay.doctor.clock import ahead, judged
from relay.doctor.files import mount
from relay.doctor.finding import State
from relay.lock import WORKER, of_part
from tests.mirror.callers import Caller, calling

INSTANCE = {
    "CC_DEPLOYMENT_ID": "deployment_1",
    "CC_RUN_COMMAND": "relay serve",
    "APP_HOME": "/home/bas/app_1",
}
SECRET = "a-secret-of-the-intake"


class Patient:
    """A configuration, and the doctor who looks at it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lines = [f"store: sqlite:///{folder}/relay.db", f"web: {{port: {free_port()}}}"]
        self.code = -1

    def examined(
        self, *options: str, environment: Mapping[str, str] | None = None
    ) -> dict[str, list[list[str]]]:
        """Return what each check said: state, words, how to mend it."""
        path = self.folder / "config.yaml"
        path.write_text("\n".join(self.lines))
        asked = ["doctor", "--json", "--config", str(path), *options]
        ended = CliRunner().invoke(main, asked, env=dict(environment or {}))
        assert SECRET not in ended.output
        self.code = ended.exit_code
        found: dict[str, list[list[str]]] = {}
        for check in json.loads(ended.output)["checks"]:
            found.setdefault(check["check"], []).append([check["state"], check["said"], check["mend"]])
        return found


@pytest.fixture
def patient(tmp_path: Path) -> Patient:
    return Patient(tmp_path)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def web(status: int = 200, body: bytes = b"ok") -> Iterator[tuple[int, list[bytes]]]:
    """Serve one answer to everything; gives the port and the bodies that came."""
    bodies: list[bytes] = []

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers.get("content-length", 0))))
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answering)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_address[1], bodies
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def channel(port: int) -> str:
    url = f"http://127.0.0.1:{port}/services/T000/B000/{SECRET}"
    return f"channels: {{team: {{kind: slack, webhook_url: '{url}'}}}}"


def test_without_clever_cloud_and_with_a_channel_all_is_well(patient: Patient) -> None:
    """What is not configured is said so, and the test message is one that the channel took."""
    with web() as (port, bodies):
        patient.lines += [channel(port)]
        found = patient.examined("--yes")
    assert patient.code == 0
    assert found["channel team"] == [["ok", "took a test message (HTTP 200)", ""]]
    assert len(bodies) == 1
    assert found["clever-cloud"][0][0] == found["canary"][0][0] == "not configured"
    assert [state for state, *_ in found["store"]] == ["ok", "ok"]


def test_nothing_is_sent_unless_it_was_agreed(patient: Patient) -> None:
    """A program that asks for JSON agrees to nothing by that."""
    with web() as (port, bodies):
        patient.lines += [channel(port)]
        for options in (("--no-send",), ()):
            assert patient.examined(*options)["channel team"][0][0] == "not tried"
    assert (patient.code, bodies) == (0, [])


def test_a_channel_that_refuses_fails_with_its_reason(patient: Patient) -> None:
    with web(404, b"no_service") as (port, _):
        patient.lines += [channel(port)]
        [[state, said, mend]] = patient.examined("--yes")["channel team"]
    assert (patient.code, state) == (1, "failed")
    assert said == "gone: Slack answered HTTP 404 (no_service)"
    assert mend == "mend channels.team, then: relay send-test team"


def test_text_says_how_to_mend(patient: Patient) -> None:
    patient.examined()
    ended = CliRunner().invoke(main, ["doctor", "--config", str(patient.folder / "config.yaml")])
    assert ended.exit_code == 1
    assert "failed          channels: there is none" in ended.output
    assert "→ give channels" in ended.output


def test_a_bad_configuration_is_a_finding_too(patient: Patient) -> None:
    patient.lines += ["chanels: {}"]
    [[state, said, _]] = patient.examined()["config"]
    assert (patient.code, state) == (2, "failed")
    assert "chanels" in said


@pytest.mark.parametrize(
    ("store", "environment", "words"),
    [
        ("{folder}/relay.db", INSTANCE, "lost with this instance"),
        (
            "{folder}/data/relay.db",
            {**INSTANCE, "APP_HOME": "{folder}", "CC_FS_BUCKET": "/data:host"},
            "network",
        ),
        ("/dev/shm/no-relay/relay.db", {}, "in memory"),
    ],
)
def test_a_file_that_is_lost_or_torn_fails(
    patient: Patient, store: str, environment: dict[str, str], words: str
) -> None:
    """Told to use the add-on where that is to be had."""
    folder = str(patient.folder)
    patient.lines[0] = f"store: sqlite:///{store.format(folder=folder)}"
    given = {name: value.format(folder=folder) for name, value in environment.items()}
    state, said, mend = patient.examined(environment=given)["store"][0]
    assert (patient.code, state) == (1, "failed")
    assert words in said
    assert ("add-on" in mend) is bool(environment)


def test_a_mount_is_the_one_that_lies_deepest() -> None:
    mounts = "a / ext4 rw 0 0\nb /srv nfs4 rw 0 0\nc /srv/own ext4 rw 0 0\n"
    known = {"/home/x": "ext4", "/srv/x": "nfs4", "/srv/own/x": "ext4", "/srvelse/x": "ext4"}
    assert {path: mount(Path(path), mounts)[1] for path in known} == known


def test_a_relay_that_polls_is_named(patient: Patient) -> None:
    assert "none runs" in patient.examined()["pollers"][0][1]
    lock = of_part(patient.folder / "relay.db", WORKER)
    try:
        assert "one (process" in patient.examined()["pollers"][0][1]
    finally:
        lock.release()
    assert "none runs" in patient.examined()["pollers"][0][1]


def test_a_port_that_is_taken_fails_unless_a_relay_has_it(patient: Patient) -> None:
    for body, state in ((b"nginx", "failed"), (b'{"status": "alive"}', "ok")):
        with web(200, body) as (port, _):
            patient.lines[1] = f"web: {{port: {port}}}"
            assert patient.examined()["port"][0][0] == state


@pytest.mark.parametrize(
    ("settings", "state", "words"),
    [
        ("{port: 9000}", "failed", "can't be reached"),
        ("{host: 0.0.0.0, password: long-enough, port: 9001}", "failed", "does not know"),
        ("{host: 0.0.0.0, password: long-enough, port: 8080}", "warning", "CC_RUN_COMMAND is given 9000"),
        ("{host: 0.0.0.0, password: long-enough, port: 9000}", "ok", "as the platform expects"),
    ],
)
def test_the_platform_s_ports_are_known(patient: Patient, settings: str, state: str, words: str) -> None:
    patient.lines[1] = f"web: {settings}"
    found = patient.examined(environment=INSTANCE)["port"][0]
    assert found[0] == state
    assert words in found[1]


@pytest.fixture
def caller() -> Iterator[Caller]:
    with calling() as one:
        yield one


def with_account(patient: Patient, caller: Caller) -> None:
    patient.lines[1] = f"web: {{port: {free_port()}, public_url: 'https://relay.example'}}"
    known = f"organisation: {caller.owner}, token: {caller.sample.api_token}, api: '{caller.mirror.url}'"
    patient.lines += [
        f"clever_cloud: {{main: {{{known}}}}}",
        f"intakes: {{clever: {{format: clever-cloud, secrets: [{SECRET}]}}}}",
    ]


def test_an_account_is_looked_at_as_a_whole(patient: Patient, caller: Caller) -> None:
    """Its rights, the end of its token, its webhook; disabled or gone is a failure that `relay clever setup` mends."""
    with_account(patient, caller)
    found = patient.examined()
    assert found["clever-cloud main: API"][0][0] == found["clever-cloud main: token"][0][0] == "ok"
    assert found["clever-cloud main: webhook"][0][::2] == ["failed", "relay clever setup"]
    done = CliRunner().invoke(
        main, ["clever", "setup", "--yes", "--config", str(patient.folder / "config.yaml")]
    )
    assert done.exit_code == 0
    assert patient.examined()["clever-cloud main: webhook"][0][0] == "ok"
    hooks = caller.sample.platform.hooks
    hooks.update({id: replace(hook, enabled=False) for id, hook in hooks.items()})
    assert "disabled" in patient.examined()["clever-cloud main: webhook"][0][1]


def test_a_token_that_is_refused_or_ends_is_told(patient: Patient, caller: Caller) -> None:
    with_account(patient, caller)
    ends = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()
    line = patient.lines[2]
    patient.lines[2] = line.replace("}}", f", token_ends: {ends}}}}}")
    state, said, mend = patient.examined()["clever-cloud main: token"][0]
    assert (state, ends in said) == ("warning", True)
    assert "clever tokens create" in mend
    caller.mirror.fail(Fault(".*", status=401))
    assert patient.examined()["clever-cloud main: API"][0][0] == "failed"
    assert patient.code == 1


@pytest.mark.parametrize(
    ("seconds", "state"), [(0, State.WELL), (-3, State.WELL), (20, State.WARNING), (-300, State.FAILED)]
)
def test_a_clock_that_is_off_is_told(seconds: int, state: State) -> None:
    at = datetime(2026, 6, 15, 8, 0, tzinfo=UTC)
    found = ahead(format_datetime(at + timedelta(seconds=seconds), usegmt=True), at)
    assert found is not None
    assert judged("the API", found).state is state


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 99 Jun 2026 99:00:00 GMT"])
def test_a_date_that_is_none_is_none(date: str) -> None:
    assert ahead(date, datetime(2026, 6, 15, tzinfo=UTC)) is None
