"""Real differences, planted one at a time: each is followed back to the node where it begins."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import TypeAlias

import pandas as pd
import pytest

from drivers.verify import Depth, VerifyReport, verify
from onedag import Project

Edit: TypeAlias = Callable[..., Project]
ABOVE = "return basket - basket_mean"


@pytest.fixture
def edit(
    make_module: Callable[..., ModuleType],
    shop_source: str,
    orders: pd.DataFrame,
    profiles: pd.DataFrame,
) -> Edit:
    """The project after an edit; `CALLS` is a list that its functions may write to."""

    def make(old: str, new: str) -> Project:
        assert old in shop_source
        names = {"ORDERS": orders, "PROFILES": profiles, "CALLS": []}
        module = make_module(shop_source.replace(old, new), **names)
        return Project([module], store="memory://")

    return make


def partings(report: VerifyReport) -> dict[str, tuple[str, ...]]:
    assert report.looked_into == report.differing_cells
    assert sum(node.cells for node in report.nodes) == report.looked_into
    return {node.node: node.features for node in report.nodes}


def test_a_function_that_looks_across_rows(edit: Edit, spine: pd.DataFrame) -> None:
    report = verify(edit(ABOVE, "return basket - basket.mean()"), "basket", spine)
    assert partings(report) == {"basket_over_mean": ("basket_over_mean", "basket_over_last")}
    [node] = report.nodes
    assert (node.origin, node.view) == ("computed", None)
    for difference in node.examples:
        parting = difference.parting
        assert (parting.what, parting.again) == (("value",), False)
        assert [one.name for one in parting.inputs] == ["basket", "basket_mean"]
        assert all(one.left == one.right for one in parting.inputs)
        assert parting.inputs[1].left.value == "40.0"
    assert {d.depth for d in report.differences} == {Depth.SINGLY, Depth.WHOLE}
    assert "given basket_mean = 40.0 (float, PRESENT)" in str(report)


BEHIND = """return basket - basket_mean


def scaled(basket: pd.Series) -> pd.Series:
    return basket / basket.max()


def is_large_basket(scaled: pd.Series, points: pd.Series) -> pd.Series:
    return scaled > 0.5
"""


def test_a_node_that_is_no_feature(edit: Edit, spine: pd.DataFrame, shop_source: str) -> None:
    project = edit(
        shop_source, shop_source.replace(ABOVE, BEHIND).replace('"points"', '"is_large_basket"')
    )
    report = verify(project, "basket", spine, whole=0)
    assert partings(report) == {"scaled": ("is_large_basket",)}
    assert [one.name for one in report.nodes[0].examples[0].parting.inputs] == ["basket"]


def test_two_nodes_that_have_nothing_to_do_with_each_other(
    edit: Edit, spine: pd.DataFrame, shop_source: str
) -> None:
    source = shop_source.replace(ABOVE, "return basket - basket.mean()")
    project = edit(shop_source, source.replace("points >= 10", "points >= points.max()"))
    report = verify(project, "basket", spine, whole=0)
    assert partings(report) == {
        "basket_over_mean": ("basket_over_mean", "basket_over_last"),
        "is_loyal": ("is_loyal",),
    }


def test_a_dtype_that_depends_on_the_rows(edit: Edit, spine: pd.DataFrame) -> None:
    project = edit(ABOVE, "return basket > 0 if len(basket) == 1 else basket")
    report = verify(project, "basket", spine, whole=0)
    # The request is refused, and all of its features with it.
    assert {name: len(features) for name, features in partings(report).items()} == {
        "basket_over_mean": 10
    }
    example = report.nodes[0].examples[0]
    assert example.online.value == "SchemaMismatch: Feature 'basket_over_mean' is bool, not double."
    assert (example.parting.left.dtype, example.parting.right.dtype) == ("double", "bool")
    assert "dtype" in example.parting.what


def test_a_narrower_dtype_that_is_a_feature_s_input_only(
    edit: Edit, spine: pd.DataFrame, shop_source: str
) -> None:
    """Cast to what was published, the feature is the same; what is made of it isn't."""
    source = shop_source.replace(
        ABOVE, "return basket.round() if len(basket) > 1 else basket.astype('int64')"
    ).replace("return basket_over_mean / last_amount", "return basket_over_mean.astype(str)")
    report = verify(edit(shop_source, source), "basket", spine, whole=0)
    assert partings(report) == {"basket_over_mean": ("basket_over_last",)}
    assert report.nodes[0].examples[0].parting.what == ("value", "dtype")


def test_a_function_that_raises_for_a_single_row(edit: Edit, spine: pd.DataFrame) -> None:
    report = verify(edit(ABOVE, "1 / (len(basket) - 1); return basket"), "basket", spine, whole=0)
    assert report.differing_cells == 70
    assert [node.node for node in report.nodes] == ["basket_over_mean"]
    parting = report.nodes[0].examples[0].parting
    assert "ZeroDivisionError" in parting.right.value
    assert [one.name for one in parting.inputs] == ["basket", "basket_mean"]


def test_a_function_that_counts_its_calls(edit: Edit, spine: pd.DataFrame) -> None:
    report = verify(edit(ABOVE, "CALLS.append(1); return basket + len(CALLS)"), "basket", spine)
    assert partings(report) == {"basket_over_mean": ("basket_over_mean", "basket_over_last")}


def test_a_global_that_changes_once_the_frame_is_built(edit: Edit, spine: pd.DataFrame) -> None:
    """Computed again both sides agree, so all that is left is what was seen the first time."""
    project = edit(ABOVE, "CALLS.append(1); return basket + (len(CALLS) > 1)")
    report = verify(project, "basket", spine)
    assert partings(report) == {"basket_over_mean": ("basket_over_mean", "basket_over_last")}
    assert all(d.parting.again for d in report.differences)
    assert "it isn't repeatable" in str(report)
    assert not report.nodes[0].examples[0].to_dict()["parting"]["repeatable"]


def _validator(body: str) -> str:
    head = "    @pydantic.model_validator(mode='after')\n    def checked(self):\n"
    return f"    basket: float\n{head}        {body}\n        return self\n"


def test_a_request_that_changes_what_it_carries(edit: Edit, spine: pd.DataFrame) -> None:
    project = edit("    basket: float\n", _validator("self.basket += 1"))
    report = verify(project, "basket", spine, whole=0)
    assert partings(report) == {"basket": ("basket_over_mean", "basket_over_last", "basket")}
    assert report.nodes[0].origin == "request"


def test_a_request_that_changes_a_key(edit: Edit, spine: pd.DataFrame) -> None:
    """No function takes the key: what is looked up by it differs, because it does."""
    project = edit("    basket: float\n", _validator("self.customer_id = 2"))
    report = verify(project, "basket", spine, whole=0)
    assert partings(report).keys() == {"customer_id"}
    assert "spent_7d" in report.nodes[0].features


def test_a_request_that_refuses_a_row(edit: Edit, spine: pd.DataFrame) -> None:
    body = "if self.basket > 65: raise ValueError('too many')"
    report = verify(edit("    basket: float\n", _validator(body)), "basket", spine, whole=0)
    assert partings(report).keys() == {"the request"}
    assert "too many" in str(report)
    assert {d.row for d in report.differences if d.depth is Depth.SINGLY} == {6}


def test_a_service_without_a_function_below_the_boundary(
    make_module: Callable[..., ModuleType],
) -> None:
    source = f"""
import pydantic
from onedag import FeatureService

class Request(pydantic.BaseModel):
{_validator("self.basket += 1")}
service = FeatureService("plain", features=["basket"], request=Request)
"""
    spine = pd.DataFrame(
        {"event_timestamp": pd.date_range("2024-01-01", periods=3, tz="UTC"), "basket": 1.0}
    )
    report = verify(Project([make_module(source)], store="memory://"), "plain", spine)
    assert partings(report) == {"basket": ("basket",)}
    assert "batch 1.0 (double, PRESENT), online 2.0 (double, PRESENT)" in str(report)


TABLE = """return basket - basket_mean


@extract_columns("one", "other")
def ends(basket: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"one": basket - basket.max(), "other": basket})


def between(one: pd.Series, other: pd.Series) -> pd.Series:
    return other - one
"""


def test_a_function_that_returns_a_table(edit: Edit, spine: pd.DataFrame, shop_source: str) -> None:
    head = "from hamilton.function_modifiers import extract_columns\n"
    source = shop_source.replace(ABOVE, TABLE).replace('"points"', '"between"')
    report = verify(edit(shop_source, head + source), "basket", spine, whole=0)
    assert partings(report) == {"one": ("between",)}
    assert [one.name for one in report.nodes[0].examples[0].parting.inputs] == ["basket"]
