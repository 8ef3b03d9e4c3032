"""The API's answers, held against the document's facts, on both sets of stores."""

import json
from typing import Any

import pytest
from werkzeug.test import TestResponse

from gameshelf_api.web.service import Service
from tests.gameshelf.conftest import AT, Build

PATHS = (
    "/", "/health", "/livez", "/games", "/games/1", "/games/10", "/games/11", "/popular", "/cache-stats",
    "/customers", "/rentals", "/images", "/flag", "/openapi.json", "/nowhere",
)  # fmt: skip


def get(shop: Service, path: str) -> Any:
    """Return what ``path`` answers, which must be 200."""
    answer = shop.app.test_client().get(path)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def test_both_sets_of_stores_answer_byte_for_byte_the_same(build: Build, addons: dict[str, str]) -> None:
    """SQLite and a folder against PostgreSQL and S3, with awkward values in both."""
    host = {"CELLAR_ADDON_HOST": addons["CELLAR_ADDON_HOST"]}
    embedded, deployed = build(**host), build(**addons)
    for shop in (embedded, deployed):
        make_awkward(shop)
    for path in PATHS:
        bodies = [comparable(shop.app.test_client().get(path)) for shop in (embedded, deployed)]
        assert bodies[0] == bodies[1], path


def make_awkward(shop: Service) -> None:
    """Add what databases like to see differently: round prices, accents, no price, letters' case, ties."""
    with shop.database.exclusive() as transaction:
        for name, price in [("Échecs", "40.00"), ("azul", "0.10"), ("Zoo 100 %", None), ("日本", "1e3")]:
            transaction.run(
                """insert into games (name, category_id, min_players, max_players, price, stock)
                   values (%(name)s, 1, 1, 2, %(price)s, 4)""",
                {"name": name, "price": price},
            )
    shop.store.put("games/a b+é.png", b"12345", "image/png")
    shop.store.put("games/Z.png", b"", "image/png")
    shop.store.put("elsewhere/x.png", b"1", "image/png")


def comparable(answer: TestResponse) -> tuple[int, str, bytes]:
    """Return what must be equal: everything but the request's own id."""
    request_id = answer.headers["X-Request-Id"].encode()
    return answer.status_code, answer.content_type, answer.data.replace(request_id, b"")


def test_home(shop: Service) -> None:
    """The service tells its name, version and endpoints."""
    told = get(shop, "/")
    assert set(told) == {"service", "version", "environment", "hostname", "endpoints"}
    assert (told["service"], told["version"]) == ("GameShelf API", "4.0.0")
    assert told["environment"] == "development"
    assert told["endpoints"][:4] == ["/", "/health", "/games", "/games/<id>"]


def test_health(shop: Service) -> None:
    """Both stores are asked for real."""
    told = get(shop, "/health")
    assert set(told) == {"status", "database", "storage", "hostname", "cache"}
    assert (told["status"], told["database"], told["storage"]) == ("healthy", "connected", "connected")


def test_games_come_by_name_in_code_point_order(shop: Service) -> None:
    """7 Wonders before Azul, Ticket to Ride after The Crew; the second answer comes from the cache."""
    told = get(shop, "/games")
    names = [game["name"] for game in told["games"]]
    assert told["count"] == 10
    assert names == sorted(names)
    assert told["games"][2] == {
        "id": 1, "name": "Catan", "category": "Stratégie", "min_players": 3, "max_players": 4,
        "duration_minutes": 90, "price": 39.99, "stock": 5,
    }  # fmt: skip
    assert get(shop, "/games") == told


def test_one_game(shop: Service) -> None:
    """A game has the same keys alone as in the list."""
    assert get(shop, "/games/1") == get(shop, "/games")["games"][2]


@pytest.mark.parametrize(
    "wrong",
    [
        "0",
        "11",
        "2147483647",
        "2147483648",
        "9" * 30,
        "9" * 5000,
        "-1",
        "1.0",
        "abc",
        "1'--",
        "٣",
        "%00",
        "1%20",
    ],
)
def test_a_wrong_id_is_a_game_not_found(shop: Service, wrong: str) -> None:
    """Whatever no game can have for an id, however huge or odd: 404, in the document's words."""
    answer = shop.app.test_client().get(f"/games/{wrong}")
    assert answer.status_code == 404
    assert answer.get_json()["error"] == "Game not found"


def test_popular_is_the_five_most_in_stock_and_costs_51_history_entries(shop: Service) -> None:
    """Ties (The Crew and Catan; Azul and Ticket to Ride) go to the lower id."""
    told = get(shop, "/popular")
    names = [game["name"] for game in told["games"]]
    assert names == ["Codenames", "Dixit", "Catan", "The Crew", "Ticket to Ride"]
    assert set(told["games"][0]) == {"id", "name", "category", "price"}
    assert told["cache_stats"] == {"cache_entries": 1, "history_entries": 51, "estimated_memory_kb": 102}


def test_the_warning_comes_once_the_history_is_longer_than_100(shop: Service) -> None:
    """One /popular leaves 51 entries, two leave 102."""
    get(shop, "/popular")
    assert get(shop, "/cache-stats")["warning"] is None
    get(shop, "/popular")
    assert get(shop, "/cache-stats")["warning"] == "Memory usage grows with each request!"


def test_customers_come_by_last_name(shop: Service) -> None:
    """Four of them, with 50 to 200 points."""
    told = get(shop, "/customers")
    assert told["count"] == 4
    assert [one["last_name"] for one in told["customers"]] == ["Bernard", "Durand", "Martin", "Petit"]
    assert {one["loyalty_points"] for one in told["customers"]} == {50, 75, 150, 200}


def test_rentals_tell_dates_in_iso_8601(shop: Service) -> None:
    """Two are active for a week, one is overdue since yesterday; equal times go by id."""
    told = get(shop, "/rentals")
    assert [one["id"] for one in told["rentals"]] == [1, 2, 3]
    assert [one["status"] for one in told["rentals"]] == ["active", "active", "overdue"]
    assert {one["rental_date"] for one in told["rentals"]} == {AT.strftime("%Y-%m-%dT%H:%M:%SZ")}
    assert [one["due_date"][:10] for one in told["rentals"]] == ["2026-11-30", "2026-11-30", "2026-11-22"]
    assert told["rentals"][0]["customer"] == "Alice Martin"


def test_images_tell_key_size_and_address(shop: Service) -> None:
    """Only those under games/."""
    shop.store.put("other/one.png", b"1", "image/png")
    told = get(shop, "/images")
    assert told["count"] == 10
    assert told["images"][1]["key"] == "games/azul.svg"
    assert told["images"][1]["size"] == 229
    assert told["images"][1]["url"].endswith("/games/azul.svg")


def test_flag(shop: Service) -> None:
    """The flag comes with the state of both stores."""
    told = get(shop, "/flag")
    assert told["flag"] == "FLAG{M3tr1cs_R3v34l_H1dd3n_Bugs}"
    assert (told["database"], told["storage"]) == ("connected", "connected")


@pytest.mark.parametrize("cache", ["bounded", "off"])
def test_every_page_works_with_the_other_caches(build: Build, cache: str) -> None:
    """The document's listing fails on /cache-stats with the bounded one."""
    shop = build(GAMESHELF_CACHE=cache)
    for path in ("/games", "/games/1", "/popular", "/health", "/flag"):
        get(shop, path)
    told = get(shop, "/cache-stats")
    assert told["warning"] is None
    assert set(told["cache"]) == {"entries", "max_entries", "usage_percent"}
    assert told["cache"]["entries"] == (3 if cache == "bounded" else 0)


def test_answers_keep_letters_as_they_are(shop: Service) -> None:
    """No escapes for what JSON may say in UTF-8, and the keys in the document's order."""
    body = shop.app.test_client().get("/games/2").data
    assert "Coopératif".encode() in body
    assert list(json.loads(body))[:3] == ["id", "name", "category"]
