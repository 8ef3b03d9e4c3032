"""A drawing for each sample game, so that /images has something to show."""

from html import escape

from gameshelf_api.database.sample_data import GAMES
from gameshelf_api.storage import ImageStore

PREFIX = "games/"


def add(store: ImageStore) -> int:
    """Put a drawing of each sample game where there is no image yet; return how many were put."""
    if store.images(PREFIX):
        return 0
    names = [game[0] for game in GAMES]
    for name in names:
        store.put(_key(name), _drawing(name), "image/svg+xml")
    return len(names)


def _key(name: str) -> str:
    return f"{PREFIX}{name.lower().replace(' ', '-')}.svg"


def _drawing(name: str) -> bytes:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 120">'
        '<rect width="240" height="120" rx="12" fill="#22577a"/>'
        f'<text x="120" y="68" text-anchor="middle" font-family="sans-serif" font-size="24" fill="#fff">{escape(name)}</text>'
        "</svg>\n"
    ).encode()
