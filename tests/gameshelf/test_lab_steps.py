"""The lab's steps against running APIs, leaky and bounded, and against answers that make no sense."""

import csv
import io
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from gameshelf_api.lab import answers, check, diagnosis, fix, plot, readings, table
from gameshelf_api.lab.client import Client
from gameshelf_api.lab.diagnosis import Findings, Rates, Usage
from gameshelf_api.lab.plot import Curve, Picture
from gameshelf_api.lab.readings import ProcessMemory, ReadingError, RelayMemory
from gameshelf_api.lab.sentences import SENTENCES
from gameshelf_api.lab.statistics import Trend, trend
from gameshelf_api.lab.table import MB, Row
from gameshelf_api.lab.texts import Language, Texts
from tests.gameshelf.conftest import Running, running

EN, FR = Texts(Language.EN), Texts(Language.FR)
RIGHT = {"grafana": "Oui", "bug": "LeakyCache", "alerts": "85 %"}


@pytest.fixture
def leaky(leaky_api: Running) -> Iterator[Client]:
    """A client of an API with the leaky cache."""
    with Client(leaky_api.url) as client:
        yield client


@pytest.fixture
def bounded(tmp_path: Path) -> Iterator[Client]:
    """A client of an API with the bounded cache."""
    with running(tmp_path, "bounded", GAMESHELF_CACHE="bounded") as api, Client(api.url) as client:
        yield client


def test_the_table_has_the_documents_rows(leaky: Client) -> None:
    """0, 20 … 100 requests, 51 entries each, and real memory that grows by 50 to 110 KB each."""
    rows = table.measure(leaky, ProcessMemory(leaky), 1)
    assert [row.requests for row in rows] == [0, 20, 40, 60, 80, 100]
    assert [row.cache_entries for row in rows] == [row.requests * 51 for row in rows]
    assert [row.estimated_kb for row in rows] == [row.requests * 102 for row in rows]
    grown = table.growth(rows)
    assert 50 * 1024 < grown.bytes_per_request < 110 * 1024
    assert grown.estimate_ratio is not None
    assert 0.9 < grown.estimate_ratio < 2.1


def test_the_bounded_caches_table_makes_no_estimate(bounded: Client) -> None:
    """Its column stays empty, in the text and in the spreadsheet."""
    rows = table.measure(bounded, ProcessMemory(bounded), 1)
    assert {row.estimated_kb for row in rows} == {None}
    assert rows[-1].cache_entries == 100
    assert "–" in table.lines(rows, EN)[2]
    assert list(csv.reader(io.StringIO(table.as_csv(rows))))[1][2] == ""


def test_the_diagnosis_finds_the_leak(leaky: Client) -> None:
    """Memory, growing surely, with the requests, never falling, towards the limit, by /popular."""
    found = diagnosis.diagnose(leaky, ProcessMemory(leaky), 1, 1.0)
    assert found.leaks
    assert found.trend.low < 74 * 1024 * 1.2
    assert 50 * 1024 < found.trend.slope < 100 * 1024
    assert found.correlation > 0.99
    assert found.given_back < 0.1
    left = found.requests_until(256 * MB)
    assert left is not None
    assert 1500 < left < 4500
    worst = max(found.endpoints, key=lambda usage: usage.bytes_kept)
    assert (worst.path, worst.history_entries) == ("/popular", 51)
    text = "\n".join(answers.lines(found, 256 * MB, 1.0, FR))
    assert "jamais libérées : LeakyCache" in text


def test_the_diagnosis_clears_the_bounded_cache(bounded: Client) -> None:
    """Filled first: a cache that fills is not told apart from a leak in so short a time."""
    table.measure(bounded, ProcessMemory(bounded), 11)
    found = diagnosis.diagnose(bounded, ProcessMemory(bounded), 2, 1.0)
    assert not found.leaks
    assert answers.lines(found, 256 * MB, 1.0, EN)[-1] == "Verdict: no leak seen."


def findings(**changed: object) -> Findings:
    """Return the findings of a leak of 64 KB a request, changed."""
    grows = Trend(64 * 1024.0, 60 * 1024.0, 70 * 1024.0, 1e-6)
    usual: dict[str, object] = {
        "start": 40.0 * MB, "end": 60.0 * MB, "rest": 60.0 * MB, "rest_seconds": 10.0, "trend": grows,
        "correlation": 1.0, "under_load": Rates(0.5, 1e5), "at_rest": Rates(0.0, 100.0),
        "requests_per_second": 100.0, "endpoints": [Usage("/popular", 65536.0, 51.0)],
    }  # fmt: skip
    return Findings(**usual | changed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "leaks"),
    [
        ({}, True),
        ({"rest": 45.0 * MB}, False),  # three quarters given back: load, not a leak
        ({"trend": Trend(512.0, 500.0, 600.0, 1e-6)}, False),  # half a KB a request: the allocator's noise
        ({"trend": Trend(65536.0, 60000.0, 70000.0, 0.2)}, False),  # chance would do it
        ({"trend": Trend(65536.0, -1.0, 90000.0, 0.001)}, False),  # zero is in the interval
    ],
)
def test_what_counts_as_a_leak(changed: dict[str, object], leaks: bool) -> None:
    """Growth that is sure, worth speaking of, and stays."""
    assert findings(**changed).leaks is leaks


def test_every_answer_can_be_said(capsys: pytest.CaptureFixture[str]) -> None:
    """In both languages, for a leak, for none, for a passed limit, for a fall, for a leak elsewhere."""
    cases = [
        findings(),
        findings(trend=Trend(10.0, -5.0, 20.0, 0.5), endpoints=[Usage("/games", 10.0, 0.0)]),
        findings(rest=300.0 * MB),
        findings(rest=42.0 * MB),
        findings(endpoints=[Usage("/popular", 65536.0, 0.0)]),
    ]
    for texts in (EN, FR):
        told = ["\n".join(answers.lines(found, 256 * MB, 0.001, texts)) for found in cases]
        assert len(set(told)) == len(cases)


def test_both_languages_have_the_same_values() -> None:
    """No sentence forgets a figure in one of them."""
    import string

    for key, both in SENTENCES.items():
        fields = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in both]
        assert fields[0] == fields[1], key


def test_the_trend_is_robust() -> None:
    """One wild point in twenty-one does not move it."""
    xs = [float(x) for x in range(21)]
    ys = [5 * x for x in xs]
    ys[10] = 1e6
    assert trend(xs, ys).slope == pytest.approx(5, rel=0.1)


def rows(*memories: float, leaky: bool = True) -> list[Row]:
    """Return a table of these real memories in MB."""
    return [Row(n * 20, 0, n * 100 if leaky else None, mb * MB, leaky) for n, mb in enumerate(memories)]


@pytest.mark.parametrize(
    ("other", "fixed"),
    [
        (rows(34, 36, 36, 36, 36, 36, leaky=False), True),
        (rows(34, 35, 37, 39, 40, 42, leaky=False), False),  # another cache, and it still grows
        (rows(34, 34, 34, 34, 34, 34), False),  # flat, but the leaky one answered
    ],
)
def test_what_counts_as_fixed(other: list[Row], fixed: bool) -> None:
    """Another cache, and flat where the first one grew."""
    assert fix.is_fixed(rows(34, 36, 38, 40, 42, 44), other) is fixed


def test_the_list_holds_for_a_student_who_did_it_all(leaky: Client) -> None:
    """The flag comes when the traffic was made and the questions are answered."""
    steps, flag = check.walk(leaky, ProcessMemory(leaky), RIGHT.get, EN)
    assert flag is None
    assert [step.title for step in steps if not step.holds] == ["Generated traffic to provoke the leak"]
    steps, flag = check.walk(leaky, ProcessMemory(leaky), RIGHT.get, EN)
    assert flag == "FLAG{M3tr1cs_R3v34l_H1dd3n_Bugs}"
    assert check.lines(steps, flag, FR)[-1] == "Flag : FLAG{M3tr1cs_R3v34l_H1dd3n_Bugs}"


@pytest.mark.parametrize(
    ("question", "answer"), [("grafana", "no"), ("bug", "BoundedCache"), ("alerts", "70"), ("bug", None)]
)
def test_one_wrong_answer_holds_the_flag_back(leaky: Client, question: str, answer: str | None) -> None:
    """Whatever a program can see."""
    walked = RIGHT | {question: answer}
    for _ in range(2):
        steps, flag = check.walk(leaky, ProcessMemory(leaky), walked.get, EN)
    assert flag is None
    assert sum(not step.holds for step in steps) == 1
    assert "FLAG" not in "\n".join(check.lines(steps, flag, EN))


def test_the_bounded_cache_gets_no_flag(bounded: Client) -> None:
    """Its API was not deployed with the bug: three steps cannot be seen."""
    steps, flag = check.walk(bounded, ProcessMemory(bounded), RIGHT.get, EN)
    assert flag is None
    assert {"Deployed the application with the leaky cache"} <= {
        step.title for step in steps if not step.holds
    }


@pytest.mark.parametrize(
    "body", ["", "{", "[]", '{"cache": 1}', '{"cache": {"history_entries": "x"}}', "[" * 100_000]
)
def test_answers_that_make_no_sense_are_told(httpserver: HTTPServer, body: str) -> None:
    """One plain error, whatever the other side is."""
    httpserver.expect_request("/cache-stats").respond_with_data(body)
    with Client(httpserver.url_for("")) as client, pytest.raises(ReadingError, match="/cache-stats"):
        readings.cache(client)


@pytest.mark.parametrize("body", ["", "nothing", "process_resident_memory_bytes x"])
def test_metrics_that_make_no_sense_are_told(httpserver: HTTPServer, body: str) -> None:
    """No figure, or one that is none."""
    httpserver.expect_request("/metrics").respond_with_data(body)
    with Client(httpserver.url_for("")) as client, pytest.raises(ReadingError, match="/metrics"):
        ProcessMemory(client).memory_bytes()


class Relay:
    """A relay's samples: one that is old, and after so many questions one that is new."""

    def __init__(self, unit: str, old_answers: int) -> None:
        self._unit, self._old_answers = unit, old_answers
        self.asked: list[dict[str, str]] = []

    def answer(self, request: Request) -> Response:
        """Answer as the relay's API does."""
        self.asked.append(dict(request.args))
        at = datetime.now(UTC) + timedelta(seconds=-60 if len(self.asked) <= self._old_answers else 1)
        sample = f'{{"at": "{at.isoformat()}", "value": 50.0}}'
        return Response(f'{{"samples": [{sample}], "unit": "{self._unit}"}}')


def test_each_password_goes_to_its_own_side(httpserver: HTTPServer) -> None:
    """The relay's to the relay, the metrics' to the API, and never the other way round."""
    seen: dict[str, set[str]] = {"api": set(), "relay": set()}
    relay = Relay("bytes", old_answers=0)

    def samples(request: Request) -> Response:
        seen["relay"].add(request.headers.get("Authorization", ""))
        return relay.answer(request)

    def stats(request: Request) -> Response:
        seen["api"].add(request.headers.get("Authorization", ""))
        return Response('{"cache": {"entries": 1}}')

    httpserver.expect_request("/api/v1/samples").respond_with_handler(samples)
    for path in ("/cache-stats", "/popular", "/customers"):
        httpserver.expect_request(path).respond_with_handler(stats)
    url = httpserver.url_for("")
    passwords = {
        "CC_METRICS_PROMETHEUS_USER": "scraper",
        "CC_METRICS_PROMETHEUS_PASSWORD": "of-the-metrics",
        "RELAY_PASSWORD": "of-the-relay",
    }
    ran = lab("table", "--url", url, "--relay", url, **passwords)
    assert ran.returncode == 0, ran.stderr
    assert seen["relay"] == {"Bearer of-the-relay"}
    assert seen["api"] == {"Basic c2NyYXBlcjpvZi10aGUtbWV0cmljcw=="}


@pytest.mark.parametrize(("unit", "memory"), [("%", 128.0 * MB), ("bytes", 50.0)])
def test_real_memory_may_come_from_a_relay(httpserver: HTTPServer, unit: str, memory: float) -> None:
    """The first sample after the question, of the target asked for, in either unit."""
    relay = Relay(unit, old_answers=2)
    httpserver.expect_request("/api/v1/samples").respond_with_handler(relay.answer)
    with Client(httpserver.url_for("")) as client:
        assert RelayMemory(client, "gameshelf", 256.0 * MB).memory_bytes() == memory
    assert relay.asked == [{"target": "gameshelf", "metric": "memory"}] * 3


def test_a_relay_without_new_samples_is_told(httpserver: HTTPServer) -> None:
    """After some patience, in words that help."""
    httpserver.expect_request("/api/v1/samples").respond_with_json({"samples": [], "unit": "%"})
    with Client(httpserver.url_for("")) as client, pytest.raises(ReadingError, match="does it watch"):
        RelayMemory(client, "gameshelf", 1.0, patience_seconds=0.6).memory_bytes()


@pytest.mark.parametrize(
    "body", ['{"samples": 3}', '{"samples": [{"at": "x", "value": 1}]}', '{"samples": [1]}']
)
def test_a_relay_that_makes_no_sense_is_told(httpserver: HTTPServer, body: str) -> None:
    """One plain error."""
    httpserver.expect_request("/api/v1/samples").respond_with_data(body)
    with Client(httpserver.url_for("")) as client, pytest.raises(ReadingError, match="not the samples"):
        RelayMemory(client, "gameshelf", 1.0).memory_bytes()


def test_a_picture_is_well_formed_and_tells_its_curves() -> None:
    """Also with hostile names, one point, and nothing but zeros."""
    for points in ([(0.0, 34.0), (100.0, 42.0)], [(0.0, 0.0)]):
        curves = [Curve("<script>&", points), Curve("other", points)]
        drawn = plot.svg(Picture("a & b", "x", "y", curves))
        root = ET.fromstring(drawn)
        texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
        assert {"a & b", "<script>&", "other", "x", "y"} <= set(texts)


def lab(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the lab's command line."""
    command = [sys.executable, "-m", "gameshelf_api.lab", *words]
    plain = {**os.environ, "LC_ALL": "C.UTF-8", **environ}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, env=plain, stdin=subprocess.DEVNULL
    )


def test_the_table_is_written_for_people_and_spreadsheets(leaky_api: Running, tmp_path: Path) -> None:
    """Text, CSV and SVG of one run."""
    ran = lab(
        "table", "--url", leaky_api.url, "--csv", str(tmp_path / "t.csv"), "--svg", str(tmp_path / "t.svg")
    )
    assert ran.returncode == 0, ran.stderr
    assert len(list(csv.DictReader(io.StringIO((tmp_path / "t.csv").read_text())))) == 6
    ET.fromstring((tmp_path / "t.svg").read_text())


def test_the_fix_is_seen(tmp_path: Path) -> None:
    """Both APIs are started, driven and stopped by the one command; it speaks French when the terminal does."""
    ran = lab("fix", "--scale", "3", "--svg", str(tmp_path / "f.svg"), LC_ALL="fr_FR.UTF-8")
    assert ran.returncode == 0, ran.stderr
    assert "Corrigé :" in ran.stdout
    ET.fromstring((tmp_path / "f.svg").read_text())


def test_the_same_cache_twice_is_no_fix(leaky_api: Running) -> None:
    """Exit code 1, and why."""
    ran = lab("fix", "--leaky-url", leaky_api.url, "--bounded-url", leaky_api.url)
    assert ran.returncode == 1
    assert "still the leaky one" in ran.stdout


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["table", "--url", "http://127.0.0.1:1"], 1, "/cache-stats: ConnectError"),
        (["diagnose", "--url", "http://127.0.0.1:1"], 1, "/popular: 2"),
        (["check", "--url", "http://127.0.0.1:1"], 1, "cannot read: /metrics: ConnectError"),
        (["traffic", "--url", "http://127.0.0.1:1"], 1, "nobody answers"),
        (["traffic", "--url", "nonsense"], 1, "an address starts with http"),
        (["traffic", "--shape", "odd"], 2, "odd"),
        (["traffic", "--scale", "0"], 2, "0"),
        (["check", "--answer", "x=1"], 2, "known: grafana"),
        (["fix", "--url", "http://127.0.0.1:1"], 1, "run this on a terminal"),
    ],
)
def test_what_cannot_be_is_told_in_a_line(words: list[str], code: int, told: str) -> None:
    """No traceback, an exit code that says it."""
    ran = lab(*words)
    assert ran.returncode == code
    assert told in ran.stdout + ran.stderr
    assert "Traceback" not in ran.stderr
