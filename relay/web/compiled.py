"""Compiled templates, kept beside Python's own compiled files: the first page of a process is as quick as any other.

The rule: nothing depends on them. What can't be read or written, or was made of another source or by another version, is
compiled as ever.
"""

from __future__ import annotations

import importlib.util
import marshal
import sys
import threading
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket, BytecodeCache

MODULES = Path(__file__).parent
# Where Python keeps what it compiles of this package, wherever it was told to.
FOLDER = Path(importlib.util.cache_from_source(__file__)).parent


class Compiled(BytecodeCache):
    """The compiled templates in a folder."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder

    def load_bytecode(self, bucket: Bucket) -> None:
        """Read what is there."""
        with suppress(OSError, EOFError, ValueError, TypeError):
            made_of, code = _made_of(bucket), self._file(bucket).read_bytes()
            if code.startswith(made_of):
                bucket.code = marshal.loads(code[len(made_of) :])  # noqa: S302 - as Python reads its own

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it, unless Python was told to keep nothing."""
        if sys.dont_write_bytecode or bucket.code is None:
            return
        file = self._file(bucket)
        part = file.with_name(f"{file.name}.{threading.get_native_id()}")
        with suppress(OSError):
            file.parent.mkdir(exist_ok=True)
            part.write_bytes(_made_of(bucket) + marshal.dumps(bucket.code))
            part.replace(file)

    def _file(self, bucket: Bucket) -> Path:
        return self._folder / f"template-{bucket.key}"


def _made_of(bucket: Bucket) -> bytes:
    return (
        importlib.util.MAGIC_NUMBER
        + f"{jinja2.__version__} {surroundings(MODULES)} {bucket.checksum} ".encode()
    )


@cache
def surroundings(folder: Path) -> str:
    """Stand for the modules of a folder, which set up what templates are compiled with: with another one all is compiled anew."""
    return sha256(b"".join(file.read_bytes() for file in sorted(folder.glob("*.py")))).hexdigest()
