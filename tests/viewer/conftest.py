"""A viewer in this process, and one in a process of its own."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from viewer.app import create_app


@pytest.fixture
def client() -> FlaskClient:
    """Flask's client of an empty viewer."""
    return create_app().test_client()


@pytest.fixture
def viewer() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """``python -m viewer`` on a free port: the process and its address."""
    command = [sys.executable, "-m", "viewer", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process, process.stdout.readline().split()[-1]
        process.terminate()
