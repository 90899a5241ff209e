from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from onedag import Project
from onedag.errors import InvalidDefinition, MissingInput, SourceError, UnknownName
from onedag.planner import Cut, declared_views, plan, plan_view, wanted_inputs

MakePlanner = Callable[[str], Any]
MakeModule = Callable[..., ModuleType]

ABOVE = """
def is_big(amount: pd.Series, limit: float = 100.0) -> pd.Series: ...

@aggregate(orders, by=user, over="1d")
def big_share(is_big: pd.Series) -> float: ...

@aggregate(orders, by=user, over="1d")
def adult_share(is_adult: pd.Series) -> float: ...

def is_adult(age: pd.Series) -> pd.Series: ...

@latest(orders, by=user)
def order_weekday(event_timestamp: pd.Series, amount: pd.Series) -> pd.Series: ...

@latest(profiles, by=user)
def spent_when_changed(big_share_1d: pd.Series) -> pd.Series: ...

def mean_amount(amount: pd.Series) -> float: ...

def centred(amount: pd.Series, mean_amount: float) -> pd.Series: ...

@aggregate(orders, by=user, over="7d")
def centred_mean(centred: pd.Series) -> float: ...
"""


@pytest.fixture
def above(make_module: MakeModule) -> Callable[[str], Cut]:
    """The plan of the rows of the source of one stored feature."""

    def make(feature: str, source: str = ABOVE) -> Cut:
        project = Project(make_module(source, preamble=True))
        view = next(
            view.only([feature])
            for view in declared_views(project.graph).values()
            if feature in {f.name for f in view.features}
        )
        return plan_view(view, project)

    return make


Above = Callable[..., Cut]


def test_an_aggregate_of_a_mapped_column(above: Above) -> None:
    cut = above("big_share_1d")
    assert {name: o.value for name, o in cut.origins.items()} == {
        "amount": "request",
        "is_big": "computed",
    }
    assert [step.name for step in cut.steps] == ["is_big"]
    assert cut.given == ("amount",)


def test_a_source_s_rows_may_need_a_column_of_another_source(above: Above) -> None:
    cut = above("adult_share_1d")
    assert [(view.name, view.features[0].name) for view in cut.views] == [("user_profiles", "age")]
    assert [step.name for step in cut.steps] == ["is_adult"]
    assert cut.given == ("user_id",)


def test_a_source_s_rows_may_need_a_stored_feature_of_another_view(above: Above) -> None:
    cut = above("spent_when_changed")
    assert [(view.name, view.features[0].name) for view in cut.views] == [
        ("user_orders", "big_share_1d")
    ]
    assert cut.origins["big_share_1d"].value == "store"
    assert cut.given == ("user_id",)


def test_a_source_s_row_has_a_time(above: Above) -> None:
    assert above("order_weekday").given == ("event_timestamp", "amount")


def test_a_fitted_value_is_refused_in_a_source_s_rows(above: Above) -> None:
    with pytest.raises(MissingInput) as caught:
        above("centred_mean_7d")
    assert str(caught.value) == (
        "'centred' needs the fitted value 'mean_amount' for the rows of source 'orders'. A fitted "
        "value belongs to a training run, and what is stored serves every run: compute it below "
        "the boundary instead."
    )


def test_a_source_s_own_column_wins_over_a_function_of_its_name(above: Above) -> None:
    cut = above(
        "total",
        """
        def amount(price: pd.Series) -> pd.Series: ...

        @aggregate(orders, by=user)
        def total(amount: pd.Series) -> float: ...
        """,
    )
    assert {name: o.value for name, o in cut.origins.items()} == {"amount": "request"}


def test_a_source_is_not_looked_up_in_for_its_own_rows(above: Above) -> None:
    with pytest.raises(MissingInput, match=r"^source 'profiles' asks for 'nowhere', and nothing"):
        above(
            "newest",
            "@latest(profiles, by=user)\ndef newest(nowhere: pd.Series) -> pd.Series: ...",
        )


def test_a_source_without_the_join_key(above: Above) -> None:
    with pytest.raises(SourceError) as caught:
        above(
            "total",
            """
            @aggregate(orders, by=Entity("shop", ["shop_id", "user_id"]))
            def total(amount: pd.Series) -> float: ...
            """,
        )
    assert str(caught.value) == (
        "Source 'orders' has no column 'shop_id', a join key of 'shop_orders'. It has amount, at, "
        "user_id."
    )


def test_columns_of_a_file_are_taken_on_trust_and_optional_ones_are_not(above: Above) -> None:
    cut = above(
        "total_1d",
        """
        files = Source("files", "f.parquet", "at")

        def big(size: pd.Series, unit: pd.Series = None) -> pd.Series: ...

        @aggregate(files, by=user, over="1d")
        def total(big: pd.Series, event_timestamp: pd.Series) -> float: ...
        """,
    )
    assert {name: o.value for name, o in cut.origins.items()} == {
        "size": "request",
        "big": "computed",
        "event_timestamp": "request",
    }


def test_wanted_inputs_are_named_once(make_module: MakeModule) -> None:
    project = Project(make_module(ABOVE, preamble=True))
    views = declared_views(project.graph)
    assert wanted_inputs(views["user_orders"]) == (
        "is_adult",
        "is_big",
        "centred",
        "event_timestamp",
        "amount",
    )


def test_the_same_function_on_both_sides_of_the_boundary(planner: MakePlanner) -> None:
    make = planner(
        """
        def is_big(amount: pd.Series) -> pd.Series: ...

        @aggregate(orders, by=user, over="1d")
        def big_share(is_big: pd.Series) -> float: ...
        """
    )
    planned = make("big_share_1d", "is_big", request={"user_id": int, "amount": float})
    view = planned.serving.views[0]
    inner = plan_view(view, make.project)
    assert planned.serving.steps == inner.steps == (make.project.graph["is_big"],)


def test_a_service_by_name_and_an_unknown_one(make_module: MakeModule) -> None:
    module = make_module(
        """
        class Request(pydantic.BaseModel):
            user_id: int

        buys = FeatureService("buys", ["age"], Request)
        """,
        preamble=True,
    )
    project = Project(module)
    assert plan("buys", project).service is module.buys
    assert plan("buys", project) == plan(module.buys, project)
    with pytest.raises(UnknownName, match=r"No service is named 'bys'\. Did you mean 'buys'"):
        plan("bys", project)


def test_an_unknown_feature_offers_its_windows(planner: MakePlanner) -> None:
    make = planner(
        "@aggregate(orders, by=user, over=['1d', '7d'])\ndef total(amount: pd.Series) -> float: ..."
    )
    with pytest.raises(UnknownName) as caught:
        make("total", request={"user_id": int})
    assert str(caught.value) == (
        "Service 's': No feature is named 'total'. Did you mean 'total_7d'? Available: total_1d, "
        "total_7d, user_id. Its windows are total_1d, total_7d."
    )


def test_an_unknown_feature_offers_the_nearest(planner: MakePlanner) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'is_adult'"):
        planner("def is_adult(age: pd.Series) -> pd.Series: ...")("is_adlt", request={"age": int})


def test_a_fitted_value_is_no_feature(planner: MakePlanner) -> None:
    make = planner("def age_mean(age: pd.Series) -> float: ...")
    with pytest.raises(InvalidDefinition) as caught:
        make("age_mean", request={"age": int})
    assert str(caught.value) == (
        "Service 's': 'age_mean' is a fitted value, one for the whole training frame. A feature "
        "is a column: use a row function that takes 'age_mean'."
    )
    carried = make("age_mean", request={"age_mean": float})
    assert carried.features["age_mean"].value == "request"


def test_a_table_is_no_feature_and_its_columns_are(planner: MakePlanner) -> None:
    make = planner(
        """
        from hamilton.function_modifiers import extract_columns

        @extract_columns("low", "high")
        def parts(x: pd.Series) -> pd.DataFrame: ...
        """
    )
    with pytest.raises(InvalidDefinition, match=r"'parts' returns a table.*@extract_columns"):
        make("parts", request={"x": float})
    assert [s.name for s in make("high", "low", request={"x": float}).serving.steps] == [
        "parts",
        "high",
        "low",
    ]


def test_looked_up_columns_plan_the_same_without_a_file(planner: MakePlanner) -> None:
    make = planner(
        """
        accounts = Source("accounts", "a.parquet", "at", key=Entity("account", "account_id"))
        def is_old(opened: pd.Series) -> pd.Series: ...

        @latest(accounts, by=user)
        def plan_name(plan: pd.Series) -> pd.Series: ...
        """
    )
    columns = {"accounts": ["account_id", "user_id", "opened", "plan", "at"]}
    request = {"account_id": int, "user_id": int}
    first = make("is_old", "plan_name", "age", request=request, columns=columns)
    assert first.looked_up_columns() == {"accounts": ("opened",), "profiles": ("age",)}
    again = make("is_old", "plan_name", "age", request=request, columns=first.looked_up_columns())
    assert again.serving == first.serving
    with pytest.raises(MissingInput, match="The columns of accounts aren't known here"):
        make("is_old", request=request)


def test_columns_that_are_passed_count_more_than_a_table_in_memory(planner: MakePlanner) -> None:
    with pytest.raises(UnknownName):
        planner("")("age", request={"user_id": int}, columns={"profiles": ["user_id", "at"]})
