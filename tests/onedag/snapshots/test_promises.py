"""`breaches`: what a published model would see, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from onedag.snapshots import Snapshot
from onedag.snapshots.promises import VERSIONS, Breach, breaches

Take = Callable[..., Snapshot]

ALL = ("price_above", "spent_1d", "last_amount", "age")


def test_the_root_is_named_and_not_what_changed_through_it(take: Take) -> None:
    new = take({"amount * RATE": "amount + RATE"})
    assert breaches(take(), new, "buys") == (
        Breach(
            "discounted",
            ("its code",),
            new.functions["discounted"].meaning,
            ("price_above", "spent_1d"),
        ),
    )


@pytest.mark.parametrize(
    "edit",
    [
        {"What the user spent.": "What was spent."},
        {'over=["1d", "7d"]': 'over=["1d", "7d", "30d"]'},
        {'["price_above", "spent_1d", "last_amount", "age"]': '["price_above", "last_amount"]'},
        {'"age"]': '"age", "spent_7d"]'},
        {"    price: float\n": "    price: float\n    shop: str = ''\n"},
        {"def price_share(price: pd.Series, spent": "def price_share(*, price: pd.Series, spent"}
        | {"def unused": "def unused"},
    ][:5],
)
def test_what_no_model_sees(take: Take, edit: dict[str, str]) -> None:
    assert breaches(take(), take(edit), "buys") == ()


def test_a_function_that_nobody_takes_may_change(take: Take) -> None:
    more = "\n\ndef unused(price: pd.Series) -> pd.Series:\n    return price\n"
    assert (
        breaches(take(more=more), take({"return price\n": "return -price\n"}, more=more), "buys")
        == ()
    )


def test_what_is_hidden_by_a_field_may_change(take: Take) -> None:
    """The request carries `price`; a function of the name is for others."""
    more = "\n\ndef price(age: pd.Series) -> pd.Series:\n    return age\n"
    old, new = take(more=more), take({"return age\n": "return -age\n"}, more=more)
    assert old.functions["price_share"].meaning != new.functions["price_share"].meaning
    assert breaches(old, new, "buys") == ()


def test_what_is_carried_and_what_is_computed(take: Take) -> None:
    more = "\n\ndef price(age: pd.Series) -> pd.Series:\n    return age\n"
    new = take({"    price: float\n": ""}, more=more)
    [breach] = breaches(take(more=more), new, "buys")
    assert breach.name == "price"
    assert breach.reasons == ("carried by the request -> computed",)
    assert breach.digits == new.functions["price"].meaning
    assert breach.features == ("price_above",)


def test_a_function_that_takes_the_place_of_a_column(take: Take) -> None:
    columns = {"user_id": "int64", "discounted": "double", "amount": "double", "at": "x"}
    old = take(schemas={"orders": columns, "profiles": {"user_id": "int64", "age": "int64"}})
    [breach] = breaches(old, take(), "buys")
    assert breach.reasons == ("a column of orders -> computed",)
    assert breach.features == ("price_above", "spent_1d")


def test_an_optional_input_that_comes(take: Take) -> None:
    optional = {
        "price_mean(price: pd.Series)": "price_mean(price: pd.Series, bonus: pd.Series = None)"
    }
    more = "\n\ndef bonus(price: pd.Series) -> pd.Series:\n    return price\n"
    [breach] = breaches(take(optional), take(optional, more=more), "buys")
    assert (breach.name, breach.reasons) == ("bonus", ("absent -> computed",))


def test_the_definition_of_a_source_that_is_looked_up(take: Take) -> None:
    edit = {'timestamp="at", key=user': 'timestamp="at", key=user, delay="1d"'}
    [breach] = breaches(take(), take(edit), "buys")
    assert breach.name == "age"
    assert breach.reasons == ("source profiles: delay none -> 1d",)
    assert breach.features == ("age",)
    [another] = breaches(take(), take({**edit, '"1d")': '"2d")'}), "buys")
    assert breach.digits != another.digits


PRICE = "    price: float\n"
PLAIN = "    user_id: int\n"
CHECKED = """
    @pydantic.{kind}_validator({arguments})
    @classmethod
    def checked(cls, value):
        return {made}
"""
OPTIONAL = "    price: float = 1.0\n"


def checked(kind: str, arguments: str, made: str = "value") -> dict[str, str]:
    return {PRICE: PRICE + CHECKED.format(kind=kind, arguments=arguments, made=made)}


@pytest.mark.parametrize(
    ("before", "after", "broken"),
    [
        ({PRICE: OPTIONAL}, {PRICE: "    price: float = 2.0\n"}, {"price": "default 1.0 -> 2.0"}),
        ({}, {PRICE: "    price: int\n"}, {"price": "double -> int64"}),
        ({}, {PLAIN: "    user_id: str\n"}, {"user_id": "int64 -> string"}),
        ({}, checked("field", "'price'"), {"price": "its validators"}),
        (
            checked("field", "'price'"),
            checked("field", "'price'", "abs(value)"),
            {"price": "its validators"},
        ),
        ({}, checked("field", "'user_id'"), {"user_id": "its validators"}),
        (
            {},
            checked("model", "mode='before'"),
            {"price": "its validators", "user_id": "its validators"},
        ),
        (
            {},
            {PRICE: "    price: Annotated[float, pydantic.AfterValidator(abs)] | None\n"},
            {"price": "its validators"},
        ),
        ({}, {PRICE: "    price: float = pydantic.Field(ge=0)\n"}, {}),
        ({}, {PRICE: OPTIONAL}, {}),
        ({}, {PRICE: '    price: float = pydantic.Field(description="In euros.")\n'}, {}),
        (
            {},
            {
                PRICE: PRICE
                + "    shop: str\n"
                + CHECKED.format(kind="field", arguments="'shop'", made="value.lower()")
            },
            {},
        ),
    ],
)
def test_what_a_request_carries(
    take: Take, before: dict[str, str], after: dict[str, str], broken: dict[str, str]
) -> None:
    """A type, a default and a validator make another value; a constraint refuses one."""
    typed = {"import pydantic\n": "import pydantic\nfrom typing import Annotated\n"}
    found = breaches(take(typed | before), take(typed | after), "buys")
    assert {breach.name: "; ".join(breach.reasons) for breach in found} == broken
    assert breaches(take(typed | after), take(typed | after), "buys") == ()


def test_a_join_key_is_part_of_what_is_looked_up_by_it(take: Take) -> None:
    [breach] = breaches(take(), take({PLAIN: "    user_id: str\n"}), "buys")
    assert breach.features == ALL


@pytest.mark.parametrize(
    ("source", "column", "features"),
    [
        ("orders", "amount", ("price_above", "spent_1d", "last_amount")),
        ("profiles", "age", ("age",)),
    ],
)
def test_a_column_of_another_type(
    take: Take, source: str, column: str, features: tuple[str, ...]
) -> None:
    old = take()
    columns = {**old.sources[source].columns, column: "decimal128(9, 2)"}
    sources = {**old.sources, source: replace(old.sources[source], columns=columns)}
    [breach] = breaches(old, replace(old, sources=sources), "buys")
    assert breach.name == column
    assert breach.reasons[0].startswith(f"column of {source} ")
    assert breach.features == features


def test_the_join_keys_of_what_is_looked_up(take: Take) -> None:
    new = take({'Entity("user", "user_id")': 'Entity("user", ["user_id", "price"])'})
    reasons = {breach.name: breach.reasons for breach in breaches(take(), new, "buys")}
    assert reasons["age"] == ("entity user: join keys user_id -> user_id, price",)


def test_one_name_at_two_places_is_one_breach(take: Take) -> None:
    """Its digits don't depend on the order of the places."""
    columns = {"user_id": "int64", "price": "double", "amount": "double", "at": "x"}
    both = {
        "def discounted(amount: pd.Series)": "def discounted(amount: pd.Series, price: pd.Series)"
    }
    old = take(both, schemas={**_schemas(take()), "orders": columns})
    new = take(
        {**both, PRICE: "    price: int\n"},
        schemas={**_schemas(take()), "orders": {**columns, "price": "int64"}},
    )
    [breach] = breaches(old, new, "buys")
    assert breach.reasons == ("double -> int64", "column of orders double -> int64")
    assert breach.features == ("price_above", "spent_1d")


def _schemas(snapshot: Snapshot) -> dict[str, dict[str, str]]:
    return {name: dict(source.columns) for name, source in snapshot.sources.items()}


def test_data_that_isnt_there_is_no_change(take: Take) -> None:
    """As in CI: the raw column `age` can't be looked up where nobody knows of it."""
    old, new = take(), take(schemas={})
    assert new.services["buys"].origins == {}
    assert breaches(old, new, "buys") == ()
    assert [
        b.name for b in breaches(old, take({"RATE = 0.9": "RATE = 1"}, schemas={}), "buys")
    ] == ["discounted"]


def test_versions_stand_for_all_that_changed_with_them(take: Take) -> None:
    new = take({"price.mean()": "price.median()"})
    functions = {
        name: replace(one, own=f"other {one.own}", meaning=f"other {one.meaning}")
        for name, one in new.functions.items()
    }
    versions = (*new.versions[:-1], "pyarrow 99")
    found = breaches(take(), replace(new, functions=functions, versions=versions), "buys")
    assert [one.name for one in found] == [VERSIONS, "price_mean"]
    assert found[0].features == ALL
    assert found[0].reasons[0].startswith("pyarrow ")
