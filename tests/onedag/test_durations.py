from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pandas as pd
import pytest

from onedag.durations import label, micros, parse_duration, to_utc
from onedag.errors import InvalidDefinition


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1us", timedelta(microseconds=1)),
        ("250ms", timedelta(milliseconds=250)),
        ("30s", timedelta(seconds=30)),
        ("90min", timedelta(minutes=90)),
        ("3h", timedelta(hours=3)),
        ("7d", timedelta(days=7)),
        ("2w", timedelta(days=14)),
        (" 1  d\n", timedelta(days=1)),
        ("007d", timedelta(days=7)),
    ],
)
def test_parse(text: str, expected: timedelta) -> None:
    assert parse_duration(text) == expected


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "7",
        "d",
        "1.5h",
        "-1d",
        "1m",
        "1mo",
        "1y",
        "1D",
        "1d2h",
        "1d ago",
        "\u0667d",
        "1_0d",
        "inf",
    ],
)
def test_what_is_no_duration_says_what_one_is(wrong: str) -> None:
    with pytest.raises(InvalidDefinition) as caught:
        parse_duration(wrong, "@latest: max_age=")
    assert str(caught.value) == (
        f"@latest: max_age= {wrong!r} isn't a duration. Write a whole number and one of us, ms, s, "
        f"min, h, d, w, such as '90min', '3h' or '7d', or pass a timedelta."
    )


@pytest.mark.parametrize("wrong", [7, 1.5, None, b"1d", True, pd.NaT])
def test_another_type_is_refused(wrong: object) -> None:
    with pytest.raises(InvalidDefinition, match="must be a timedelta or a string, not"):
        parse_duration(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", ["0d", timedelta(0), timedelta(days=-1), pd.Timedelta(1, "ns")])
def test_a_duration_is_longer_than_zero(wrong: timedelta | str) -> None:
    with pytest.raises(InvalidDefinition, match="longer than zero"):
        parse_duration(wrong)


def test_a_duration_beyond_a_timedelta_is_refused_by_name() -> None:
    with pytest.raises(InvalidDefinition, match=r"^over= '9{12}d' is longer than 999999999 days"):
        parse_duration("9" * 12 + "d", "over=")


def test_a_pandas_timedelta_loses_its_nanoseconds_and_its_class() -> None:
    parsed = parse_duration(pd.Timedelta(90_000_000_999, "ns"))
    assert parsed == timedelta(seconds=90)
    assert type(parsed) is timedelta


@pytest.mark.parametrize(
    ("duration", "expected"),
    [
        ("24h", "24h"),
        (" 24 h ", "24h"),
        ("24\th", "24h"),
        (timedelta(hours=24), "1d"),
        (timedelta(days=14), "14d"),
        (timedelta(hours=36), "36h"),
        (timedelta(minutes=90), "90min"),
        (timedelta(seconds=61), "61s"),
        (timedelta(milliseconds=1500), "1500ms"),
        (timedelta(seconds=1, microseconds=1), "1000001us"),
    ],
)
def test_label_is_as_written_or_in_the_largest_whole_unit(
    duration: timedelta | str, expected: str
) -> None:
    assert label(duration) == expected
    assert parse_duration(label(duration)) == parse_duration(duration)


def test_micros_of_durations_and_moments() -> None:
    assert micros(timedelta(days=1, microseconds=3)) == 86_400_000_003
    assert micros(datetime(1970, 1, 1, 0, 0, 1)) == 1_000_000
    assert micros(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1
    assert micros(datetime(1970, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))) == 0


def test_micros_are_exact_where_floats_are_not() -> None:
    assert micros(datetime(9999, 12, 31, 23, 59, 59, 999_999)) == 253_402_300_799_999_999


def test_to_utc() -> None:
    summer = datetime(2024, 7, 1, 14, tzinfo=timezone(timedelta(hours=2)))
    assert to_utc(summer) == datetime(2024, 7, 1, 12, tzinfo=UTC)
    assert to_utc(summer).tzinfo is UTC
    assert to_utc(datetime(2024, 7, 1, 14)) == datetime(2024, 7, 1, 14, tzinfo=UTC)
