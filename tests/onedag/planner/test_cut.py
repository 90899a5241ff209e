from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from onedag import Plan, Source
from onedag.errors import AmbiguousInput, InvalidDefinition, MissingInput
from onedag.modifiers import Latest
from onedag.planner import Cut, Origin, StoredFeature, plan_view
from onedag.planner.views import view_of

MakePlanner = Callable[[str], Callable[..., Plan]]

FUNCTIONS = """
def is_big(amount: pd.Series) -> pd.Series: ...

@aggregate(orders, by=user, over=["1d", "7d"])
def big_share(is_big: pd.Series) -> float: ...

@latest(orders, by=user)
def last_amount(amount: pd.Series) -> pd.Series: ...

def mean_amount(amount: pd.Series) -> float: ...

def centred(amount: pd.Series, mean_amount: float) -> pd.Series: ...

def trend(big_share_1d: pd.Series, big_share_7d: pd.Series) -> pd.Series: ...
"""


def origins(cut: Cut) -> dict[str, str]:
    return {name: origin.value for name, origin in cut.origins.items()}


def steps(cut: Cut) -> list[str]:
    return [step.name for step in cut.steps]


def stored(cut: Cut) -> dict[str, list[str]]:
    return {view.name: [feature.name for feature in view.features] for view in cut.views}


@pytest.mark.parametrize("name", ["is_big", "big_share_1d", "last_amount", "trend", "plain_field"])
def test_a_field_of_the_request_wins_over_all(planner: MakePlanner, name: str) -> None:
    serving = planner(FUNCTIONS)(name, request={name: float}).serving
    assert origins(serving) == {name: "request"}
    assert (serving.given, serving.views, serving.steps) == ((name,), (), ())


def test_a_field_wins_over_a_fitted_value_in_training_too(planner: MakePlanner) -> None:
    plan = planner(FUNCTIONS)("centred", request={"amount": float, "mean_amount": float})
    for cut in (plan.training, plan.serving):
        assert cut.origins["mean_amount"] is Origin.REQUEST
        assert steps(cut) == ["centred"]
    assert plan.fitted == ()


def test_a_field_in_the_middle_cuts_what_lies_behind_it(planner: MakePlanner) -> None:
    serving = planner(FUNCTIONS)("trend", request={"user_id": int, "big_share_1d": float}).serving
    assert origins(serving) == {
        "big_share_1d": "request",
        "big_share_7d": "store",
        "trend": "computed",
    }
    assert stored(serving) == {"user_orders": ["big_share_7d"]}
    assert serving.given == ("big_share_1d", "user_id")


def test_stored_features_are_one_read_however_many(planner: MakePlanner) -> None:
    serving = planner(FUNCTIONS)("trend", "last_amount", request={"user_id": int}).serving
    assert stored(serving) == {"user_orders": ["big_share_1d", "big_share_7d", "last_amount"]}
    assert serving.given == ("user_id",)
    assert steps(serving) == ["trend"]


def test_fitted_values_are_computed_in_training_and_pinned_in_serving(planner: MakePlanner) -> None:
    plan = planner(FUNCTIONS)("centred", request={"amount": float})
    assert origins(plan.training) == origins(plan.serving)
    assert plan.training.origins["mean_amount"] is Origin.FITTED
    assert steps(plan.training) == ["mean_amount", "centred"]
    assert steps(plan.serving) == ["centred"]


def test_fitted_values_of_fitted_values_and_of_nothing(planner: MakePlanner) -> None:
    plan = planner(
        """
        def offset() -> float: ...
        def mean(amount: pd.Series, offset: float) -> float: ...
        def spread(amount: pd.Series, mean: float) -> float: ...
        def scaled(amount: pd.Series, mean: float, spread: float) -> pd.Series: ...
        """
    )("scaled", request={"amount": float})
    assert [node.name for node in plan.fitted] == ["offset", "mean", "spread"]
    assert steps(plan.training) == ["offset", "mean", "spread", "scaled"]
    # What only a fitted value needs isn't needed to serve.
    assert origins(plan.serving) == {
        "amount": "request",
        "mean": "fitted",
        "spread": "fitted",
        "scaled": "computed",
    }


def test_single_values_of_a_row_are_computed_and_those_of_fitted_values_fitted(
    planner: MakePlanner,
) -> None:
    plan = planner(
        """
        def mean(amount: float) -> float: ...
        def level(mean: pd.Series) -> float: ...
        def twice(level: float) -> float: ...
        def above(mean: float, age: int, twice: float) -> bool: ...
        def label(above: bool, big_share: float) -> str: ...

        @aggregate(orders, by=user)
        def big_share(is_big: pd.Series) -> float: ...
        def is_big(amount: float) -> bool: ...
        """
    )("label", request={"user_id": int, "amount": float})
    assert origins(plan.serving) == {
        "amount": "request",
        "mean": "computed",
        "age": "store",
        "twice": "fitted",
        "above": "computed",
        "big_share": "store",
        "label": "computed",
    }
    assert steps(plan.training) == ["mean", "level", "twice", "above", "label"]
    assert stored(plan.serving) == {"user_profiles": ["age"], "user_orders": ["big_share"]}


def test_what_only_a_fitted_value_needs_is_looked_up_in_training_alone(
    planner: MakePlanner,
) -> None:
    plan = planner(
        """
        def age_mean(age: pd.Series) -> float: ...
        def above(years: pd.Series, age_mean: float) -> pd.Series: ...
        """
    )("above", request={"user_id": int, "years": float})
    assert stored(plan.training) == {"user_profiles": ["age"]}
    assert stored(plan.serving) == {}
    assert plan.serving.given == ("years",)
    assert plan.training.given == ("years", "user_id")


def test_one_module_serves_a_request_of_raw_data_and_one_of_a_key(planner: MakePlanner) -> None:
    make = planner("def is_adult(age: pd.Series) -> pd.Series: ...")
    raw = make("is_adult", "age", request={"age": int}).serving
    keyed = make("is_adult", "age", request={"user_id": int}).serving
    assert origins(raw) == {"age": "request", "is_adult": "computed"}
    assert origins(keyed) == {"age": "store", "is_adult": "computed"}
    assert stored(keyed) == {"user_profiles": ["age"]}
    assert keyed.views[0].features[0].node is None
    assert steps(raw) == steps(keyed) == ["is_adult"]


def test_a_function_wins_over_a_column_of_its_name(planner: MakePlanner) -> None:
    make = planner("def age(birth_year: pd.Series) -> pd.Series: ...")
    assert origins(make("age", request={"birth_year": int, "user_id": int}).serving) == {
        "birth_year": "request",
        "age": "computed",
    }


def test_a_source_without_a_key_is_never_looked_up_by_column(planner: MakePlanner) -> None:
    with pytest.raises(MissingInput) as caught:
        planner("")("amount", request={"user_id": int})
    assert str(caught.value) == (
        "service 's' asks for 'amount', and nothing provides it. Service 's' carries user_id. "
        "Source 'orders' has that column and no key= to find it by. "
        "Otherwise write a function 'amount', or add a field of that name."
    )


def test_two_sources_with_the_column_are_an_error_and_not_a_guess(planner: MakePlanner) -> None:
    make = planner(
        """
        team = Entity("team", "team_id")
        teams = Source("teams", "teams.parquet", "at", key=team)
        def is_adult(age: pd.Series) -> pd.Series: ...
        """
    )
    columns = {"teams": ["team_id", "age", "at"]}
    with pytest.raises(AmbiguousInput) as caught:
        make("is_adult", request={"user_id": int, "team_id": int}, columns=columns)
    assert str(caught.value) == (
        "In service 's', feature 'is_adult' needs 'age', and more than one source has a column of "
        "that name for an entity that is identified: 'profiles' (by 'user'), 'teams' (by 'team'). "
        "Rename the column in all but one of them with columns={'age': …}, or carry it in the "
        "request."
    )
    # One of them alone is identified: that one.
    teams = make("is_adult", request={"team_id": int}, columns=columns).serving
    assert stored(teams) == {"team_teams": ["age"]}


def test_a_missing_input_names_feature_chain_and_where_it_could_come_from(
    planner: MakePlanner,
) -> None:
    make = planner(
        """
        devices = Source("devices", "devices.parquet", "at", key=Entity("device", ["d1", "d2"]))
        def b(age: pd.Series) -> pd.Series: ...
        def a(b: pd.Series) -> pd.Series: ...
        def top(a: pd.Series) -> pd.Series: ...
        """
    )
    with pytest.raises(MissingInput) as caught:
        make("top", request={"page": float})
    assert str(caught.value) == (
        "In service 's', feature 'top' needs (through 'a' -> 'b') 'age', and nothing provides it. "
        "Service 's' carries page. Source 'profiles' has it: carry 'user' ('user_id') too. The "
        "columns of devices aren't known here: plan through a driver, or pass columns=. Otherwise "
        "write a function 'age', or add a field of that name. Did you mean 'page'?"
    )
    with pytest.raises(MissingInput, match=r"^In service 's', feature 'b' needs 'age', and"):
        make("b", request={"other": float})


def test_a_join_key_that_the_request_lacks(planner: MakePlanner) -> None:
    with pytest.raises(MissingInput) as caught:
        planner(FUNCTIONS)("last_amount", request={"amount": float})
    assert str(caught.value) == (
        "service 's' needs the stored feature 'last_amount', which is kept by 'user', and doesn't "
        "carry its join key 'user_id'. It carries amount: add the join key to it."
    )


def test_all_join_keys_of_an_entity_are_needed(planner: MakePlanner) -> None:
    make = planner(
        """
        @latest(orders, by=Entity("route", ["origin", "dest"]))
        def last_amount(amount: pd.Series) -> pd.Series: ...
        """
    )
    with pytest.raises(MissingInput, match="join key 'dest'"):
        make("last_amount", request={"origin": str})
    serving = make("last_amount", request={"dest": str, "origin": str}).serving
    assert serving.given == ("origin", "dest")


def test_a_join_key_is_carried_and_never_computed(planner: MakePlanner) -> None:
    make = planner(FUNCTIONS + "\ndef user_id(account: pd.Series) -> pd.Series: ...")
    with pytest.raises(MissingInput, match="doesn't carry its join key 'user_id'"):
        make("last_amount", request={"account": str})
    serving = make("last_amount", "user_id", request={"user_id": int}).serving
    assert origins(serving) == {"last_amount": "store", "user_id": "request"}


def test_a_feature_of_everything_needs_no_key(planner: MakePlanner) -> None:
    serving = planner(
        "@aggregate(orders, by=None, over='1d')\ndef total(amount: pd.Series) -> float: ..."
    )("total_1d", request={"anything": float}).serving
    assert serving.given == ()
    assert stored(serving) == {"everything_orders": ["total_1d"]}
    assert serving.views[0].join_keys == ()


def test_an_optional_input_that_nothing_provides_is_left_out(planner: MakePlanner) -> None:
    make = planner(
        """
        def f(x: pd.Series, bonus: pd.Series = None, factor: float = 2.0) -> pd.Series: ...
        """
    )
    assert origins(make("f", request={"x": float}).serving) == {"x": "request", "f": "computed"}
    given = make("f", request={"x": float, "bonus": float}).serving
    assert origins(given) == {"x": "request", "bonus": "request", "f": "computed"}


@pytest.mark.parametrize(
    ("definition", "origin"),
    [
        ("def age(x: pd.Series) -> pd.Series: ...", "computed"),
        ("@latest(orders, by=user)\ndef age(amount: pd.Series) -> pd.Series: ...", "store"),
        ("", "store"),
    ],
)
def test_an_optional_input_that_something_provides_is_taken(
    planner: MakePlanner, definition: str, origin: str
) -> None:
    make = planner(f"{definition}\ndef f(x: pd.Series, age: pd.Series = None) -> pd.Series: ...")
    serving = make("f", request={"x": float, "user_id": int}).serving
    assert serving.origins["age"].value == origin


def test_the_row_s_time_is_always_there(planner: MakePlanner) -> None:
    make = planner("def weekday(event_timestamp: pd.Series) -> pd.Series: ...")
    serving = make("weekday", "event_timestamp", request={"x": float}).serving
    assert origins(serving) == {"event_timestamp": "request", "weekday": "computed"}
    assert serving.given == ("event_timestamp",)


def test_features_may_be_fields_and_columns_as_they_are(planner: MakePlanner) -> None:
    plan = planner("")("user_id", "age", "x", request={"x": float, "user_id": int})
    assert {name: origin.value for name, origin in plan.features.items()} == {
        "user_id": "request",
        "age": "store",
        "x": "request",
    }


def test_steps_come_after_what_they_need_and_once(planner: MakePlanner) -> None:
    serving = planner(
        """
        def d(b: pd.Series, c: pd.Series) -> pd.Series: ...
        def c(a: pd.Series, b: pd.Series) -> pd.Series: ...
        def b(a: pd.Series) -> pd.Series: ...
        def a(x: pd.Series) -> pd.Series: ...
        def unused(x: pd.Series, y: pd.Series) -> pd.Series: ...
        """
    )("d", "a", request={"x": float}).serving
    assert steps(serving) == ["a", "b", "c", "d"]
    assert list(serving.origins) == ["x", "a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("functions", "message"),
    [
        ("def f() -> pd.Series: ...", "returns a column and takes nothing, so it can't know how"),
        (
            "def mean(x: pd.Series) -> float: ...\ndef f(mean: float) -> pd.Series: ...",
            "returns a column and takes only the fitted 'mean'",
        ),
        (
            "from hamilton.function_modifiers import extract_fields\n"
            "@extract_fields({'f': pd.Series})\n"
            "def parts(x: pd.Series) -> dict: ...",
            "takes only the fitted 'parts'.*several columns is a pd.DataFrame, not a dict",
        ),
        ("def f(y: pd.Series = None) -> pd.Series: ...", "returns a column and takes nothing"),
    ],
)
def test_a_column_is_computed_from_a_column(
    planner: MakePlanner, functions: str, message: str
) -> None:
    make = planner(functions)
    with pytest.raises(InvalidDefinition, match=f"^Function 'f' of made_module_0 .*{message}"):
        make("f", request={"x": float})
    assert origins(make("f", request={"f": float}).serving) == {"f": "request"}


def test_a_chain_longer_than_the_stack(planner: MakePlanner) -> None:
    links = ["def f0(x: pd.Series) -> pd.Series: ..."]
    links += [f"def f{i}(f{i - 1}: pd.Series) -> pd.Series: ..." for i in range(1, 3000)]
    make = planner("\n".join(links))
    assert len(make("f2999", request={"x": float}).serving.steps) == 3000
    with pytest.raises(
        MissingInput, match=r"feature 'f2999' needs .* 'x', and nothing provides it"
    ):
        make("f2999", request={"y": float})


def test_an_entity_may_be_named_as_a_feature(planner: MakePlanner) -> None:
    make = planner("def user(x: pd.Series) -> pd.Series: ...")
    assert origins(make("user", request={"x": float}).serving) == {
        "x": "request",
        "user": "computed",
    }


def test_a_node_of_another_decorator_may_have_a_dot(planner: MakePlanner) -> None:
    plan: Any = planner(
        """
        from hamilton.function_modifiers import pipe_input, step
        def _twice(x: pd.Series) -> pd.Series: return x * 2

        @pipe_input(step(_twice))
        def f(x: pd.Series) -> pd.Series: return x
        """
    )("f", request={"x": float})
    assert steps(plan.serving) == ["f.with_twice", "f"]


def test_a_source_is_looked_up_in_by_all_of_its_keys_or_not_at_all(planner: MakePlanner) -> None:
    make = planner(
        "seats = Source('seats', 's.parquet', 'at', key=Entity('seat', ['row', 'letter']))"
    )
    columns = {"seats": ["row", "letter", "price", "at"]}
    with pytest.raises(MissingInput, match=r"Source 'seats' has it: carry 'seat' \('row', "):
        make("price", request={"row": int}, columns=columns)
    serving = make("price", request={"letter": str, "row": int}, columns=columns).serving
    assert serving.given == ("row", "letter")


def test_many_ways_to_one_input_are_walked_once(planner: MakePlanner) -> None:
    rungs = ["def f0(x: pd.Series) -> pd.Series: ..."]
    rungs += [
        f"def g{i}(f{i - 1}: pd.Series) -> pd.Series: ...\n"
        f"def f{i}(f{i - 1}: pd.Series, g{i}: pd.Series) -> pd.Series: ..."
        for i in range(1, 50)
    ]
    make = planner("\n".join(rungs))
    assert len(make("f49", request={"x": float}).serving.steps) == 99
    assert len(steps_above(make)) == 99


def steps_above(make: Callable[..., Plan]) -> list[str]:
    """The steps above the boundary, of a source whose columns aren't known."""
    project = make.project  # type: ignore[attr-defined]
    source = Source("files", "f.parquet", "at")
    view = view_of(StoredFeature("f49", Latest(source, None), None))
    return steps(plan_view(view, project))
