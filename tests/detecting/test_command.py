"""``relay detect leak`` as a person runs it."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from relay.cli import main

KEYS = {
    "file",
    "at",
    "verdict",
    "mb_per_hour",
    "kb_per_request",
    "limit_in_seconds",
    "limit_in_seconds_interval",
    "since",
    "reason",
}


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["detect", "leak", *arguments])


def leaking(tmp_path: Path, name: str = "leak.csv") -> str:
    file = tmp_path / name
    lines = [f"{at},{150 + 20 * at / 3600:.2f},{at * 5}" for at in range(0, 18 * 3600, 30)]
    file.write_text("seconds,memory_mb,requests\n" + "\n".join(lines) + "\n")
    return str(file)


def test_every_change_is_one_object_a_line(tmp_path: Path) -> None:
    """With all keys each time, and figures once there is a growth."""
    result = run(leaking(tmp_path), "--limit-mb", "512", "--json")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert [line["verdict"] for line in lines] == ["unknown", "none", "suspected", "leak", "imminent"]
    assert all(set(line) == KEYS for line in lines)
    leak = lines[3]
    assert leak["mb_per_hour"] == pytest.approx(20, rel=0.05)
    assert leak["kb_per_request"] == pytest.approx(20 * 1024 / 3600 / 5, rel=0.05)
    low, high = leak["limit_in_seconds_interval"]
    assert low <= leak["limit_in_seconds"] <= high
    assert leak["since"] < leak["at"]


def test_many_files_come_in_their_order(tmp_path: Path) -> None:
    """Also when they are shared out over processes, with the same lines as one by one."""
    files = [leaking(tmp_path, f"{number}.csv") for number in range(12)]
    together = run(*files, "--limit-mb", "512", "--json").stdout
    alone = "".join(run(file, "--limit-mb", "512", "--json").stdout for file in files)
    assert together == alone


def test_without_json_it_is_for_people(tmp_path: Path) -> None:
    """A sentence a change."""
    told = run(leaking(tmp_path), "--limit-mb", "512").stdout
    assert "memory grows" in told
    assert "MB/h" in told


def test_a_file_that_cannot_be_read_fails_the_call_but_not_the_others(tmp_path: Path) -> None:
    """The exit code is 1, and the problem is on the error stream."""
    result = run(str(tmp_path / "none.csv"), leaking(tmp_path), "--limit-mb", "512", "--json")
    assert result.exit_code == 1
    assert "none.csv: No such file" in result.stderr
    assert '"leak"' in result.stdout


def test_a_file_of_nothing_usable_is_unknown(tmp_path: Path) -> None:
    """One line that says so, valid JSON without NaN."""
    file = tmp_path / "nothing.csv"
    file.write_text("seconds,memory_mb\n0,NaN\n30,inf\n")
    result = run(str(file), "--limit-mb", "512", "--json")
    line = json.loads(result.stdout)
    assert (line["verdict"], line["at"], line["reason"]) == ("unknown", None, "no usable sample")
    assert "left out 2 rows" in result.stderr


@pytest.mark.parametrize("limit", ["0", "-5", "nan", "inf", "much"])
def test_a_limit_must_be_a_number_above_nothing(tmp_path: Path, limit: str) -> None:
    """The command line is wrong: exit code 2."""
    assert run(leaking(tmp_path), "--limit-mb", limit).exit_code == 2


def _shown(terminal: int) -> bytes:
    """Return what a terminal was sent until nobody can write to it any more, which Linux tells by an error."""
    shown = b""
    while True:
        try:
            piece = os.read(terminal, 65_536)
        except OSError:
            return shown
        shown += piece


def test_a_thousand_files_draw_a_bar_on_a_terminal_and_nothing_but_lines_on_the_output(
    tmp_path: Path,
) -> None:
    for number in range(1000):
        (tmp_path / f"{number}.csv").write_text("seconds,memory_mb\n0,100\n15,101\n")
    files = [f"{number}.csv" for number in range(1000)]
    ours, theirs = pty.openpty()
    with (tmp_path / "out.jsonl").open("wb") as output:
        command = [sys.executable, "-m", "relay", "detect", "leak", *files, "--limit-mb", "256", "--json"]
        running = subprocess.Popen(command, cwd=tmp_path, stdout=output, stderr=theirs)
    os.close(theirs)
    shown = _shown(ours)
    os.close(ours)
    assert running.wait(30) == 0
    assert b"judging" in shown
    assert b"100%" in shown
    lines = (tmp_path / "out.jsonl").read_text().splitlines()
    assert [json.loads(line)["file"] for line in lines] == files
