"""/metrics: the names others build on, labels from closed sets, and figures that are right."""

import base64
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from gameshelf_api.web.service import Service
from tests.gameshelf.conftest import Build, Running, running

NAMES = {
    "gameshelf_http_requests_total", "gameshelf_http_request_duration_seconds_bucket",
    "gameshelf_http_request_bytes_total", "gameshelf_http_response_bytes_total",
    "process_resident_memory_bytes", "process_cpu_seconds_total", "process_start_time_seconds",
    "gameshelf_db_connections", "gameshelf_db_connections_max", "gameshelf_db_requests_waiting",
    "gameshelf_db_query_duration_seconds_bucket", "gameshelf_db_errors_total",
    "gameshelf_cache_entries", "gameshelf_cache_history_entries",
}  # fmt: skip


def scrape(shop: Service, **headers: str) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """Return every series by name and labels, read by Prometheus' own parser."""
    answer = shop.app.test_client().get("/metrics", headers=headers)
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain; version=")
    told: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            told.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return told


def requests(told: dict[str, dict[tuple[tuple[str, str], ...], float]]) -> dict[tuple[str, ...], float]:
    """Return the request counts by method, route and status."""
    counts = told["gameshelf_http_requests_total"]
    return {tuple(value for _, value in labels): count for labels, count in counts.items()}


def test_every_promised_name_is_there(shop: Service) -> None:
    """From the first request on, on both databases."""
    shop.app.test_client().get("/rentals")
    assert set(scrape(shop)) >= NAMES


def test_requests_are_counted_by_template(shop: Service) -> None:
    """One series a route and status, whatever ids, paths and methods strangers send."""
    client = shop.app.test_client()
    for path in ("/games/1", "/games/2", "/games/99", "/games/abc"):
        client.get(path)
    for number in range(50):
        client.get(f"/nowhere/{number}")
        client.open("/games", method=f"BREW{number}")
    assert requests(scrape(shop)) == {
        ("GET", "/games/<id>", "200"): 2,
        ("GET", "/games/<id>", "404"): 2,
        ("GET", "unknown", "404"): 50,
        ("other", "unknown", "405"): 50,
    }


def test_a_histogram_counts_what_its_counter_counts(shop: Service) -> None:
    """Buckets grow to the count, and the sum is positive."""
    for _ in range(5):
        shop.app.test_client().get("/games")
    told = scrape(shop)
    labels = (("method", "GET"), ("route", "/games"))
    buckets = {
        dict(key)["le"]: value
        for key, value in told["gameshelf_http_request_duration_seconds_bucket"].items()
        if ("route", "/games") in key
    }
    assert list(buckets.values()) == sorted(buckets.values())
    assert buckets["+Inf"] == told["gameshelf_http_request_duration_seconds_count"][labels] == 5
    assert 0 < told["gameshelf_http_request_duration_seconds_sum"][labels] < 5
    assert {"1.0", "5.0"} <= set(buckets), "the document's thresholds can be read"


def test_bytes_are_counted_both_ways(shop: Service) -> None:
    """Bodies only; a HEAD sends none."""
    client = shop.app.test_client()
    size = len(client.get("/games").data)
    client.head("/games")
    client.post("/games", data=b"12345")
    told = scrape(shop)
    assert told["gameshelf_http_request_bytes_total"][()] == 5
    assert size < told["gameshelf_http_response_bytes_total"][()] < size + 200


def test_the_cache_shows_in_the_gauges(build: Build) -> None:
    """Entries and history, of whichever cache there is."""
    for cache, expected in [("leaky", (1, 51)), ("bounded", (1, 0)), ("off", (0, 0))]:
        shop = build(GAMESHELF_CACHE=cache)
        shop.app.test_client().get("/popular")
        told = scrape(shop)
        gauges = (told["gameshelf_cache_entries"][()], told["gameshelf_cache_history_entries"][()])
        assert gauges == expected


def test_connections_show_in_use_and_free(shop: Service) -> None:
    """A transaction holds one."""
    with shop.database.exclusive():
        held = scrape(shop)["gameshelf_db_connections"]
    after = scrape(shop)["gameshelf_db_connections"]
    assert held[("state", "in_use"),] == 1
    assert (after[("state", "in_use"),], after[("state", "free"),]) == (0, 1)
    assert scrape(shop)["gameshelf_db_connections_max"][()] == 2


def test_the_leak_is_seen_in_the_process_memory(leaky_api: Running) -> None:
    """Two hundred /popular: 10 to 18 MB, by the figure that the relay and the platform read."""
    with httpx.Client(base_url=leaky_api.url) as client:
        assert 10e6 < _growth(client, 200) < 18e6


def test_the_bounded_cache_shows_no_leak(tmp_path: Path) -> None:
    """Once it is full (a thousand entries), a thousand /popular more leave next to nothing."""
    with running(tmp_path, GAMESHELF_CACHE="bounded") as api, httpx.Client(base_url=api.url) as client:
        _growth(client, 1000)
        assert _growth(client, 1000) < 2e6


def _growth(client: httpx.Client, requests: int) -> float:
    """Return by how many bytes the process grows over so many /popular."""

    def resident() -> float:
        families = text_string_to_metric_families(client.get("/metrics").text)
        return next(one.samples[0].value for one in families if one.name == "process_resident_memory_bytes")

    client.get("/popular")
    before = resident()
    for _ in range(requests):
        client.get("/popular").raise_for_status()
    return resident() - before


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ("scraper:right", 200),
        ("scraper:wrong", 401),
        ("other:right", 401),
        ("scraper:righté", 401),
        ("", 401),
    ],
)
def test_metrics_may_have_a_password(build: Build, given: str, status: int) -> None:
    """The one that the platform's scraper was given; everything else stays open."""
    login = {"CC_METRICS_PROMETHEUS_USER": "scraper", "CC_METRICS_PROMETHEUS_PASSWORD": "right"}
    client = build(**login).app.test_client()
    headers = {"Authorization": f"Basic {base64.b64encode(given.encode()).decode()}"} if given else {}
    assert client.get("/metrics", headers=headers).status_code == status
    assert client.get("/games").status_code == 200
