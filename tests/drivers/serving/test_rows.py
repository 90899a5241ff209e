"""Rows of requests as columns: what the request model makes of them, asked or not."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import numpy as np
import pandas as pd
import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field, field_validator, model_validator

from drivers.request import parse_rows, request_model
from drivers.serving.rows import RequestRows, RowParser
from onedag import FeatureService
from onedag.dtypes import plain_value
from onedag.errors import RequestError


class Plain(pydantic.BaseModel):
    flag: bool
    count: int
    price: float
    name: str
    at: datetime
    maybe_count: int | None
    maybe_price: float | None = None
    maybe_name: str | None = "none"
    known_at: datetime | None = None
    share: float = 0.5


SERVICE = FeatureService("plain", ["count"], Plain)
PARSER = RowParser(SERVICE)

_ODD = st.sampled_from(
    [
        None, True, 0, -1, 2**62, 2**63, -(2**63) - 1, 2**1100, 0.0, -0.0, 1.5, math.nan, math.inf,
        "", "1", "é", "\ud800", b"a", date(2024, 1, 1), datetime(2024, 1, 1),
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5))), "2024-01-01T00:00:00Z", 2**53 + 1,
        pd.Timestamp("2024-01-01"), pd.NaT, np.float64(1.5), np.int64(7), np.bool_(True), [], {},
    ]
)  # fmt: skip
_TIMES = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)) | st.datetimes(
    datetime(1900, 1, 1),
    datetime(2200, 1, 1),
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-7))]),
)
_RIGHT: dict[str, st.SearchStrategy[Any]] = {
    "flag": st.booleans(),
    "count": st.integers(-(2**63), 2**63 - 1),
    "price": st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**60), 2**60),
    "name": st.text(),
    "at": _TIMES,
    "maybe_count": st.none() | st.integers(-5, 5),
}
_LEFT_OUT: dict[str, st.SearchStrategy[Any]] = {
    "maybe_price": st.none() | st.floats(allow_nan=False, allow_infinity=False),
    "maybe_name": st.none() | st.text(),
    "known_at": st.none() | _TIMES,
    "share": st.floats(0, 1),
    "event_timestamp": st.none() | _TIMES,
}
_ROWS = st.fixed_dictionaries(_RIGHT, optional=_LEFT_OUT)


@st.composite
def _damaged(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Rows of which one value is odd, one field too many, or one too few."""
    rows = draw(st.lists(_ROWS, min_size=1, max_size=4))
    row = draw(st.sampled_from(rows))
    how = draw(st.sampled_from(["odd", "more", "less", "right"]))
    name = draw(st.sampled_from([*_RIGHT, *_LEFT_OUT]))
    if how == "odd":
        row[name] = draw(_ODD)
    elif how == "more":
        row["another"] = 1
    elif how == "less":
        row.pop(name, None)
    return rows


@settings(max_examples=600, derandomize=True, database=None, deadline=None)
@given(rows=_damaged())
def test_columns_are_what_the_model_makes_of_the_rows(rows: list[dict[str, Any]]) -> None:
    try:
        expected = _by_the_model(SERVICE, rows)
    except RequestError as error:
        details = error.details
    else:
        details = None
    if details is not None:
        with pytest.raises(RequestError) as refused:
            PARSER.rows(rows)
        assert refused.value.details == details
    else:
        answer = PARSER.rows(rows)
        assert repr(answer.columns) == repr(expected.columns)
        assert repr(answer.times) == repr(expected.times)


def test_right_rows_do_not_ask_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"flag": True, "count": 1, "price": 2, "name": "a", "at": datetime(2024, 1, 1)}]
    rows[0]["maybe_count"] = None
    monkeypatch.setattr("drivers.serving.rows.parse_rows", None)
    assert PARSER.rows(rows).columns["price"] == [2.0]


class Colour(StrEnum):
    RED = "red"


class Checked(pydantic.BaseModel):
    count: int

    @field_validator("count")
    @classmethod
    def _double(cls, value: int) -> int:
        return 2 * value


class Whole(pydantic.BaseModel):
    count: int

    @model_validator(mode="after")
    def _is_not_one(self) -> Whole:
        if self.count == 1:
            raise ValueError("not one")
        return self


class Made(pydantic.BaseModel):
    count: int

    def model_post_init(self, context: object) -> None:
        self.count += 1


class Stripped(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(str_strip_whitespace=True)
    name: str


@pytest.mark.parametrize(
    ("model", "row", "column"),
    [
        (Checked, {"count": 2}, ("count", 4)),
        (Whole, {"count": 2}, ("count", 2)),
        (Made, {"count": 2}, ("count", 3)),
        (Stripped, {"name": " a "}, ("name", "a")),
        (
            pydantic.create_model("Bounded", count=(Annotated[int, Field(gt=1)], ...)),
            {"count": 2},
            ("count", 2),
        ),
        (pydantic.create_model("Kind", kind=(Literal["a"], ...)), {"kind": "a"}, ("kind", "a")),
        (
            pydantic.create_model("Painted", colour=(Colour, ...)),
            {"colour": "red"},
            ("colour", "red"),
        ),
        (
            pydantic.create_model("Known", key=(UUID, ...)),
            {"key": UUID(int=5)},
            ("key", str(UUID(int=5))),
        ),
    ],
    ids=["validator", "model validator", "post init", "config", "bound", "literal", "enum", "uuid"],
)
def test_what_asks_for_more_than_a_type_is_asked(
    model: type[pydantic.BaseModel], row: dict[str, Any], column: tuple[str, Any]
) -> None:
    name, value = column
    assert RowParser(FeatureService("s", [name], model)).rows([row]).columns == {name: [value]}


def test_what_a_bound_or_a_validator_refuses() -> None:
    bounded = pydantic.create_model("Bounded", count=(Annotated[int, Field(gt=1)], ...))
    for model in (bounded, Whole):
        with pytest.raises(RequestError):
            RowParser(FeatureService("s", ["count"], model)).rows([{"count": 1}])


def test_rows_of_several_requests() -> None:
    service = FeatureService("s", ["name"], Stripped)
    parser = RowParser(service)
    now = datetime(2024, 1, 1, tzinfo=UTC)
    one = parser.rows([{"name": "a"}, {"name": "b", "event_timestamp": now}])
    other = parser.rows([{"name": "c"}])
    assert RequestRows.joined([one, other]) == RequestRows(
        service, 3, {"name": ["a", "b", "c"]}, [None, now, None]
    )


def _by_the_model(service: FeatureService, rows: list[dict[str, Any]]) -> RequestRows:
    parsed = parse_rows(request_model(service), rows)
    names = service.request.model_fields
    columns = {name: [plain_value(getattr(row, name)) for row in parsed] for name in names}
    times = [plain_value(row.event_timestamp) for row in parsed]  # type: ignore[attr-defined]
    return RequestRows(service, len(rows), columns, times)


class LeftOut(pydantic.BaseModel):
    price: float = Field(None)
    name: str = Field(None)


def test_a_null_default_may_be_left_out_and_not_be_sent() -> None:
    parser = RowParser(FeatureService("left_out", ["price"], LeftOut))
    rows = parser.rows([{"price": 1}, {"name": "a"}, {}])
    assert rows.columns == {"price": [1.0, None, None], "name": [None, "a", None]}
    for row in ({"price": None}, {"name": None}):
        with pytest.raises(RequestError, match="should be a valid"):
            parser.rows([row])
