"""The lab's traffic: the document's shapes, bounded, told as it goes."""

import io
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count, takewhile

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from gameshelf_api.lab import drive, shapes, traffic
from gameshelf_api.lab.client import MOST_BYTES, UNREACHABLE, Client
from gameshelf_api.lab.progress import Bar
from gameshelf_api.lab.shapes import Shape, Step
from gameshelf_api.lab.texts import Language, Texts
from gameshelf_api.lab.traffic import Limits, Progress

EN = Texts(Language.EN)


@pytest.fixture
def answering(httpserver: HTTPServer) -> Iterator[Client]:
    """A client of a server that answers everything with a cache's figures."""
    httpserver.expect_request("/slow").respond_with_handler(_slow)
    httpserver.expect_request("/broken").respond_with_data("no", status=503)
    figures = {"cache": {"cache_entries": 1, "history_entries": 51, "estimated_memory_kb": 102}}
    httpserver.expect_request("/cache-stats").respond_with_json(figures)
    for path in ("/games", "/games/1", "/popular"):
        httpserver.expect_request(path).respond_with_json({})
    with Client(httpserver.url_for("")) as client:
        yield client


def _slow(_: Request) -> Response:
    time.sleep(0.2)
    return Response("{}")


def test_the_normal_run_is_ten_rounds_of_two() -> None:
    """Between two looks at the cache."""
    counts = Counter(step.path for step in shapes.plan(Shape.NORMAL, 1))
    assert counts == {"/games": 10, "/games/1": 10, "/cache-stats": 2}


def test_the_heavy_run_is_a_hundred_popular_with_a_look_every_twenty() -> None:
    """And twenty times that with a scale of twenty, with five looks still."""
    paths = [step.path for step in shapes.plan(Shape.HEAVY, 1)]
    assert paths == (["/popular"] * 20 + ["/cache-stats"]) * 5
    assert Counter(step.path for step in shapes.plan(Shape.HEAVY, 20)) == {
        "/popular": 2000,
        "/cache-stats": 5,
    }


def test_a_mixed_day_is_quiet_at_night_and_busy_in_the_evening() -> None:
    """The same day each time, in order, every kind of visit in it."""
    day = shapes.plan(Shape.MIXED, 1)
    assert day == shapes.plan(Shape.MIXED, 1)
    assert 450 < len(day) < 510
    assert [step.due for step in day] == sorted(step.due for step in day)
    hours = Counter(int(step.due * 24) for step in day)
    assert hours[19] > 5 * hours[7]
    assert {shapes.route(step.path) for step in day} >= {"/games", "/games/<id>", "/popular", "/rentals"}


def test_a_run_makes_every_request_and_tells_each(answering: Client) -> None:
    """One at a time, the last one saying that all are done."""
    told: list[Progress] = []
    summary = traffic.run(answering, shapes.plan(Shape.HEAVY, 1), Limits(concurrency=8), told.append)
    assert [one.done for one in told] == list(range(1, 106))
    assert (summary.requests, summary.errors, summary.stopped) == (105, 0, "")
    assert len(summary.routes["/popular"].seconds) == 100


def test_a_run_is_as_wide_as_asked() -> None:
    """Never more requests at once than the concurrency."""
    lock, now, most = threading.Lock(), 0, 0

    def counted(_: Request) -> Response:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.02)
        with lock:
            now -= 1
        return Response("{}")

    with HTTPServer(threaded=True) as server:
        server.expect_request("/").respond_with_handler(counted)
        with Client(server.url_for("")) as client:
            traffic.run(client, [Step("/", 0)] * 30, Limits(concurrency=3))
    assert most == 3


def test_a_run_ends_when_its_time_is_up(answering: Client) -> None:
    """Whatever is left then is left."""
    started = time.monotonic()
    summary = traffic.run(answering, [Step("/slow", 0)] * 100, Limits(concurrency=2, max_seconds=0.5))
    assert time.monotonic() - started < 3
    assert summary.stopped == "time is up"
    assert 2 <= summary.requests < 20


def test_a_run_may_be_spread(answering: Client) -> None:
    """Each request waits until it is due."""
    started = time.monotonic()
    steps = [Step("/games", 0.0), Step("/games", 0.5), Step("/games", 1.0)]
    traffic.run(answering, steps, Limits(over_seconds=0.6))
    assert 0.6 <= time.monotonic() - started < 3


def test_errors_are_counted_by_kind(answering: Client) -> None:
    """A 5xx is an error, a 404 is an answer."""
    summary = traffic.run(answering, [Step("/broken", 0)] * 3 + [Step("/games/1", 0)])
    assert summary.errors == 3
    assert summary.routes["/broken"].troubles == {"503": 3}
    assert any("503 × 3" in line for line in drive.lines(summary, EN))


def test_a_run_gives_up_where_nobody_answers() -> None:
    """After twenty requests in a row, not after all of them."""
    with Client("http://127.0.0.1:1") as client:
        summary = traffic.run(client, [Step("/", 0)] * 5000)
    assert summary.stopped == "nobody answers"
    assert summary.requests < 40
    assert summary.routes["/"].troubles["ConnectError"] == summary.requests


def test_an_endless_answer_is_cut(httpserver: HTTPServer) -> None:
    """A stranger's answer takes neither all the memory nor all the time."""
    taken = count()
    pieces = (b"x" * 1_000_000 for _ in takewhile(lambda number: number < 1_000, taken))
    httpserver.expect_request("/").respond_with_handler(lambda _: Response(pieces))
    with Client(httpserver.url_for("")) as client:
        answer = client.get("/")
    assert (answer.status, answer.trouble) == (UNREACHABLE, "OverflowError")
    # What the sockets hold beside the bound is far less than this.
    assert next(taken) * 1_000_000 < MOST_BYTES + 100_000_000


@pytest.mark.parametrize("url", ["", "ftp://x", "127.0.0.1:8081", "http://", "javascript:alert(1)"])
def test_an_address_must_be_one(url: str) -> None:
    """Of HTTP, with a host."""
    with pytest.raises(ValueError, match="http"):
        Client(url)


class Terminal(io.StringIO):
    """A text stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Return that it is."""
        return True


def test_a_terminal_gets_a_bar() -> None:
    """Drawn over itself, with the messages above it."""
    out = Terminal()
    bar = Bar(EN, "traffic", out)
    for done in range(1, 11):
        bar.show(done, 10, 0)
        time.sleep(0.02)
    bar.say("a message")
    bar.close()
    assert out.getvalue().startswith("\r\x1b[K[███···")
    assert "[██████████████████████████████] traffic: 10/10 requests, 0 errors" in out.getvalue()
    assert "\r\x1b[Ka message\n" in out.getvalue()


def test_a_file_gets_ten_lines() -> None:
    """However many requests there are, and no control characters."""
    out = io.StringIO()
    bar = Bar(EN, "traffic", out)
    for done in range(1, 2001):
        bar.show(done, 2000, 0)
    bar.close()
    assert len(out.getvalue().splitlines()) == 10
    assert out.getvalue().replace("\n", "").isprintable()


def test_the_looks_are_told_in_both_languages(answering: Client, capsys: pytest.CaptureFixture[str]) -> None:
    """With the document's figures."""
    for language in Language:
        drive.drive(answering, Shape.HEAVY, 1, Limits(concurrency=1), Texts(language))
    out = capsys.readouterr().out
    assert "Request 20: cache entries 51, estimated memory 102 KB" in out
    assert "Requête 20 : entrées du cache 51, mémoire estimée 102 Ko" in out


def test_a_look_that_makes_no_sense_is_passed_over(httpserver: HTTPServer) -> None:
    """The other side may not be our API at all."""
    for body in ("", "[]", "null", json.dumps({"cache": 3}), "{", '{"cache": null}'):
        httpserver.clear()
        httpserver.expect_request("/popular").respond_with_json({})
        httpserver.expect_request("/cache-stats").respond_with_data(body)
        with Client(httpserver.url_for("")) as client:
            summary = drive.drive(client, Shape.HEAVY, 1, Limits(), EN)
        assert summary.requests == 105
