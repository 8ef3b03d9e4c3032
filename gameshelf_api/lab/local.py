"""Starting an API of one's own for a lab step, as a process, and stopping it."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START_SECONDS = 20.0
# The parts of the environment that name stores: a lab's own API takes the embedded default instead.
STORES = ("POSTGRESQL_ADDON_", "CELLAR_ADDON_", "CC_METRICS_PROMETHEUS_", "GAMESHELF_")


@contextmanager
def api(cache: str) -> Iterator[str]:
    """Run an API with ``cache`` on a free port, yield its address, stop it; TimeoutError when it does not start."""
    with tempfile.TemporaryDirectory(prefix="gameshelf-lab-") as folder:
        log = Path(folder) / "log"
        command = [sys.executable, "-m", "gameshelf_api", "serve", "--host", "127.0.0.1", "--port", "0"]
        environ = {name: value for name, value in os.environ.items() if not name.startswith(STORES)}
        with log.open("wb") as out:
            process = subprocess.Popen(  # noqa: S603 - every word is ours
                [*command, "--data-dir", folder], env={**environ, "GAMESHELF_CACHE": cache}, stderr=out
            )
        try:
            yield _address(log, process)
        finally:
            process.terminate()
            process.wait(timeout=START_SECONDS)


def _address(log: Path, process: "subprocess.Popen[bytes]") -> str:
    """Return the address that the process tells in its log, once it listens."""
    give_up_at = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up_at and process.poll() is None:
        _, found, rest = log.read_text(errors="replace").partition("GameShelf API on ")
        if found and "\n" in rest:
            return rest.split()[0]
        time.sleep(0.05)
    raise TimeoutError("the local API did not start")
