"""No cache at all: every read asks the database."""

from gameshelf_api.caches import Stats


class NoCache:
    """Keeps nothing; its figures have the bounded cache's shape."""

    def get(self, key: str) -> object | None:  # noqa: ARG002 - the signature is the protocol's
        """Return None: nothing is kept."""
        return None

    def set(self, key: str, value: object) -> None:
        """Do nothing."""

    def stats(self) -> Stats:
        """Return zeros."""
        return {"entries": 0, "max_entries": 0, "usage_percent": 0.0}

    def sizes(self) -> tuple[int, int]:
        """Return zeros."""
        return 0, 0
