from __future__ import annotations

import enum
import uuid
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, Optional

import pydantic
import pytest
from pydantic import Field

from onedag import FeatureService
from onedag.errors import InvalidDefinition
from onedag.fingerprints import Fingerprints
from onedag.service import RequestField


class Cabin(enum.StrEnum):
    ECONOMY = "economy"
    FIRST = "first"


class Number(enum.Enum):
    ONE = 1


def field(annotation: Any, default: Any = ...) -> RequestField:
    """The one field of a request."""
    model = pydantic.create_model("Request", x=(annotation, default))
    return FeatureService("s", ["f"], model).request_fields()["x"]


@pytest.mark.parametrize(
    ("annotation", "expected", "nullable"),
    [
        (bool, "bool", False),
        (int, "int64", False),
        (float, "double", False),
        (str, "string", False),
        (uuid.UUID, "string", False),
        (date, "timestamp[us, tz=UTC]", False),
        (datetime, "timestamp[us, tz=UTC]", False),
        (Cabin, "string", False),
        (Literal["a", "b"], "string", False),
        (Literal[1, 2], "int64", False),
        (Annotated[int, Field(gt=0)], "int64", False),
        (pydantic.PositiveFloat, "double", False),
        (int | None, "int64 or null", True),
        (Optional[bool], "bool or null", True),  # noqa: UP045
        (Annotated[int | None, Field(gt=0)], "int64 or null", True),
        (Annotated[int, Field(gt=0)] | None, "int64 or null", True),
        (str | None, "string", True),
        (Cabin | None, "string", True),
    ],
)
def test_annotations_are_column_types(annotation: Any, expected: str, nullable: bool) -> None:
    found = field(annotation)
    assert str(found.type) == expected
    assert found.nullable is nullable
    assert found.required
    assert found.default is None


@pytest.mark.parametrize(
    "annotation",
    [list[int], dict[str, int], bytes, int | str, Literal["a", 1], Number, complex, Any, None],
)
def test_what_is_no_column_is_refused_by_field_and_service(annotation: Any) -> None:
    with pytest.raises(InvalidDefinition, match=r"^Field 'x' of service 's' is annotated"):
        field(annotation)


def test_fields_keep_the_model_s_order_and_those_of_its_parents() -> None:
    class Base(pydantic.BaseModel):
        z: int

    class Request(Base):
        a: str
        m: float | None = None

    fields = FeatureService("s", ["f"], Request).request_fields()
    assert list(fields) == ["z", "a", "m"]
    assert [f.name for f in fields.values()] == ["z", "a", "m"]


@pytest.mark.parametrize(
    ("annotation", "default", "expected"),
    [
        (int, 3, 3),
        (int | None, None, None),
        (float, 2, 2),
        (str, "", ""),
        (bool, False, False),
        (Cabin, Cabin.FIRST, "first"),
        (Literal["a", "b"], "b", "b"),
        (uuid.UUID, uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (date, date(2024, 1, 2), datetime(2024, 1, 2, tzinfo=UTC)),
        (datetime, datetime(2024, 1, 2, 3), datetime(2024, 1, 2, 3, tzinfo=UTC)),
        (int, Field(default_factory=lambda: 4), 4),
    ],
)
def test_a_default_is_a_value_of_the_column(annotation: Any, default: Any, expected: Any) -> None:
    found = field(annotation, default)
    assert not found.required
    assert found.default == expected
    assert type(found.default) is type(expected)
    assert found.nullable is (expected is None)


def test_a_default_of_none_makes_the_column_nullable() -> None:
    found = field(int, None)
    assert found.nullable
    assert str(found.type) == "int64 or null"


def test_a_default_may_be_nan() -> None:
    found = field(float, float("nan"))
    assert found.default != found.default


@pytest.mark.parametrize(
    ("annotation", "default"),
    [(int, "a"), (int, 1.5), (int, True), (int, 2**70), (str, 1), (bool, 1), (int, float("nan"))],
)
def test_a_default_of_another_type_is_refused(annotation: Any, default: Any) -> None:
    with pytest.raises(InvalidDefinition) as caught:
        field(annotation, default)
    assert str(caught.value).startswith("Field 'x' of service 's' is ")
    assert str(caught.value).endswith(f"and its default {default!r} isn't.")


def test_a_default_that_changes_is_refused() -> None:
    with pytest.raises(InvalidDefinition, match="has a default that changes"):
        field(uuid.UUID, Field(default_factory=uuid.uuid4))


def test_a_default_made_of_other_fields_is_refused() -> None:
    with pytest.raises(InvalidDefinition, match="has a default that depends on other fields"):
        field(int, Field(default_factory=lambda others: others["y"]))


def test_the_row_s_time_may_be_a_field_if_it_is_a_time() -> None:
    def service(annotation: Any) -> FeatureService:
        model = pydantic.create_model("Request", event_timestamp=(annotation, ...))
        return FeatureService("s", ["event_timestamp"], model)

    assert service(datetime).request_fields()["event_timestamp"].required
    with pytest.raises(InvalidDefinition, match="it is the row's time: annotate it as datetime"):
        service(str).request_fields()


class Request(pydantic.BaseModel):
    x: float


def test_features_keep_their_order() -> None:
    assert FeatureService("s", iter(["b", "a"]), Request).features == ("b", "a")
    assert FeatureService("s", "alone", Request).features == ("alone",)


def feature(x: float) -> float:
    return x


@pytest.mark.parametrize(
    ("features", "message"),
    [
        ([], r"^Service 's' has no features\.$"),
        (["b", "a", "b", "a"], r"^Service 's' names a, b twice\.$"),
        ([feature], r"^Service 's' lists <function feature .*> as a feature\. Name its features"),
        ([None], r"^Service 's' lists None as a feature"),
    ],
)
def test_features_that_cannot_be(features: Any, message: str) -> None:
    with pytest.raises(InvalidDefinition, match=message):
        FeatureService("s", features, Request)


@pytest.mark.parametrize("request_", [Request(x=1.0), dict, None, "Request"])
def test_a_request_is_a_pydantic_model(request_: Any) -> None:
    with pytest.raises(InvalidDefinition, match="needs a pydantic model class as its request"):
        FeatureService("s", ["f"], request_)


def test_a_name_goes_into_a_url() -> None:
    with pytest.raises(InvalidDefinition, match="A service can't be named 'a/b'"):
        FeatureService("a/b", ["f"], Request)


def test_a_service_is_a_value() -> None:
    assert FeatureService("s", ["f"], Request) == FeatureService("s", ("f",), Request)
    assert hash(FeatureService("s", ["f"], Request)) == hash(FeatureService("s", ["f"], Request))
    assert FeatureService("s", ["f"], Request) != FeatureService("s", ["g"], Request)


class Person(pydantic.BaseModel):
    born: int = pydantic.Field(json_schema_extra={"tags": ["pii"]})
    city: str = pydantic.Field(json_schema_extra={"tags": "place"})
    shop: str = pydantic.Field(json_schema_extra={"example": "x"})
    hour: int


def test_the_tags_of_fields() -> None:
    fields = FeatureService("s", ["born"], Person).request_fields()
    tags = {name: set(field.tags) for name, field in fields.items()}
    assert tags == {"born": {"pii"}, "city": {"place"}, "shop": set(), "hour": set()}


def test_tags_of_a_field_that_cannot_be() -> None:
    extra: Any = {"tags": {"pii": True}}
    model = pydantic.create_model("M", x=(int, pydantic.Field(json_schema_extra=extra)))
    with pytest.raises(InvalidDefinition, match="Field 'x' of service 's' has the tags"):
        FeatureService("s", ["x"], model).request_fields()


def test_what_a_service_may_use_is_no_part_of_its_meaning() -> None:
    plain = FeatureService("s", ["born"], Person)
    allowed = FeatureService("s", ["born"], Person, may_use=["born"])
    assert (plain.may_use, allowed.may_use) == (frozenset(), {"born"})
    assert FeatureService("s", ["born"], Person, may_use="born") == allowed != plain
    assert Fingerprints().of(plain) == Fingerprints().of(allowed)
    with pytest.raises(InvalidDefinition, match="has 1 in may_use="):
        FeatureService("s", ["born"], Person, may_use=[1])  # type: ignore[list-item]
