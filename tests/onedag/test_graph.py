from __future__ import annotations

import logging
import time
from collections.abc import Callable
from types import ModuleType

import pandas as pd
import pytest
from hamilton import driver

from onedag.errors import CyclicDependency, DuplicateName, InvalidDefinition
from onedag.graph import FunctionGraph, Kind

MakeModule = Callable[..., ModuleType]


@pytest.fixture
def graph_of(make_module: MakeModule) -> Callable[[str], FunctionGraph]:
    def make(source: str) -> FunctionGraph:
        return FunctionGraph.from_modules([make_module(source, preamble=True)])

    return make


GraphOf = Callable[[str], FunctionGraph]


def test_a_module_without_our_decorators(graph_of: GraphOf) -> None:
    graph = graph_of(
        """
        def age_mean(age: pd.Series) -> float:
            '''Mean age.

            Of all rows.'''
            return age.mean()

        def age_scaled(age: pd.Series, age_mean: float, factor: float = 2.0) -> pd.Series:
            return (age - age_mean) * factor
        """
    )
    assert {name: node.kind for name, node in graph.items()} == {
        "age_mean": Kind.FITTED,
        "age_scaled": Kind.ROW,
    }
    node = graph["age_scaled"]
    assert [(p.name, p.required, p.is_column) for p in node.parameters] == [
        ("age", True, True),
        ("age_mean", True, False),
        ("factor", False, False),
    ]
    assert graph["age_mean"].doc.startswith("Mean age.")
    assert graph["age_mean"].definition is None
    assert node.function(age=pd.Series([3.0]), age_mean=1.0).tolist() == [4.0]


@pytest.mark.parametrize(
    ("annotation", "kind"),
    [
        ("pd.Series", Kind.ROW),
        ("np.ndarray", Kind.ROW),
        ("npt.NDArray[np.float64]", Kind.ROW),
        ("pd.DataFrame", Kind.ROW),
        ("Annotated[pd.Series, 'minutes']", Kind.ROW),
        ("float", Kind.FITTED),
        ("dict[str, float]", Kind.FITTED),
        ("float | None", Kind.FITTED),
        ("None", Kind.FITTED),
    ],
)
def test_the_return_annotation_says_the_kind(
    graph_of: GraphOf, annotation: str, kind: Kind
) -> None:
    graph = graph_of(
        f"""
        import numpy as np, numpy.typing as npt
        from typing import Annotated
        def f(x: pd.Series) -> {annotation}: ...
        """
    )
    assert graph["f"].kind is kind


@pytest.mark.parametrize(
    "annotation", ["pd.Series | None", "Optional[pd.Series]", "pd.Series | float"]
)
def test_a_column_or_not_is_neither(graph_of: GraphOf, annotation: str) -> None:
    with pytest.raises(InvalidDefinition, match=r"\.f' returns .*: a column, or one value for all"):
        graph_of(f"from typing import Optional\ndef f(x: pd.Series) -> {annotation}: ...")


def test_two_functions_of_one_name_in_two_modules(make_module: MakeModule) -> None:
    modules = [
        make_module("def f(x: pd.Series) -> pd.Series: ...", name) for name in ("one", "two")
    ]
    with pytest.raises(DuplicateName) as caught:
        FunctionGraph.from_modules(modules)
    assert str(caught.value).startswith("Function 'f' is defined twice: in one.f and in two.f.")


def test_a_window_may_not_take_another_function_s_name(graph_of: GraphOf) -> None:
    with pytest.raises(DuplicateName, match="'share_1d' is defined twice"):
        graph_of(
            """
            @aggregate(orders, by=user, over="1d")
            def share(x: pd.Series) -> float: ...

            def share_1d(x: pd.Series) -> pd.Series: ...
            """
        )


@pytest.mark.parametrize(
    ("functions", "path"),
    [
        ({"a": ["a"]}, "a -> a"),
        ({"a": ["b"], "b": ["a"]}, "a -> b -> a"),
        ({"a": ["x", "b"], "b": ["c"], "c": ["d", "y"], "d": ["b"]}, "b -> c -> d -> b"),
    ],
)
def test_a_cycle_is_shown_and_no_more_than_it(
    graph_of: GraphOf, functions: dict[str, list[str]], path: str
) -> None:
    source = "\n".join(
        f"def {name}({', '.join(f'{i}: pd.Series' for i in inputs)}) -> pd.Series: ..."
        for name, inputs in functions.items()
    )
    with pytest.raises(CyclicDependency) as caught:
        graph_of(source)
    names = path.split(" -> ")[:-1]
    shown = str(caught.value).split(": ")[1].split(". ")[0].split(" -> ")
    turns = [names[i:] + names[:i] for i in range(len(names))]
    assert shown[0] == shown[-1]
    assert shown[:-1] in turns


def test_a_cycle_through_the_store_is_a_cycle(graph_of: GraphOf) -> None:
    with pytest.raises(CyclicDependency, match="share_1d"):
        graph_of(
            """
            @aggregate(orders, by=user, over="1d")
            def share(doubled: pd.Series) -> float: ...

            def doubled(share_1d: pd.Series) -> pd.Series: ...
            """
        )


def test_a_diamond_is_no_cycle(graph_of: GraphOf) -> None:
    graph = graph_of(
        """
        def a(x: pd.Series) -> pd.Series: ...
        def b(a: pd.Series) -> pd.Series: ...
        def c(a: pd.Series) -> pd.Series: ...
        def d(b: pd.Series, c: pd.Series, a: pd.Series) -> pd.Series: ...
        """
    )
    assert list(graph["d"].inputs) == ["b", "c", "a"]


def test_a_chain_longer_than_the_stack(make_module: MakeModule) -> None:
    links = [
        f"def f{i}(f{i - 1}: pd.Series) -> pd.Series: return f{i - 1} + 1" for i in range(1, 3000)
    ]
    module = make_module("\n".join(["def f0(x: pd.Series) -> pd.Series: return x", *links[::-1]]))
    start = time.perf_counter()
    graph = FunctionGraph.from_modules([module])
    assert len(graph) == 3000
    assert time.perf_counter() - start < 5


def test_a_long_cycle(make_module: MakeModule) -> None:
    links = [f"def f{i}(f{(i + 1) % 3000}: pd.Series) -> pd.Series: ..." for i in range(3000)]
    with pytest.raises(CyclicDependency, match="f2998 -> f2999 -> "):
        FunctionGraph.from_modules([make_module("\n".join(links))])


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("def f(x) -> pd.Series: ...", "Function 'f' in made_module_0 .*Missing type hint for x"),
        (
            "def f(x: pd.Series): ...",
            "Function 'f' in made_module_0 .*Missing type hint for return",
        ),
        (
            "def f(x: 'Nowhere') -> pd.Series: ...",
            "Function 'f' in .*name 'Nowhere' is not defined",
        ),
        ("f = lambda x: x", "Function 'f' in made_module_0 is a lambda, which has no annotations"),
        ("async def f(x: pd.Series) -> pd.Series: ...", "Function 'f' in made_module_0 is async"),
        (
            "async def f(x: pd.Series) -> pd.Series:\n    yield x",
            "Function 'f' in made_module_0 is async",
        ),
        ("def f(*x: pd.Series) -> pd.Series: ...", r"Function 'f' in .* has \*args, \*\*kwargs or"),
        (
            "def f(**x: pd.Series) -> pd.Series: ...",
            r"Function 'f' in .* has \*args, \*\*kwargs or",
        ),
        ("def f(x: pd.Series, /) -> pd.Series: ...", r"Function 'f' in .* positional-only"),
    ],
)
def test_functions_that_cannot_be(
    graph_of: GraphOf, function: str, message: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(InvalidDefinition, match=rf"^{message}"):
        graph_of(function)
    assert caplog.text == ""  # Hamilton would log what it also raises


def test_hamilton_s_log_speaks_again_afterwards(graph_of: GraphOf) -> None:
    with pytest.raises(InvalidDefinition):
        graph_of("def f(x) -> pd.Series: ...")
    assert not logging.getLogger("hamilton.function_modifiers.base").disabled


def test_types_that_do_not_fit_are_said_without_hamilton_s_advice(graph_of: GraphOf) -> None:
    with pytest.raises(InvalidDefinition) as caught:
        graph_of(
            """
            def age_mean(age: pd.Series) -> float: ...
            def scaled(age_mean: pd.Series) -> pd.Series: ...
            """
        )
    message = str(caught.value)
    assert "function 'scaled' of made_module_0 takes 'age_mean' as Series" in message
    assert "function 'age_mean' of made_module_0 is one fitted value, float." in message
    assert "Make the annotations agree" in message
    assert "developers" not in message


def test_an_input_wanted_as_two_types(graph_of: GraphOf) -> None:
    with pytest.raises(
        InvalidDefinition, match=r"'x', which comes from outside, and want inc.* column"
    ):
        graph_of(
            """
            def a(x: pd.Series) -> pd.Series: ...
            def b(x: float) -> pd.Series: ...
            """
        )


def test_a_stored_feature_is_a_column_below_the_boundary(graph_of: GraphOf) -> None:
    with pytest.raises(InvalidDefinition, match=r"'share_1d' .* is a stored feature, a column"):
        graph_of(
            """
            @aggregate(orders, by=user, over="1d")
            def share(x: pd.Series) -> float: ...

            def doubled(share_1d: float) -> pd.Series: ...
            """
        )


def test_only_functions_with_public_names_are_features(graph_of: GraphOf) -> None:
    graph = graph_of(
        """
        from math import sqrt
        from json import dumps

        LIMIT = 3
        _half = lambda x: x / 2

        def _helper(x):
            return x

        class Thing:
            def method(self, x: int) -> int:
                return x

            @staticmethod
            def static(x: int) -> int:
                return x

        def feature(x: pd.Series) -> pd.Series:
            def inner(y: int) -> int:
                return y
            return _helper(_half(x))

        alias = feature
        """
    )
    assert list(graph) == ["feature"]


def test_a_function_that_another_module_imports_is_one_function(make_module: MakeModule) -> None:
    package = make_module("", "made_package")
    inner = make_module("def f(x: pd.Series) -> pd.Series: ...", "made_package.inner")
    package.f = inner.f  # type: ignore[attr-defined]
    other = make_module("from made_package.inner import f\ndef g(f: pd.Series) -> pd.Series: ...")
    for modules in ([package, inner, other], [other, inner, package], [inner, package, inner]):
        graph = FunctionGraph.from_modules(modules)
        assert graph["f"].module == "made_package.inner"
        assert set(graph) <= {"f", "g"}


def test_hamilton_s_modifiers_of_row_functions(graph_of: GraphOf) -> None:
    graph = graph_of(
        """
        from hamilton.function_modifiers import (
            config, extract_columns, inject, parameterize, pipe_input, source, step, tag, value
        )

        @parameterize(
            x_plus={"column": source("x"), "by": value(1)},
            y_plus={"column": source("y"), "by": value(2)},
        )
        def plus(column: pd.Series, by: int) -> pd.Series:
            return column + by

        @extract_columns("first", "second")
        def parts(x: pd.Series) -> pd.DataFrame:
            return pd.DataFrame({"first": x, "second": -x})

        @tag(owner="me")
        def tagged(first: pd.Series) -> pd.Series:
            return first

        @config.when_not(region="US")
        def area__metric(x: pd.Series) -> pd.Series:
            return x

        @config.when(region="US")
        def area__imperial(x: pd.Series) -> pd.Series:
            return x

        def _times(x: pd.Series, n: int) -> pd.Series:
            return x * n

        @pipe_input(step(_times, n=2), step(_times, n=5))
        def piped(x: pd.Series) -> pd.Series:
            return x

        @inject(x=source("y"))
        def injected(x: pd.Series) -> pd.Series:
            return x
        """
    )
    assert graph["x_plus"].inputs == ("x",)
    assert graph["y_plus"].function(y=pd.Series([1])).tolist() == [3]
    assert graph["second"].inputs == ("parts",)
    assert {graph[n].kind for n in ("parts", "first", "second")} == {Kind.ROW}
    assert graph["tagged"].tags["owner"] == "me"
    assert graph["area"].code.__name__ == "area__metric" or graph["area"].inputs == ("x",)
    assert graph["piped"].inputs == ("piped.with_times_1",)
    assert graph["injected"].inputs == ("y",)
    assert "plus" not in graph


def test_config_decides_before_a_stored_feature_is_named(graph_of: GraphOf) -> None:
    graph = graph_of(
        """
        from hamilton.function_modifiers import config

        @config.when_not(kind="sum")
        @aggregate(orders, by=user, over="1d")
        def total__mean(amount: pd.Series) -> float:
            return amount.mean()

        @config.when(kind="sum")
        @aggregate(orders, by=user, over="1d")
        def total__sum(amount: pd.Series) -> float:
            return amount.sum()
        """
    )
    assert list(graph) == ["total_1d"]
    assert graph["total_1d"].function(amount=pd.Series([1.0, 3.0])) == 2.0


@pytest.mark.parametrize(
    "decorators",
    [
        "@pipe_output(step(_same))\n@latest(orders, by=user)",
        "@latest(orders, by=user)\n@pipe_output(step(_same))",
    ],
)
def test_a_stored_feature_is_one_function(graph_of: GraphOf, decorators: str) -> None:
    with pytest.raises(
        InvalidDefinition, match=r"'f' in .* has @latest and another decorator.*raw"
    ):
        graph_of(
            "from hamilton.function_modifiers import pipe_output, step\n"
            "def _same(x: pd.Series) -> pd.Series: return x\n"
            f"{decorators}\ndef f(amount: pd.Series) -> pd.Series: return amount"
        )


@pytest.mark.parametrize("stored", ["", "@aggregate(orders, by=user, over=['1d'])"])
def test_validators_are_refused_rather_than_left_out(graph_of: GraphOf, stored: str) -> None:
    returns = "float" if stored else "pd.Series"
    with pytest.raises(InvalidDefinition, match=r"'f' in .* has @check_output"):
        graph_of(
            "from hamilton.function_modifiers import check_output\n"
            f"@check_output(range=(0, 1))\n{stored}\ndef f(x: pd.Series) -> {returns}: ..."
        )


def test_what_a_modifier_raises_is_said_with_the_function(graph_of: GraphOf) -> None:
    with pytest.raises(InvalidDefinition, match=r"^Function 'f' in .* can't be made a node: "):
        graph_of(
            """
            from hamilton.function_modifiers import pipe_input, step
            def _same(x: pd.Series) -> pd.Series: return x

            @pipe_input(step(_same))
            @latest(orders, by=user)
            def f(amount: pd.Series) -> pd.Series: return amount
            """
        )


def test_the_nodes_are_those_of_a_stock_driver(make_module: MakeModule) -> None:
    module = make_module(
        """
        @aggregate(orders, by=user, over=["1d", "7d"])
        def share(x: pd.Series) -> float: ...

        def f(share_1d: pd.Series, y: pd.Series) -> pd.Series: ...
        """,
        preamble=True,
    )
    hamilton = driver.Builder().with_modules(module).build()
    computed = {v.name for v in hamilton.list_available_variables() if not v.is_external_input}
    assert set(FunctionGraph.from_modules([module])) == computed


def test_no_modules_are_no_functions() -> None:
    assert len(FunctionGraph.from_modules([])) == 0
