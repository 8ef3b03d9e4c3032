"""The ``relay`` command with seconds instead of its patience with a database, so that a test need not wait for as long."""

from datetime import timedelta

from relay.app import waiting
from relay.cli import main
from relay.pipeline import relay
from relay.store import postgres_address, postgres_guard

relay.PATIENCE = timedelta(seconds=1.5)
waiting.LONGEST = timedelta(seconds=4)
waiting.PAUSE = timedelta(seconds=0.2)
postgres_guard.LOOK_EVERY = 0.1
postgres_address._SETTINGS["connect_timeout"] = 2

if __name__ == "__main__":
    from relay.store import postgres

    postgres.PostgresBackend.__init__.__kwdefaults__["longest"] = 2.0
    main(prog_name="relay")
