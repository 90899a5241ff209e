"""Personal data in features, and whether it may be used: as the project's own flows say."""

from __future__ import annotations

from onedag.audit.steps import Personal
from tests.onedag.audit.conftest import Audited

PEOPLE = """
from hamilton.function_modifiers import tag

register = Source(
    "register",
    pd.DataFrame({"user_id": [1], "born": [1], "at": [0]}),
    timestamp="at",
    key=user,
    tags={"born": ["pii"], "user_id": ["pii"]},
)

def years(born: pd.Series, event_timestamp: pd.Series) -> pd.Series:
    return event_timestamp.dt.year - born

@tag(pii="false")
def is_adult(years: pd.Series) -> pd.Series:
    return years >= 18

@tag(pii="true")
def guessed(price: pd.Series) -> pd.Series:
    return price * 2

class Request(pydantic.BaseModel):
    user_id: int
    price: float
    email: str = pydantic.Field(json_schema_extra={"tags": ["pii"]}, description="To write to.")

s = FeatureService("s", ["years", "is_adult", "guessed", "email", "price"], Request, MAY_USE)
"""


def source(*may_use: str) -> str:
    return PEOPLE.replace("MAY_USE", f"may_use={may_use!r}")


def test_ways_of_personal_data(audited: Audited) -> None:
    audit = audited(source("born"))
    assert {each.name: each.personal for each in audit.features} == {
        "years": (Personal("born", ("register.born", "born", "years"), True),),
        "is_adult": (),
        "guessed": (Personal("guessed", ("guessed",), False),),
        "email": (Personal("email", ("request.email",), False),),
        "price": (),
    }


def test_the_summary_says_what_is_not_allowed(audited: Audited) -> None:
    said = audited(source("born")).summary
    assert (
        "3 features come from data that is marked as personal: register.born, guessed and "
        "request.email." in said
    )
    assert "The service isn't allowed to use guessed and request.email." in said


def test_the_summary_says_that_all_of_it_is_allowed(audited: Audited) -> None:
    said = audited(source("born", "email").replace('"guessed", ', "")).summary
    assert "The service is allowed to use all of it." in said


def test_without_personal_data(audited: Audited) -> None:
    plain = PEOPLE.replace("MAY_USE", "").replace('"years", "is_adult", "guessed", "email", ', "")
    assert "No feature comes from data that is marked as personal." in audited(plain).summary


def test_fields_and_columns_are_marked(audited: Audited) -> None:
    audit = audited(source())
    email = next(field for field in audit.fields if field.name == "email")
    assert (email.personal, email.description, email.features) == (True, "To write to.", ("email",))
    [register] = audit.sources
    assert {column.name: (column.tags, column.role) for column in register.columns} == {
        "at": ((), "event time"),
        "born": (("pii",), "value"),
        "user_id": (("pii",), "look-up"),
    }
