"""``python -m tests.load.limited BYTES MODULE ARGUMENTS``: run a module that can't have more memory than that."""

from __future__ import annotations

import os
import resource
import sys

if __name__ == "__main__":
    limit = int(sys.argv[1])
    # What a process has allocated for itself: heap, anonymous maps, stacks of threads.
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    os.execv(sys.executable, [sys.executable, "-m", *sys.argv[2:]])
