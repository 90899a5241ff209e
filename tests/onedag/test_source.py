from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from onedag import Entity, Query, Source
from onedag.errors import InvalidDefinition
from onedag.fingerprints import Fingerprints


def test_names_are_those_of_the_project_whichever_is_written() -> None:
    renamed = {"t": "landed_at", "seen": "known"}
    for timestamp, known_at in (("t", "seen"), ("landed_at", "known")):
        source = Source("s", "a.parquet", timestamp, known_at=known_at, columns=renamed)
        assert (source.timestamp, source.known_at) == ("landed_at", "known")
        assert source.columns == renamed


def test_the_columns_given_are_not_the_caller_s_to_change() -> None:
    renamed = {"t": "at"}
    source = Source("s", "a.parquet", "t", columns=renamed)
    renamed["u"] = "v"
    assert source.columns == {"t": "at"}
    with pytest.raises(TypeError):
        source.columns["u"] = "v"  # type: ignore[index]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (pd.DataFrame({"a": [1], "t": [2]}), ("b", "t")),
        (pa.table({"a": [1], "t": [2]}), ("b", "t")),
        (pd.DataFrame({0: [1]}), ("0",)),
        ("a.parquet", None),
        (Path("a.csv"), None),
        (Query("SELECT 1", "x.duckdb"), None),
    ],
)
def test_columns_are_known_without_reading_where_the_data_is_in_hand(
    data: object, expected: tuple[str, ...] | None
) -> None:
    source = Source("s", data, "t", columns={"a": "b"})  # type: ignore[arg-type]
    assert source.columns_without_reading() == expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"known_at": "k", "delay": "1h"},
            "Source 's' has both known_at='k' and delay='1h'. A row becomes known at one time: "
            "keep the one that says it.",
        ),
        (
            {"columns": {"a": "x", "b": "x"}},
            "Source 's' renames two columns to one name: {'a': 'x', 'b': 'x'}.",
        ),
        (
            {"delay": "soon"},
            "Delay of source 's' 'soon' isn't a duration. Write a whole number and one of us, ms, "
            "s, min, h, d, w, such as '90min', '3h' or '7d', or pass a timedelta.",
        ),
        (
            {"delay": "0s"},
            "Delay of source 's' must be longer than zero, not datetime.timedelta(0).",
        ),
        ({"key": "user"}, "Source 's': key= must be an Entity, not 'user'."),
        (
            {"data": [{"a": 1}]},
            "Source 's': data must be a path, a Query, a DataFrame or an Arrow table, not list.",
        ),
        (
            {"name": "a b"},
            "A source can't be named 'a b'. Use letters, digits, '_', '.' and '-': the name "
            "becomes part of keys, files and URLs, so dots alone are none.",
        ),
    ],
)
def test_what_contradicts_is_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidDefinition) as caught:
        Source(**{"name": "s", "data": "a.parquet", "timestamp": "t"} | arguments)  # type: ignore[arg-type]
    assert str(caught.value) == message


def test_a_source_is_itself_and_shows_no_rows() -> None:
    frame = pd.DataFrame({"secret": [1], "t": [2]})
    key = Entity("user", "secret")
    source = Source("s", frame, "t", delay="90min", key=key)
    assert source != Source("s", frame, "t", delay="90min", key=key)
    assert len({source, source}) == 1
    assert source.delay == timedelta(minutes=90)
    assert "DataFrame" not in repr(source)
    assert "name='s'" in repr(source)


def test_tags_go_by_the_names_of_the_project_whichever_is_written() -> None:
    for name in ("TAIL", "tailnum"):
        source = Source(
            "s", "a.parquet", "t", columns={"TAIL": "tailnum"}, tags={name: ["pii"], "x": "raw"}
        )
        assert source.tags == {"tailnum": {"pii"}, "x": {"raw"}}
    assert Source("s", "a.parquet", "t").tags == {}


def test_a_tagged_column_that_a_table_in_memory_lacks() -> None:
    frame = pd.DataFrame({"a": [1], "t": [2]})
    assert Source("s", frame, "t", columns={"a": "b"}, tags={"a": ["pii"]}).tags == {"b": {"pii"}}
    with pytest.raises(
        InvalidDefinition, match=r"has tags for 'c', and no such column\. It has a, t"
    ):
        Source("s", frame, "t", tags={"c": ["pii"]})


@pytest.mark.parametrize("tags", [{"a": [1]}, {1: ["pii"]}])
def test_tags_are_texts(tags: dict[str, list[str]]) -> None:
    with pytest.raises(InvalidDefinition, match="tags= maps names of columns to texts"):
        Source("s", "a.parquet", "t", tags=tags)


def test_tags_are_no_part_of_the_meaning() -> None:
    plain, tagged = (Source("s", "a.parquet", "t", tags=tags) for tags in ({}, {"a": ["pii"]}))
    assert Fingerprints().of(plain) == Fingerprints().of(tagged)
