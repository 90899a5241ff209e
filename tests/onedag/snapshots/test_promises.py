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
    assert breach.digits == new.services["buys"].meaning
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
    new = take(edit)
    assert breaches(take(), new, "buys") == (
        Breach(
            "age", ("source profiles: delay none -> 1d",), new.sources["profiles"].meaning, ("age",)
        ),
    )


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
