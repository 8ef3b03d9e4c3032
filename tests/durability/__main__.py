"""``python -m tests.durability [EVENTS] [CUTS]``: the power fails at thousands of moments; prints a table, exit code 1 for a loss."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.durability.losing import cut_everywhere
from tests.durability.recording import recorded


def main(events: int = 600, cuts: int = 3_000) -> int:
    """Print what is lost with each way of syncing; only the control may lose."""
    print("synchronous  events answered  cuts  cuts that lost  stores not whole")
    code = 0
    for synchronous in ("full", "normal"):
        with tempfile.TemporaryDirectory(prefix="power-loss-") as folder:
            notes = recorded(Path(folder), events, synchronous=synchronous)
            loss = cut_everywhere(notes, cuts)
        print(
            f"{synchronous:11}  {loss.answered:15}  {loss.cuts:4}  {len(loss.lost):14}  {len(loss.broken):16}"
        )
        if (synchronous == "full") == bool(loss.lost or loss.broken):
            code = 1
    return code


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
