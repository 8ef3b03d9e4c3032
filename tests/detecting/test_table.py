"""CSV files as people and programs write them."""

from __future__ import annotations

from math import isnan
from pathlib import Path

import pytest

from relay.detecting.table import UnreadableFile, read


def rows(tmp_path: Path, text: str, limit_mb: float = 512) -> list[tuple[float, ...]]:
    file = tmp_path / "series.csv"
    file.write_text(text, encoding="utf-8")
    return [tuple(row[:2]) if isnan(row[2]) else row for row in read(file, limit_mb).rows()]


@pytest.mark.parametrize(
    "text",
    [
        "seconds,memory_mb\n0,100\n30,101.5\n",
        "0,100\n30,101.5\n",
        "\ufeffseconds;memory_mb\n0;100\n30;101.5\n",
        "sep=,\nTime,RSS\n0,100 MiB\n30,101.5 MiB\n",
        "timestamp,value\n0,104857600\n30,106430464\n",
        "time\tcontainer_memory_working_set_bytes\n0\t104857600\n30\t106430464\n",
        'Series,Time,Value\nmemory,1970-01-01T00:00:00Z,100\nmemory,1970-01-01T00:00:30Z,"101,5 MiB"\n'.replace(
            ",100\n", ",100 MiB\n"
        ),
        "Zeit;Speicher (MB)\n0;100\n30;101,5\n",
        '"Time","process_resident_memory_bytes{job=""requests-api"", path=""/x""}"\n0,104857600\n30,106430464\n',
        '"Time","memory_mb"\n"1970-01-01 00:00:00","100"\n"1970-01-01 00:00:30","101.5"\n',
    ],
)
def test_forms(tmp_path: Path, text: str) -> None:
    """With a header or without, with units, bytes, dates, other delimiters, Excel's line and a byte order mark."""
    assert rows(tmp_path, text) == [(0.0, 100.0), (30.0, 101.5)]


def test_requests_are_the_third_column_or_named(tmp_path: Path) -> None:
    """By place without a header; an empty cell is unknown."""
    assert rows(tmp_path, "0,100,5\n30,101,\n60,102,9\n") == [(0, 100, 5), (30, 101), (60, 102, 9)]
    assert rows(tmp_path, "http_requests_total,time,memory_mb\n5,0,100\n") == [(0, 100, 5)]


def test_rows_of_memory_and_requests_may_be_mixed(tmp_path: Path) -> None:
    """As an export of several series, one row a value."""
    text = "metric,timestamp,value\nmemory_bytes,0,104857600\nrequests_total,0,7\nmemory_bytes,30,104857600\n"
    assert rows(tmp_path, text) == [(0, 100, 7), (30, 100)]


def test_milliseconds_since_1970_are_seconds(tmp_path: Path) -> None:
    """Grafana exports them so."""
    assert rows(tmp_path, "Time,memory_mb\n1700000000000,5\n") == [(1_700_000_000, 5)]


def test_bad_rows_are_counted(tmp_path: Path) -> None:
    """A torn row, a word and a NaN are left out; gaps and empty lines are nothing."""
    file = tmp_path / "series.csv"
    file.write_text("seconds,memory_mb\n0,100\n\n30\nsoon,3\n60,NaN\n90,inf\n120,7\n")
    table = read(file, 512)
    assert (list(table.at), table.bad) == ([0, 120], 4)


def test_newest_first_is_turned_round_and_a_set_clock_is_left(tmp_path: Path) -> None:
    """Many steps back are an order; one is something that happened."""
    backwards = "".join(f"{at},5\n" for at in range(300, 0, -30))
    assert [row[0] for row in rows(tmp_path, backwards)] == [float(at) for at in range(30, 301, 30)]
    assert [row[0] for row in rows(tmp_path, "0,5\n30,5\n10,5\n40,5\n")] == [0, 30, 10, 40]


@pytest.mark.parametrize("text", ["", "\n\n", "seconds,memory_mb\n"])
def test_a_file_without_rows_is_empty(tmp_path: Path, text: str) -> None:
    """That is a series of which nothing is known, not an error."""
    assert rows(tmp_path, text) == []


@pytest.mark.parametrize("content", [b"a,b\nx,2\n", b"hello\n", b"\x00\xff\xfe\x01" * 100, b"time\n1\n"])
def test_what_has_no_columns_is_refused(tmp_path: Path, content: bytes) -> None:
    """Also what is no text at all."""
    file = tmp_path / "series.csv"
    file.write_bytes(content)
    with pytest.raises(UnreadableFile):
        read(file, 512)


def test_a_file_that_is_not_there_or_a_folder_is_refused(tmp_path: Path) -> None:
    """With the system's own words."""
    with pytest.raises(UnreadableFile, match="No such file"):
        read(tmp_path / "none.csv", 512)
    with pytest.raises(UnreadableFile, match="directory"):
        read(tmp_path, 512)
