"""The places images live in: an S3-compatible store, or a local folder without one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

MAX_IMAGES = 1000


class StorageError(Exception):
    """The store did not answer; the text names the kind of trouble and holds no secret."""


@dataclass(frozen=True, slots=True)
class StoredImage:
    """One image: its key and its size in bytes."""

    key: str
    size: int


class ImageStore(Protocol):
    """Where images live; raises only StorageError."""

    def check(self) -> None:
        """Raise StorageError when the store is away."""

    def images(self, prefix: str) -> Sequence[StoredImage]:
        """Return the images whose key starts with ``prefix``, by key, MAX_IMAGES at most."""

    def put(self, key: str, body: bytes, content_type: str) -> None:
        """Keep an image under ``key``."""

    def close(self) -> None:
        """Close every connection."""
