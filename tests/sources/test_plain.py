"""The quick way through a page: it finds what reading line by line finds, or nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from relay.core.model import Reading
from relay.sources.exposition import LINE_BYTES, PARTS, ExpositionError, by_line, parse
from relay.sources.plain import plain
from tests.sources.test_exposition import pages, spoiled_lines

NAMES = frozenset({"up", "up_total", "a"})


def quickly(page: bytes, names: frozenset[str] = NAMES, parts: int = PARTS) -> list[Reading] | None:
    return plain(page, names, LINE_BYTES, parts)


def told(read: Callable[[bytes, frozenset[str]], list[Reading]], page: bytes, names: frozenset[str]) -> str:
    """Return what a reader says, as text: NaN differs from itself."""
    try:
        return repr(read(page, names))
    except ExpositionError as error:
        return repr(error)


@pytest.mark.parametrize(
    ("page", "found"),
    [
        (b"up 1", [Reading("up", 1.0)]),
        (b"x 1\nup 1\r\n", [Reading("up", 1.0)]),
        (b"  up\t1 1700000000 # an exemplar\n", [Reading("up", 1.0)]),
        (b"up_total 2\nup 1\nups 3\n", [Reading("up_total", 2.0), Reading("up", 1.0)]),
        (b'up{b="2",a="1"} 1\n', [Reading("up", 1.0, (("a", "1"), ("b", "2")))]),
        (b"x 1\n# up 3", []),
        (b"x" * 30_000 + b"\nup 1\n" + b"x" * 30_000, [Reading("up", 1.0)]),
    ],
)
def test_plain_lines_are_found(page, found):
    assert quickly(page) == found


@pytest.mark.parametrize(
    "page",
    [
        b"x 1\nup",
        b"up 1_0",
        b"up x",
        b"up.a 1",
        b"up 1\nup{ 2",
        b'up{a="1",a="2"} 1',
        b'up{a="\\n"} 1',
        b'up{a="\xff"} 1',
        b"x 1\nup" + b" " * 2 * LINE_BYTES + b"1\n",
    ],
)
def test_a_wanted_line_that_is_not_plain_is_left_to_who_reads_with_care(page):
    assert quickly(page) is None
    assert quickly(page, frozenset({"unwanted"})) in ([], None)


def test_what_a_page_may_hold_is_bounded_here_too():
    page = b'up{a="1"} 1\n' * 3
    assert quickly(page, parts=6) is not None
    assert quickly(page, parts=5) is None


@given(pages() | spoiled_lines() | st.lists(spoiled_lines(), max_size=4).map("\n".join))
@example('up{a="b"} 1 2\nups 1\nup{a="b"}\n')
def test_the_quick_way_finds_what_reading_by_lines_finds(written):
    page = written.encode()
    for names in (NAMES, frozenset({"up"}), frozenset({"a", "a_b:c", "x_bucket"})):
        found = quickly(page, names)
        assert found is None or repr(found) == told(by_line, page, names)
        assert told(parse, page, names) == told(by_line, page, names)
