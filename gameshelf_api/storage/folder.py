"""The embedded default: a folder whose files stand for the objects of a bucket."""

from collections.abc import Sequence
from pathlib import Path

from gameshelf_api.storage import MAX_IMAGES, StorageError, StoredImage


class Folder:
    """A bucket made of files; a key is a path below the folder."""

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self._root = root

    def check(self) -> None:
        """Raise StorageError when the folder is gone."""
        if not self._root.is_dir():
            raise StorageError("folder: missing")

    def images(self, prefix: str) -> Sequence[StoredImage]:
        """Return the images whose key starts with ``prefix``, by key."""
        self.check()
        try:
            files = [path for path in self._root.rglob("*") if path.is_file()]
            found = [
                StoredImage(path.relative_to(self._root).as_posix(), path.stat().st_size) for path in files
            ]
        except OSError as error:
            raise StorageError(f"folder: {type(error).__name__}") from error
        wanted = [image for image in found if image.key.startswith(prefix)]
        return sorted(wanted, key=lambda image: image.key.encode())[:MAX_IMAGES]

    def put(self, key: str, body: bytes, content_type: str) -> None:  # noqa: ARG002 - a file has no type
        """Keep an image under ``key``."""
        path = self._root / key
        if not path.resolve().is_relative_to(self._root.resolve()):
            raise StorageError("folder: the key leads out of the folder")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
        except OSError as error:
            raise StorageError(f"folder: {type(error).__name__}") from error

    def close(self) -> None:
        """Do nothing: a folder is not open."""
