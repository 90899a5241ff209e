"""The form of a service: what is asked for, how, and what it is filled in with."""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum
from html.parser import HTMLParser
from typing import Any, Literal

import pydantic
import pytest
from pydantic import Field

from onedag import FeatureService
from onedag.catalog import Catalog, ServedModel, ServedRun, StoredView
from onedag.lineage import Lineage
from onedag.pages import Links, render
from onedag.pages.trying import TryField, TryForm, try_form
from onedag.snapshots import FieldSnapshot, ServiceSnapshot, Snapshot
from onedag.statistics import Categories, FeatureStatistics, FrameStatistics, Numbers

NOON = datetime(2024, 3, 10, 12, tzinfo=UTC)
PAGE = Links.served("services/s", api=True)


class Cabin(StrEnum):
    ECONOMY = "economy"
    FIRST = "first"


class Row(pydantic.BaseModel):
    count: int = Field(examples=[9007199254740993], ge=1, lt=2**62)
    share: float | None = Field(description="Of all.")
    name: str = Field("nobody", max_length=10)
    late: bool
    cabin: Cabin
    level: Literal["a", "b"] | None = None
    day: date = Field(examples=["2024-02-29"])
    at: datetime = Field(examples=["2024-03-10T13:00:00+01:00", "later"])
    usual: int
    often: str
    then: datetime


NUMBERS = Numbers((1, 5, 9), (0, 1, 0, 3, 0, 1, 0), 0, 0, 1, 9, 5.0, None, 3, None)
THEN = Numbers((1_710_072_000_000_000,), (0, 1, 0), 0, 0, None, None, None, None, 1, None)
STATISTICS = {
    "usual": FeatureStatistics("int64", 5, 0, {}, NUMBERS),
    "often": FeatureStatistics("string", 5, 0, {}, Categories({"x": 3, "y": 2}, 0, 2)),
    "then": FeatureStatistics("timestamp[us, tz=UTC]", 1, 0, {}, THEN),
}


def service_of(request: type[pydantic.BaseModel], **tags: tuple[str, ...]) -> ServiceSnapshot:
    fields = FeatureService("s", ["x"], request).request_fields()
    return ServiceSnapshot(
        name="s",
        features=("x",),
        doc="",
        fields=tuple(
            FieldSnapshot(
                name,
                str(field.type.arrow),
                field.required,
                field.nullable,
                request.model_fields[name].description or "",
                tags.get(name, ()),
                None if field.required else repr(field.default),
            )
            for name, field in fields.items()
        ),
        on_store_error="refuse",
        may_use=(),
        origins={"x": "computed", "count": "request"},
        views=("kept",),
        meaning="",
    )


def catalog_of(service: ServiceSnapshot, **known: Any) -> Catalog:
    snapshot = Snapshot({}, {}, {}, {}, {"s": service}, ())
    return Catalog("p", NOON, snapshot, Lineage({}, (), frozenset()), **known)


def form_of(request: type[pydantic.BaseModel], tags: tuple[str, ...] = (), **known: Any) -> TryForm:
    service = service_of(request, name=tags)
    known.setdefault("requests", {"s": request.model_json_schema()})
    form = try_form(catalog_of(service, **known), service, PAGE)
    assert form is not None
    return form


def fields_of(**known: Any) -> dict[str, TryField]:
    return {field.name: field for field in form_of(Row, **known).fields}


@pytest.fixture
def served() -> dict[str, Any]:
    statistics = FrameStatistics(5, STATISTICS)
    run = ServedRun("r", "s", NOON, 5, "", "", {}, {}, statistics)
    return {"runs": {"s": run}}


@pytest.mark.parametrize(
    ("name", "kind"),
    {
        "count": "integer",
        "share": "number",
        "name": "text",
        "late": "boolean",
        "cabin": "choice",
        "level": "choice",
        "day": "date",
        "at": "time",
        "event_timestamp": "time",
    }.items(),
)
def test_each_type_is_asked_for_in_its_own_way(name: str, kind: str) -> None:
    assert fields_of()[name].kind == kind


def test_without_a_schema_the_column_s_type_says_how() -> None:
    kinds = {name: field.kind for name, field in fields_of(requests={}).items()}
    assert (kinds["cabin"], kinds["day"], kinds["count"]) == ("text", "time", "integer")


def test_choices_are_those_that_there_are() -> None:
    fields = fields_of()
    assert fields["cabin"].choices == ("economy", "first")
    assert fields["level"].choices == ("a", "b")
    assert fields["late"].choices == ("true", "false")
    assert fields["name"].choices == ()


def test_examples_come_from_the_request_its_defaults_or_the_training_rows(
    served: dict[str, Any],
) -> None:
    examples = {name: field.example for name, field in fields_of(**served).items()}
    assert examples == {
        "count": "9007199254740993",
        "share": "",
        "name": "nobody",
        "late": "",
        "cabin": "",
        "level": "",
        "day": "2024-02-29",
        "at": "2024-03-10 12:00",
        "usual": "5",
        "often": "x",
        "then": "2024-03-10 12:00",
        "event_timestamp": "",
    }


def test_a_value_of_the_training_rows_that_may_be_somebody_s_is_no_example(
    served: dict[str, Any],
) -> None:
    class Somebody(pydantic.BaseModel):
        often: str

    service = service_of(Somebody, often=("pii",))
    form = try_form(catalog_of(service, **served), service, PAGE)
    assert form is not None
    assert form.fields[0].example == ""


def test_what_a_field_must_be_is_said() -> None:
    fields = fields_of(tags=("pii",))
    assert fields["count"].bounds == ("at least 1", f"less than {2**62}")
    assert fields["name"].bounds == ("at most 10 characters",)
    assert fields["name"].personal
    assert fields["name"].default == '"nobody"'
    assert fields["share"].description == "Of all."
    assert [name for name, field in fields.items() if not field.required] == [
        "name", "level", "event_timestamp"
    ]  # fmt: skip


def test_null_is_asked_for_where_it_is_something_else_than_leaving_out() -> None:
    fields = fields_of()
    assert [name for name, field in fields.items() if field.asks_for_null] == ["share"]
    assert fields["level"].default == "null"


def test_the_time_of_what_is_stored_is_offered() -> None:
    views = {"kept": StoredView("kept", NOON, 1, "", current=True)}
    assert fields_of(views=views)["event_timestamp"].offered == "2024-03-10 12:00"
    assert fields_of()["event_timestamp"].offered == ""


def test_a_request_with_a_time_of_its_own_isn_t_asked_for_another() -> None:
    class Timed(pydantic.BaseModel):
        event_timestamp: datetime

    assert [field.required for field in form_of(Timed).fields] == [True]


def test_pages_without_an_api_have_no_form() -> None:
    service = service_of(Row)
    for links in (Links.static("services/s"), Links.served("services/s")):
        assert try_form(catalog_of(service), service, links) is None


def test_it_knows_where_to_ask_and_where_names_lead_to() -> None:
    model = ServedModel("s", "r", "s.onnx", 1, "", NOON, fits=True)
    form = form_of(Row, models={"s": model})
    assert form.api == "../../"
    assert form.has_model
    assert form.pages == {
        "features": {"x": "../features/x"},
        "views": {"kept": "../views/kept"},
    }
    assert not form_of(Row).has_model


class Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)


def test_what_a_request_says_is_text() -> None:
    class Hostile(pydantic.BaseModel):
        name: str = Field(
            '"><script>alert(1)</script>',
            description="<script>alert(2)</script>",
            examples=["'\"><img src=x>"],
        )

    html = render("try.html", form=form_of(Hostile), links=PAGE)
    parser = Texts()
    parser.feed(html)
    assert parser.tags.count("script") == 2, "those of the form itself"
    assert "img" not in parser.tags
    assert "alert(2)" in html
