"""What is taken of the platform's figures: the newest whole and fresh bucket, and of a gap nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.clever.client import rows
from relay.clever.stats import parse
from relay.clever.traffic import parse_status_codes

SPAN = timedelta(minutes=2)
END = datetime(2026, 6, 15, 8, 30, tzinfo=UTC)
SAMPLES = Path(__file__).parents[1] / "fixtures" / "clever-cloud-api"


def buckets(*values: tuple[int, object], name: str = "cpu") -> list[object]:
    """A series with values at seconds before ``END``."""
    data = [{"timestamp": int((END.timestamp() - age) * 1_000_000), "value": value} for age, value in values]
    return [{"name": name, "resource": "app_1", "unit": "%", "data": data}]


def taken(found: object) -> dict[str, tuple[float, float]]:
    """Name, value, and how many seconds before ``END`` it was so."""
    return {
        one.name: (one.value, (END - one.at).total_seconds())
        for one in parse(found, END, SPAN)
        if one.at is not None
    }


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([(240, "40.0"), (120, "50.5")], (50.5, 120)),
        ([(240, "40"), (120, "50"), (0, "3")], (50, 120)),  # the newest may still lack figures
        ([(240, "40"), (120, "50"), (-60, "3")], (50, 120)),  # and one that has not ended lacks some
        ([(360, "40")], (40, 360)),  # three spans old: late, but fresh
        ([(361, "40")], None),  # older says nothing of now
        ([(180, "40"), (150, "n/a")], (40, 180)),
        ([(150, "NaN")], None),
        ([(150, None)], None),
        ([(150, True)], (1, 150)),
        ([], None),  # a gap is no data, never zero
    ],
)
def test_the_newest_whole_and_fresh_bucket_is_taken(
    values: list[tuple[int, object]], expected: tuple[float, float] | None
) -> None:
    """Values are strings, moments are microseconds at a bucket's end."""
    assert taken(buckets(*values)).get("cpu") == expected


def test_of_several_instances_the_busiest_counts() -> None:
    """Whether there is a series an instance is not documented."""
    found = [*buckets((120, "10")), *buckets((120, "90")), *buckets((240, "99"))]
    assert taken(found) == {"cpu": (90, 120)}


def test_unknown_kinds_are_left_out() -> None:
    """The platform may add some."""
    assert taken([*buckets((120, "1"), name="swap"), *buckets((120, "2"), name="load1")]) == {
        "load1": (2, 120)
    }


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.text() | st.floats(), st.lists, max_leaves=8)
)
def test_anything_at_all_is_read_without_a_fault(found: object) -> None:
    """Whatever JSON there is."""
    assert parse(found, END, SPAN) == parse_status_codes(found, END) == ()
    assert parse([{"name": "cpu", "data": [{"timestamp": found, "value": found}]}], END, SPAN) == ()
    parse_status_codes([{"date": found, "statuses": [{"code": found, "count": found}]}], END)


@pytest.mark.parametrize(
    ("statuses", "ago", "expected"),
    [
        ([{"code": 200, "count": 97}, {"code": 502, "count": 3}], 10, 3.0),
        ([{"code": 200, "count": 50}, {"code": -1, "count": 50}], 10, 0.0),  # a cut connection is no answer
        ([{"code": "500", "count": "1"}, {"code": 200, "count": 1}], 10, 50.0),
        ([], 10, None),  # nobody asked: there is no error rate
        (None, 10, None),
        ([{"code": 500, "count": 1}], 121, None),  # of hours ago
        ([{"code": 500, "count": 1}], -10, None),  # an hour that is not over
    ],
)
def test_the_error_rate_is_of_the_last_whole_hour(statuses: object, ago: int, expected: float | None) -> None:
    """Dated at its end."""
    date = (END - timedelta(minutes=ago)).isoformat()
    found = parse_status_codes([{"date": date, "statuses": statuses}], END)
    assert [one.value for one in found] == ([] if expected is None else [expected])


def test_rows_takes_objects_of_a_list() -> None:
    """And leaves out all else."""
    assert rows([{"a": 1}, 2, None, [{}]]) == [{"a": 1}]
    assert rows({"a": 1}) == []
    assert json.dumps(rows(None)) == "[]"
