"""The ``relay`` command with a lease of 12 s instead of 30, so that a test need not stop a process for as long."""

from datetime import timedelta

from relay.cli import main
from relay.pipeline import delivering

delivering.LEASE = timedelta(seconds=12)

if __name__ == "__main__":
    main(prog_name="relay")
