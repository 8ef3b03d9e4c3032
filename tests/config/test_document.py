"""YAML 1.2 with positions, bounded: no file can occupy the relay or mean what it does not say."""

from time import perf_counter

import pytest

from relay.config import ConfigError
from relay.config.document import parse
from relay.config.errors import Position
from tests.config.loading import FILE, problems

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + level)}: &{chr(98 + level)} [{', '.join(['*' + chr(97 + level)] * 9)}]\n"
    for level in range(9)
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("no", "no"),  # YAML 1.1's false
        ("12:30:00", "12:30:00"),  # YAML 1.1's 45000
        ("0x10", "0x10"),
        ("True", True),
        ("~", None),
        ("", None),
        ("007", 7),
        ("1e3", 1000.0),
        ("'1'", "1"),
        ("2026-12-01", "2026-12-01"),
        ("1" * 5000, "1" * 5000),  # Python refuses to convert it
        ("{b: [1, x]}", {"b": [1, "x"]}),
        ("&x {b: 1}", {"b": 1}),
        ("|\n  two\n  lines", "two\nlines"),
    ],
)
def test_values_mean_what_yaml_1_2_says(written: str, meant: object) -> None:
    """The core schema, and text for all else."""
    assert parse(FILE, f"a: {written}").content == {"a": meant}


def test_an_alias_repeats_a_value() -> None:
    """Its places are those of the anchor's value."""
    document = parse(FILE, "a: &x\n  b: 1\nc: *x")
    assert document.content == {"a": {"b": 1}, "c": {"b": 1}}
    assert document.position(("c", "b")) == Position(2, 6)


def test_what_is_not_there_is_where_it_belongs() -> None:
    """A missing key is told at the key that it belongs to."""
    assert parse(FILE, "a:\n  b: {}").position(("a", "b", "c", "d")) == Position(2, 3)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a:\n\t- b", "2:1: a tab; YAML is indented by spaces"),
        ("a: b: c", "1:5: mapping values are not allowed here"),
        ("a: [1", "1:6: expected ',' or ']', but got '<stream end>'"),
        ("a: 1\n---\nb: 1", "2:1: a second document begins here; one is allowed"),
        ("web: {port: 1}\nweb: {port: 2}", "2:1: web: stands here a second time; the first is in line 1"),
        ("web: {port: 1, port: 2}", "1:16: web.port: stands here a second time; the first is in line 1"),
        ("a: !!python/object:os.system x", "1:4: tags (!…) are not used here"),
        ("a: *x", "1:4: this alias (*) names no anchor (&) before it"),
        ("a: &a [*a]", "1:8: this alias (*) names no anchor (&) before it"),
        (
            "a: &a {}\nb: {<<: *a}",
            "2:5: b: merging (<<) is not part of YAML 1.2; an alias (*name) repeats a whole value",
        ),
        ("? [a]\n: b", "1:3: a key must be one word, not a list or a mapping"),
        ("a: \x00", "1:4: the character U+0000 is not allowed"),
        ('a: "\\UFFFFFFFF"', "1:1: what follows is not YAML"),
        ("[" * 100_000, "1:10001: a line of more than 10000 characters"),
        ("[" * 100, "1:21: nested deeper than 20 levels"),
        # What comes after is not read any more: its tab is not told.
        (
            "- a\n" * 60_000 + "\t}",
            "50000:3: more than 50000 values; aliases (*) count as often as they are used",
        ),
        (LAUGHS, "1:8: more than 50000 values; aliases (*) count as often as they are used"),
    ],
)
def test_what_is_refused(text: str, told: str) -> None:
    """With its line and column."""
    began = perf_counter()
    assert problems(text) == [f"config.yaml:{told}"]
    # A bound, not a benchmark: unbounded, some of these take minutes or all of the memory.
    assert perf_counter() - began < 60


def test_every_key_that_stands_twice_is_told() -> None:
    """Not only the first."""
    with pytest.raises(ConfigError) as caught:
        parse(FILE, "a: 1\na: 2\nb: 1\nb: 2")
    assert len(caught.value.problems) == 2
