"""The mirror's README is true, and the program does what it says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import mirror

README = (Path(mirror.__file__).parent / "README.md").read_text()


def test_the_example_runs() -> None:
    [example] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(compile(example, "README.md", "exec"), {})


def test_the_program_says_how_to_ask_it() -> None:
    command = [sys.executable, "-m", "mirror", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        first = program.stdout.readline()
        program.terminate()
        rest = program.stdout.read()
    assert program.returncode == 0
    assert re.fullmatch(r"Clever Cloud, mirrored: http://127\.0\.0\.1:\d+\n", first)
    assert "export API_HOST=http://127.0.0.1:" in rest
