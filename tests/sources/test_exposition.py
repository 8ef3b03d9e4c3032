"""The text format's parser: tables for what is odd, and prometheus_client's parser as the second opinion."""

from __future__ import annotations

import math
import re
from contextlib import suppress
from time import monotonic

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from relay.core.model import Labels, Reading, labels
from relay.core.text import Language, say
from relay.sources.exposition import (
    LINE_BYTES,
    LINES,
    PARTS,
    ExpositionError,
    holds_samples,
    parse,
)
from relay.sources.grammar import LABELS

WANTED = frozenset({"up", "http_requests_total"})


def one(line: str) -> tuple[Labels, float]:
    (reading,) = parse(line.encode(), None)
    return reading.labels, reading.value


def reason(page: bytes, names: frozenset[str] | None = WANTED) -> str:
    with pytest.raises(ExpositionError) as caught:
        parse(page, names)
    return say(caught.value.reason, Language.ENGLISH)


@pytest.mark.parametrize(
    ("line", "pairs", "value"),
    [
        ("up 1", {}, 1),
        ("up 1\n", {}, 1),
        ("up 1\r\n", {}, 1),
        ("  up\t1\t \n", {}, 1),
        ("up 1 1700000000000", {}, 1),
        ("up 1 -1", {}, 1),
        ("up\t1\t1700000000000\r\n", {}, 1),
        ("up{} 1", {}, 1),
        ("up { } 1", {}, 1),
        ('up{a="b"}1', {"a": "b"}, 1),
        ('up{a="b",} 1', {"a": "b"}, 1),
        ('up { a = "b" , c = "d" } 1', {"a": "b", "c": "d"}, 1),
        ('up{b="2",a="1"} 1', {"a": "1", "b": "2"}, 1),
        ('up{a=""} 1', {"a": ""}, 1),
        ('up{a="}"} 1', {"a": "}"}, 1),
        ('up{a="{,=}#"} 1', {"a": "{,=}#"}, 1),
        ('up{a="x\\"} 2 y"} 1', {"a": 'x"} 2 y'}, 1),
        (r'up{a="\\n"} 1', {"a": r"\n"}, 1),  # an escaped backslash and an n: no newline
        (r'up{a="\\\n"} 1', {"a": "\\\n"}, 1),
        (r'up{a="C:\\dir\x"} 1', {"a": r"C:\dir\x"}, 1),  # an unknown escape stands for itself
        ('up{a="é 漢 \\" "} 1', {"a": 'é 漢 " '}, 1),
        ('up{a="\r"} 1', {"a": "\r"}, 1),
        ("up 1e3", {}, 1000),
        ("up +1.5E-2", {}, 0.015),
        ("up .5", {}, 0.5),
        ("up 5.", {}, 5),
        ("up +Inf", {}, math.inf),
        ("up -Inf", {}, -math.inf),
        ("up infinity", {}, math.inf),
        ("up 1e999", {}, math.inf),
        ("up 18446744073709551616", {}, 2.0**64),
        ('up 1 # {trace="a"} 0.5 1700000000.5', {}, 1),
        ('up{le="1"} 3 1700000000 # {trace="} 9"} 0.5', {"le": "1"}, 3),
        ("up 1 #", {}, 1),
        ("\ufeffup 1", {}, 1),
    ],
)
def test_what_is_odd_and_right(line, pairs, value):
    assert one(line) == (labels(pairs), value)


@pytest.mark.parametrize("written", ["NaN", "nan", "+NaN"])
def test_nan_is_a_reading(written):
    assert math.isnan(one(f"up {written}")[1])


def test_a_page_is_read_by_name_from_its_first_line_to_one_without_an_end():
    page = b'up 1\n# HELP up 2\n\n#up 3\n # up 4\nupper 5\nup_total 6\n up{a="b"} 7\n\nhttp_requests_total 8'
    assert parse(page, WANTED) == [
        Reading("up", 1),
        Reading("up", 7, (("a", "b"),)),
        Reading("http_requests_total", 8),
    ]


@pytest.mark.parametrize(
    "page", [b"", b"\n\n", b"# TYPE up gauge\n", b"other 1\n", b"<html>", b"\x00\xff" * 99]
)
def test_a_page_without_a_wanted_line_is_empty(page):
    assert parse(page, WANTED) == []


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"up", "no number"),
        (b"up one", "no number"),
        (b"up 1_000", "no number"),
        (b"up 0x10", "no number"),
        (b"up 1 2 3", "no number"),
        (b"up 1 --2", "no number"),
        (b"up 1 tomorrow", "no number"),
        (b"up 1#", "no number"),
        (b"up-time 1", "no number"),
        (b"up\x0b1", "no number"),
        (b"up " + b"1" * 401, "no number"),
        (b"up{a} 1", "broken labels"),
        (b"up{a=b} 1", "broken labels"),
        (b'up{a="b" 1', "broken labels"),
        (b'up{a="b\\"} 1', "broken labels"),
        (b'up{a="b"c="d"} 1', "broken labels"),
        (b'up{,a="b"} 1', "broken labels"),
        (b'up{a="b",,c="d"} 1', "broken labels"),
        (b'up{a:b="c"} 1', "broken labels"),
        (b'up{1a="c"} 1', "broken labels"),
        (b'up{a="1",a="2"} 1', "broken labels"),
        (b'up{__name__="down"} 1', "broken labels"),
        (b'up{"a.b"="c"} 1', "broken labels"),
        (b"up{" + b",".join(b'a%d=""' % n for n in range(LABELS + 1)) + b"} 1", "broken labels"),
        (b'up{a="\xff"} 1', "not UTF-8"),
        (b'up{a="' + b"x" * LINE_BYTES + b'"} 1', "too long"),
    ],
)
def test_a_broken_line_tells_its_number_if_it_is_wanted(line, why):
    """It never tells what stands in it."""
    page = b"# HELP up\nup 1\n" + line + b"\nup 2\n"
    assert reason(page) == f"line 3: {why}"
    assert parse(page, frozenset({"down", "u", "up_"})) == []


def test_a_line_that_is_none_is_an_error_where_all_are_wanted():
    assert reason(b"up 1\n{} 1\n", None) == "line 2: no number"


@pytest.mark.parametrize(
    ("page", "told"),
    [
        (b"up 1\n" * 9, True),
        (b"# only\n# comments\n", False),
        (b"", False),
        (b"<!doctype html>\n<title>Sign in</title>\n", False),
        (b"\x1f\x8b\x08\x00random", False),
        ("up 1".encode("utf-16"), False),
    ],
)
def test_a_page_of_samples_is_told_from_another(page, told):
    assert holds_samples(page) is told


@pytest.mark.parametrize(
    "page",
    [
        b"\n" * (LINES + 1),
        b"up 1\n" * (LINES + 1),
        b"".join(b'up{a="%d"} 1\n' % n for n in range(PARTS // 2 + 1)),
    ],
)
def test_a_page_has_its_bounds(page):
    assert reason(page) == "too many series"


@pytest.mark.parametrize(
    "line",
    [
        b'up{a="' + b"\\\\" * 30_000,
        b"up{" + b'a="",' * 13_000,
        b"up" + b" " * 65_000 + b"x",
        b"up{" + b" " * 65_000,
        b"up" * 32_000,
        b"up 1" + b" #" * 32_000 + b"\x00",
        b"up 1 " + b"1" * 65_000 + b"x",
        b"up{" * 21_000,
        b'up{a="b"' + b"\t" * 65_000 + b"x",
    ],
)
def test_a_line_made_to_be_slow_is_not(line):
    """Sixty of them are 4 MiB. A parser that goes back over what it read would need hours; the bound is generous."""
    began = monotonic()
    for _ in range(60):
        try:
            parse(line, WANTED)
        except ExpositionError:
            continue
    assert monotonic() - began < 5


# The differential tests: pages built by their structure, and pages spoiled at random.
blank = st.sampled_from(["", "", " ", "\t", "  "])
space = st.sampled_from([" ", " ", "\t", "  ", " \t"])
name = st.sampled_from(["up", "http_requests_total", "a", "a_b:c", "x_bucket", "_"])
label_name = st.sampled_from(["a", "le", "_b", "code", "A9"])
label_value = st.text(
    st.one_of(st.sampled_from(list('\\"n{},=# }')), st.characters(exclude_categories=["Cs"])), max_size=12
)
value = st.one_of(
    st.floats().map(repr),
    st.integers(-(10**20), 10**20).map(str),
    st.sampled_from(["+Inf", "-Inf", "NaN", "1e3", "1E-3", "+5", "0", "-0", ".5", "5."]),
)
stamp = st.one_of(st.just(""), st.integers(-(10**13), 10**13).map(str))


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


@st.composite
def sample_lines(draw: st.DrawFn) -> str:
    pairs = draw(st.dictionaries(label_name, label_value, max_size=4))
    written = [
        f'{draw(blank)}{key}{draw(blank)}={draw(blank)}"{escaped(text)}"{draw(blank)}'
        for key, text in pairs.items()
    ]
    tail = draw(st.sampled_from(["", ","])) if written else ""
    within = "{" + ",".join(written) + tail + "}" if written or draw(st.booleans()) else ""
    gap = draw(blank if within else space)
    at = draw(stamp)
    # A separator that prometheus_client splits at: it takes either spaces or tabs.
    time = f" {at}" if at else ""
    exemplar = draw(st.sampled_from(["", "", ' # {trace_id="x"} 0.5 1.5']))
    return f"{draw(blank)}{draw(name)}{within}{gap}{draw(value)}{time}{exemplar}{draw(blank)}"


comment = st.sampled_from(
    ["", "# a comment", "#", '# HELP up What { is " up', "# TYPE a gauge", "  # x", "# EOF"]
)
end = st.sampled_from(["\n", "\n", "\r\n"])


@st.composite
def pages(draw: st.DrawFn) -> str:
    lines = draw(st.lists(st.one_of(sample_lines(), sample_lines(), comment), max_size=8))
    page = "".join(line + draw(end) for line in lines)
    return page.rstrip("\r\n") if draw(st.booleans()) else page


@st.composite
def spoiled_lines(draw: st.DrawFn) -> str:
    line = draw(sample_lines())
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(line)))
        put = draw(
            st.one_of(st.sampled_from(list('{}=,"\\# \t\r_-+.e0a')), st.characters(exclude_categories=["Cs"]))
        )
        line = line[:at] + draw(st.sampled_from([put, ""])) + line[at + draw(st.integers(0, 2)) :]
    return line.replace("\n", "")


def comparable(name: str, pairs: Labels, value: float) -> tuple[str, Labels, str]:
    """NaN differs from itself, its name does not; prometheus_client has no negative zero."""
    return name, pairs, repr(value + 0.0)


def ours(page: str, names: frozenset[str] | None = None) -> list[tuple[str, Labels, str]]:
    return [comparable(each.name, each.labels, each.value) for each in parse(page.encode(), names)]


def theirs(page: str) -> list[tuple[str, Labels, str]]:
    families = text_string_to_metric_families(page)
    return [
        comparable(each.name, labels(each.labels), each.value) for one in families for each in one.samples
    ]


@given(pages())
@example('up{a="\\\\n"} 1')
@example('# TYPE up gauge\nup{a="}"} 1 5\r\n\r\nup{a=",b=\\""} NaN')
def test_prometheus_client_reads_the_same(page):
    read = ours(page)
    assert read == theirs(page)
    assert ours(page, WANTED) == [each for each in read if each[0] in WANTED]


@given(spoiled_lines())
@example('a{b="c"} 1 2')
@example('a{__b="c"} 1')
def test_what_we_read_of_a_spoiled_line_prometheus_client_reads_too(line):
    """We may refuse more than it does, and nothing but ``ExpositionError`` is ever raised."""
    try:
        read = ours(line)
    except ExpositionError:
        return
    # Comments are none of our business, and what follows a # after a sample is not read.
    if line.lstrip().startswith("#") or re.search(r"[ \t]#", line):
        return
    assert read == theirs(line)


@given(st.binary(max_size=300), st.sampled_from([None, WANTED, frozenset({"a"})]))
def test_random_bytes_are_read_or_refused(page, names):
    for body in (page, b"up" + page, b'up{a="' + page, b"a " + page):
        with suppress(ExpositionError):
            parse(body, names)
        holds_samples(body)
