"""What services and views of a snapshot need, on both sides of the boundary."""

from __future__ import annotations

from collections.abc import Callable

from onedag.snapshots import Snapshot
from onedag.snapshots.uses import REQUEST, Use, needed_by, readers, services_of, views_of

Take = Callable[..., Snapshot]


def test_all_that_a_service_needs(take: Take) -> None:
    uses = needed_by(take(), "buys")
    assert uses[REQUEST, "price"] == Use("request", False)
    assert uses[REQUEST, "user_id"] == Use("request", False)
    by_user = ((REQUEST, "user_id"),)
    assert uses[REQUEST, "age"] == Use("store", False, "profiles", by_user)
    assert uses[REQUEST, "price_mean"] == Use("fitted", True, needs=((REQUEST, "price"),))
    assert uses[REQUEST, "spent_7d"] == Use(
        "store", True, needs=(("orders", "discounted"), *by_user)
    )
    assert uses["orders", "discounted"] == Use("computed", True, needs=(("orders", "amount"),))
    assert uses["orders", "amount"] == Use("column", False)


def test_a_column_hides_the_function_of_its_name(take: Take) -> None:
    columns = {"user_id": "int64", "amount": "double", "discounted": "double", "at": "x"}
    profiles = {"user_id": "int64", "age": "int64"}
    snapshot = take(schemas={"orders": columns, "profiles": profiles})
    assert needed_by(snapshot, "buys")["orders", "discounted"] == Use("column", False)
    assert services_of(snapshot)["discounted"] == frozenset()
    assert views_of(snapshot)["discounted"] == frozenset()


def test_what_functions_are_part_of(take: Take) -> None:
    snapshot = take(more="\n\ndef unused(price: pd.Series) -> pd.Series:\n    return price\n")
    services, views = services_of(snapshot), views_of(snapshot)
    assert services["discounted"] == services["price_mean"] == frozenset({"buys"})
    assert services["unused"] == frozenset()
    assert views["discounted"] == views["spent_1d"] == frozenset({"user_orders"})
    assert views["price_share"] == frozenset()


def test_an_optional_input_that_isnt_there(take: Take) -> None:
    optional = {
        "price_mean(price: pd.Series)": "price_mean(price: pd.Series, bonus: pd.Series = None)"
    }
    uses = needed_by(take(optional), "buys")
    assert uses[REQUEST, "bonus"] == Use("nothing", False)


def test_a_view_that_looks_features_up_in_another(take: Take) -> None:
    older = {
        "def discounted(amount: pd.Series)": "def discounted(amount: pd.Series, age: pd.Series)",
        "amount * RATE": "amount * RATE / age",
    }
    uses = needed_by(take(older), "buys")
    by_user = (("orders", "user_id"),)
    assert uses["orders", "age"] == Use("store", False, "profiles", by_user)


def test_a_column_that_only_rows_of_another_source_look_up(take: Take) -> None:
    older = {
        "def discounted(amount: pd.Series)": "def discounted(amount: pd.Series, age: pd.Series)",
        "amount * RATE": "amount * RATE / age",
        '"last_amount", "age"': '"last_amount"',
    }
    snapshot = take(older)
    assert "age" not in snapshot.services["buys"].features
    by_user = (("orders", "user_id"),)
    uses = needed_by(snapshot, "buys")
    assert uses["orders", "age"] == Use("store", False, "profiles", by_user)
    assert readers(snapshot, "profiles", "age") == frozenset({"discounted"})
