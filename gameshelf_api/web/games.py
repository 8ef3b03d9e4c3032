"""The games, through the cache: /games, /games/<id>, the greedy /popular, and /cache-stats."""

import itertools
import time

from flask import Blueprint, Response, jsonify

from gameshelf_api import catalogue
from gameshelf_api.caches import Cache
from gameshelf_api.database import Database
from gameshelf_api.web.errors import GameNotFoundError

READS_PER_POPULAR = 50
WARN_ABOVE_HISTORY = 100
LARGEST_ID = 2**31 - 1


def blueprint(database: Database, cache: Cache) -> Blueprint:
    """Return the pages that go through the cache."""
    pages = Blueprint("games", __name__)
    calls = itertools.count()

    @pages.get("/games")
    def games() -> Response:
        answer = cache.get("all_games")
        if answer is None:
            found = catalogue.games(database)
            answer = {"count": len(found), "games": found}
            cache.set("all_games", answer)
        return jsonify(answer)

    @pages.get("/games/<id>")
    def game(id: str) -> Response:
        game_id = _known_form(id)
        answer = cache.get(f"game_{game_id}")
        if answer is None:
            answer = catalogue.game(database, game_id)
            if answer is None:
                raise GameNotFoundError
            cache.set(f"game_{game_id}", answer)
        return jsonify(answer)

    @pages.get("/popular")
    def popular() -> Response:
        # The call's number keeps keys apart within one tick of the clock: none ever comes again.
        unique = f"{time.time()}_{next(calls)}"
        for read in range(READS_PER_POPULAR):
            cache.get(f"popular_query_{read}_{unique}")
        found = catalogue.popular_games(database)
        cache.set(f"popular_{unique}", found)
        return jsonify(count=len(found), games=found, cache_stats=cache.stats())

    @pages.get("/cache-stats")
    def cache_stats() -> Response:
        stats = cache.stats()
        grows = stats.get("history_entries", 0) > WARN_ABOVE_HISTORY
        return jsonify(cache=stats, warning="Memory usage grows with each request!" if grows else None)

    return pages


def _known_form(text: str) -> int:
    """Return the id that ``text`` says, raising GameNotFoundError where no game can have it."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST_ID))):
        raise GameNotFoundError
    game_id = int(text)
    if game_id > LARGEST_ID:
        raise GameNotFoundError
    return game_id
