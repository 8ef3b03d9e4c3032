"""The ``relay`` command as the recorder runs it: with a short log, so that its pages often go to the file, and, as the control
that must lose, with SQLite's ``synchronous`` as the environment says.
"""

import os

from relay.cli import main
from relay.store import sqlite


class _Connection(sqlite.SqliteConnection):
    def begin(self, touching: object = None) -> None:
        self._connection.execute(f"pragma synchronous = {os.environ['SYNCHRONOUS']}")
        super().begin()


sqlite.LOG_PAGES = 60
sqlite.SqliteConnection = _Connection  # type: ignore[misc]

if __name__ == "__main__":
    main(prog_name="relay")
