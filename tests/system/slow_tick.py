"""The ``relay`` command that looks at its outbox by itself every 30 s only: what is told sooner, it was woken for."""

from datetime import timedelta

from relay import scheduler
from relay.cli import main

scheduler.TICK = timedelta(seconds=30)

if __name__ == "__main__":
    main(prog_name="relay")
