"""The whole relay as a process: what an operator starts, stops, reloads and points webhooks at."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.processes import Process, free_port, relay, until, viewer

SECRET = "a-secret-of-the-test"
FAIL = {
    "event": "DEPLOYMENT_FAIL",
    "date": 4102444800000,  # a date to come counts as now
    "data": json.dumps({"appId": "app_7c2e9d04", "ownerId": "orga_3f1c0b7e"}),
}


def config(folder: Path, chat: str, **more: object) -> Path:
    """Write a configuration whose channels lead to the viewer; JSON is YAML."""
    settings = {
        "store": f"sqlite:///{folder / 'relay.db'}",
        "intakes": {"clever-cloud": {"format": "clever-cloud", "secrets": [SECRET]}},
        "channels": {
            "slack": {"kind": "slack", "webhook_url": f"{chat}/services/T000/B000/{SECRET}"},
            "discord": {"kind": "discord", "webhook_url": f"{chat}/api/v10/webhooks/1/{SECRET}"},
        },
        **more,
    }
    path = folder / "config.yaml"
    path.write_text(json.dumps(settings))
    return path


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[Process]:
    with viewer(tmp_path / "viewer.log") as process:
        yield process


def texts(chat: Process, client: str) -> list[str]:
    return [message["text"] for message in chat.get("/messages").json()[client]]


def test_a_failed_deployment_reaches_both_channels_and_the_page(tmp_path: Path, chat: Process) -> None:
    log = tmp_path / "relay.log"
    with relay(config(tmp_path, chat.url), log) as here:
        answer = here.post(f"/webhooks/clever-cloud/{SECRET}", FAIL)
        assert answer.json()["events"] == ["opened"]
        [slack] = until(lambda: texts(chat, "slack"), "Slack's end saw nothing")
        [discord] = until(lambda: texts(chat, "discord"), "Discord's end saw nothing")
        assert "app_7c2e9d04" in slack
        assert "app_7c2e9d04" in discord
        assert "app_7c2e9d04" in here.get("/incidents").text
        done = {"event": "DEPLOYMENT_SUCCESS", "date": 4102444801000, "data": FAIL["data"]}
        assert "resolved" in here.post(f"/webhooks/clever-cloud/{SECRET}", done).json()["events"]
        until(lambda: len(texts(chat, "slack")) == 2, "the end was not told")
        # Discord has one living message, edited, and a short one that says the end aloud.
        messages = until(lambda: chat.get("/messages").json()["discord"][1:], "the end was not told")
        assert len(messages) == 1
        assert here.stop() == 0
    assert SECRET not in log.read_text()


def test_what_was_accepted_before_a_kill_is_delivered_after_it(tmp_path: Path, chat: Process) -> None:
    path = config(tmp_path, "http://127.0.0.1:1")  # nobody listens there
    # What it was sending when it was killed waits for the end of its lease.
    program = "tests.system.short_lease"
    with relay(path, tmp_path / "relay.log", program=program) as here:
        assert here.post(f"/webhooks/clever-cloud/{SECRET}", FAIL).status_code == 200
        here.stop(signal.SIGKILL)
    config(tmp_path, chat.url)
    with relay(path, tmp_path / "relay.log", program=program):
        until(lambda: texts(chat, "slack") and texts(chat, "discord"), "it was lost")


def test_a_gone_webhook_is_told_through_the_other_channel(tmp_path: Path, chat: Process) -> None:
    path = config(tmp_path, chat.url)
    settings = json.loads(path.read_text())
    settings["channels"]["slack"]["webhook_url"] = f"{chat.url}/nothing/here"
    path.write_text(json.dumps(settings))
    with relay(path, tmp_path / "relay.log") as here:
        here.post(f"/webhooks/clever-cloud/{SECRET}", FAIL)
        until(
            lambda: any("slack" in said and "parked" in said for said in texts(chat, "discord")),
            "nobody was told",
        )
    # Once it is mended, the test message takes it up again, and ends that incident.
    settings["channels"]["slack"]["webhook_url"] = f"{chat.url}/services/T000/B000/{SECRET}"
    path.write_text(json.dumps(settings))
    ended = _command("send-test", "slack", "--config", str(path))
    assert ended.stdout.strip() == "slack: delivered (HTTP 200), and taken up again"
    listed = _command("incidents", "--config", str(path)).stdout.splitlines()
    assert [line.split()[2] for line in listed if "is parked" in line] == ["over"]


def test_a_second_server_on_the_same_store_says_why_it_does_not_start(tmp_path: Path, chat: Process) -> None:
    path = config(tmp_path, chat.url)
    with relay(path, tmp_path / "relay.log"):
        second = _serve(path, free_port())
        assert second.returncode == 1
        assert "another relay" in second.stderr


def test_a_port_that_is_taken_is_named(tmp_path: Path, chat: Process) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = _serve(config(tmp_path, chat.url), port)
    assert ended.returncode == 1
    assert f"port {port}" in ended.stderr
    assert "--port" in ended.stderr


def test_a_host_for_everyone_needs_a_password(tmp_path: Path, chat: Process) -> None:
    ended = _command("serve", "--config", str(config(tmp_path, chat.url)), "--host", "0.0.0.0", "--port", "0")
    assert ended.returncode == 1
    assert "web.password" in ended.stderr


def test_the_pages_and_metrics_of_a_fresh_server_are_in_order(tmp_path: Path, chat: Process) -> None:
    """One date an answer, also of a page that may be unmodified; a series for each job before it misses a tick."""
    with relay(config(tmp_path, chat.url), tmp_path / "relay.log") as here:
        for path in ("/incidents", "/deliveries", "/static/style.css", "/healthz"):
            assert len(here.get(path).headers.get_list("date")) == 1, path
        for job in ("poll", "sweep", "search", "retention"):
            assert f'relay_missed_ticks_total{{job="{job}"}} 0.0' in here.get("/metrics").text


def test_an_address_may_stand_in_brackets(tmp_path: Path, chat: Process) -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as taken:
        port = taken.getsockname()[1]
        ended = _command(
            "serve", "--config", str(config(tmp_path, chat.url)), "--host", "[::1]", "--port", str(port)
        )
    assert f"can't listen on ::1 port {port}" in ended.stderr


def test_a_bad_configuration_ends_with_2_and_says_where(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("rules:\n  memory:\n    warnin: 70\n")
    ended = _serve(tmp_path / "config.yaml", free_port())
    assert ended.returncode == 2
    assert "config.yaml:3:5: rules.memory.warnin" in ended.stderr
    assert "warning" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_sighup_takes_a_good_file_and_keeps_the_old_one_for_a_bad(tmp_path: Path, chat: Process) -> None:
    log = tmp_path / "relay.log"
    path = config(tmp_path, chat.url)
    with relay(path, log) as here:
        path.write_text("intakes: [")
        here.popen.send_signal(signal.SIGHUP)
        until(lambda: "not reloaded" in log.read_text(), "the bad file was not told")
        assert here.post(f"/webhooks/clever-cloud/{SECRET}", FAIL).status_code == 200
        config(
            tmp_path,
            chat.url,
            intakes={"cc": {"format": "clever-cloud", "secrets": ["another-secret-of-it"]}},
        )
        here.popen.send_signal(signal.SIGHUP)
        until(lambda: "was reloaded" in log.read_text(), "the good file was not taken")
        assert here.post(f"/webhooks/clever-cloud/{SECRET}", FAIL).status_code == 404
        assert here.post("/webhooks/cc/another-secret-of-it", FAIL).status_code == 200


def test_sighup_takes_the_settings_of_the_log_too(tmp_path: Path, chat: Process) -> None:
    """And tells of what is odd in the new file, as a start does."""
    log = tmp_path / "relay.log"
    path = config(tmp_path, chat.url)
    with relay(path, log) as here:
        config(tmp_path, chat.url, log={"format": "json"}, rules={"memroy": {"warning": 1}})
        here.popen.send_signal(signal.SIGHUP)
        until(lambda: '"event": "the configuration was reloaded"' in log.read_text(), "no JSON was logged")
        assert "rules.memroy: judges nothing" in log.read_text()


@pytest.mark.parametrize("part", ["web", "worker"])
def test_no_part_of_a_relay_runs_twice_on_one_file(part: str, tmp_path: Path, chat: Process) -> None:
    """Not beside a server that runs both parts either."""
    path = config(tmp_path, chat.url)
    with relay(path, tmp_path / "relay.log") as here:
        port = () if part == "worker" else ("--port", "0")
        ended = _command(part, "--config", str(path), *port)
    assert ended.returncode == 1
    assert f"process {here.popen.pid}" in ended.stderr


def test_a_store_that_can_not_be_written_is_told_in_one_line(tmp_path: Path, chat: Process) -> None:
    ended = _serve(config(tmp_path, chat.url, store="sqlite:////proc/relay/relay.db"), free_port())
    assert ended.returncode == 1
    assert "/proc/relay/relay.db" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_link_to_a_store_leads_to_the_same_lock(tmp_path: Path, chat: Process) -> None:
    path = config(tmp_path, chat.url)
    with relay(path, tmp_path / "relay.log") as here:
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "elsewhere" / "link.db").symlink_to(tmp_path / "relay.db")
        linked = config(tmp_path, chat.url, store=f"sqlite:///{tmp_path / 'elsewhere' / 'link.db'}")
        ended = _serve(linked, free_port())
    assert ended.returncode == 1
    assert f"process {here.popen.pid}" in ended.stderr


def test_send_test_sends_and_says_so(tmp_path: Path, chat: Process) -> None:
    path = config(tmp_path, chat.url)
    ended = _command("send-test", "slack", "--config", str(path))
    assert (ended.returncode, ended.stdout.strip()) == (0, "slack: delivered (HTTP 200)")
    assert len(texts(chat, "slack")) == 1
    wrong = _command("send-test", "teams", "--config", str(path))
    assert wrong.returncode == 2
    assert "slack" in wrong.stderr


@pytest.mark.parametrize("command", ["incidents", "redeliver"])
def test_a_store_that_is_not_there_is_named(command: str, tmp_path: Path) -> None:
    ended = _command(command, "--config", str(config(tmp_path, "http://127.0.0.1:1")))
    assert ended.returncode == 1
    assert f"there is no store at {tmp_path / 'relay.db'}" in ended.stderr


def test_the_incidents_command_lists_them_beside_a_running_server(tmp_path: Path, chat: Process) -> None:
    path = config(tmp_path, chat.url)
    with relay(path, tmp_path / "relay.log") as here:
        here.post(f"/webhooks/clever-cloud/{SECRET}", FAIL)
        listed = _command("incidents", "--open", "--config", str(path))
        assert "critical" in listed.stdout
        as_json = _command("incidents", "--json", "--config", str(path))
        assert json.loads(as_json.stdout)["severity"] == "critical"


def _serve(path: Path, port: int) -> subprocess.CompletedProcess[str]:
    return _command("serve", "--config", str(path), "--port", str(port))


def _command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "relay", *arguments], capture_output=True, text=True, timeout=30
    )
