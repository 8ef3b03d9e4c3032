"""The demonstration: what it needs before it starts its parts."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from demo.processes import PartFailed, check_free
from tests.system.processes import free_port


def test_a_port_that_is_taken_ends_the_demonstration_at_once(tmp_path: Path) -> None:
    """Its files stay as they are: they may be those of a demonstration that runs already."""
    kept = tmp_path / "var" / "demo" / "relay.db"
    kept.parent.mkdir(parents=True)
    kept.touch()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ports = {"RELAY_PORT": str(free_port()), "GAMESHELF_PORT": str(free_port()), "VIEWER_PORT": port}
        environment = {**os.environ, **ports, "PYTHONPATH": str(Path.cwd())}
        command = [sys.executable, "-m", "demo"]
        ended = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=30
        )
    assert ended.returncode == 1
    assert f"port {port} can't be used" in ended.stdout
    assert "set VIEWER_PORT" in ended.stdout
    assert kept.exists()


@pytest.mark.parametrize("port", ["abc", "", "99999", "-1"])
def test_what_is_no_port_is_said(port: str) -> None:
    """Instead of a traceback."""
    with pytest.raises(PartFailed, match="VIEWER_PORT"):
        check_free("VIEWER_PORT", port)
