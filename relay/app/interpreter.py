"""How a serving process has its interpreter: threads that take turns sooner, and fewer looks for garbage.

The rule: it changes when things happen, never what.
"""

from __future__ import annotations

import gc
import sys

# Seconds. The writer gives the interpreter up at every statement; with Python's own 5 ms each could cost it as much to get
# it back from a busy loop, and a step has six or more.
TURN = 0.0005
# New objects between two looks at the youngest. An event makes some hundreds, of which next to none are in cycles.
YOUNG = 5_000


def tune() -> None:
    """Set both; what is there by now stays for good, and is never looked at again."""
    sys.setswitchinterval(TURN)
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
