"""A store that is a file: whether it outlives the night, whether it can be written, and who has it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from relay.app import backend_of
from relay.config import Config
from relay.doctor.finding import Finding, absent, failed, warning, well
from relay.doctor.place import is_on_platform
from relay.lock import WORKER
from relay.store import StoreUnavailable
from relay.store.sqlite import SqliteBackend

STORE, POLLERS = "store", "pollers"
ADDON = "link a PostgreSQL add-on (clever addon create postgresql-addon …), then: relay store copy"
# Locks and the order of writes don't hold there: https://sqlite.org/howtocorrupt.html, sections 2.1 and 3.1.
SHARED = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "9p", "ceph", "glusterfs", "davfs", "fuse.sshfs", "fuse.s3fs"}
)
MEMORY = frozenset({"tmpfs", "ramfs"})
LEAST_FREE = 200 * 1024**2


def looked_at(config: Config, environment: Mapping[str, str]) -> Sequence[Finding]:
    """Return what there is to say of the file."""
    backend = backend_of(config)
    assert isinstance(backend, SqliteBackend)
    path = backend.path.absolute()
    return [*_durable(path, environment), *_opened(backend, path), _pollers(path), _clock()]


def mount(path: Path, mounts: str) -> tuple[str, str]:
    """Return the mount point and the file system's type under which ``path`` lies.

    >>> mount(Path("/srv/a/relay.db"), "disk / ext4 rw 0 0\\nhost:/x /srv/a nfs4 rw 0 0\\n")
    ('/srv/a', 'nfs4')
    """
    found = ("/", "")
    for line in mounts.splitlines():
        words = line.split(" ")
        if len(words) > 2 and path.is_relative_to(words[1]) and len(words[1]) >= len(found[0]):
            found = (words[1], words[2])
    return found


def _durable(path: Path, environment: Mapping[str, str]) -> Iterator[Finding]:
    where, kind = _mounted(path)
    buckets = [
        value.partition(":")[0] for name, value in environment.items() if name.startswith("CC_FS_BUCKET")
    ]
    home = Path(environment.get("APP_HOME", "/"))
    in_bucket = any(path.is_relative_to(home / bucket.lstrip("/")) for bucket in buckets if bucket)
    if in_bucket or kind in SHARED:
        said = f"{path} is on a network file system ({kind or 'FS Bucket'}): SQLite may be corrupted there"
        yield failed(
            STORE, said, ADDON if is_on_platform(environment) else "move it to a disk of this machine"
        )
    elif is_on_platform(environment):
        yield failed(STORE, f"{path} is lost with this instance, at every deployment", ADDON)
    elif kind in MEMORY:
        yield failed(STORE, f"{path} is in memory ({where}) and lost at a restart", "move it to a disk")
    else:
        yield well(STORE, f"{path} is on a disk of this machine")


def _opened(backend: SqliteBackend, path: Path) -> Iterator[Finding]:
    folder = next(one for one in path.parents if one.exists())
    if not os.access(folder, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        yield failed(STORE, f"{path} can't be written by this user", "change its owner, or run as that one")
    free = os.statvfs(folder)
    left = free.f_bavail * free.f_frsize
    if left < LEAST_FREE:
        yield warning(STORE, f"{left // 1024**2} MB are free", "make room: a full disk takes no event")
    if not path.exists():
        yield well(STORE, "it is made at the first start")
        return
    try:
        reader = backend.reader()
        reader.rows("select count(*) as number from incidents where resolved_at is null")
        reader.close()
    except StoreUnavailable as unavailable:
        yield failed(STORE, f"it can't be read ({unavailable})", "relay check-store says more; relay migrate")
    else:
        yield well(STORE, "it can be read")


def _pollers(path: Path) -> Finding:
    real = path.resolve()
    lock = real.with_name(real.name + WORKER)
    if not lock.exists() or not (holder := _holder(lock)):
        return well(POLLERS, "none runs on this store now; a second one is refused")
    return well(POLLERS, f"one (process {holder}); a second one is refused")


def _holder(lock: Path) -> str:
    file = os.open(lock, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return os.read(file, 32).decode("ascii", "replace").strip() or "unknown"
    finally:
        os.close(file)
    return ""


def _clock() -> Finding:
    return absent("clock", "no other clock to compare with: the store is a file of this machine")


def _mounted(path: Path) -> tuple[str, str]:
    try:
        return mount(path, Path("/proc/self/mounts").read_text())
    except OSError:
        return ("/", "")
