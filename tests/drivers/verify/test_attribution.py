"""The first node at which two sides differ, on sides made by hand.

a ──▶ doubled ──▶ sum ──▶ shown
b ────────────────▲
key ──▶ stored ──▶ far
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from drivers.verify.attribution import Attribution
from drivers.verify.dag import Dag, DagNode
from drivers.verify.values import NodeValues, Side
from onedag.dtypes import ColumnType
from onedag.planner import Origin

DAG = Dag(
    [
        DagNode("a", Origin.REQUEST),
        DagNode("b", Origin.REQUEST),
        DagNode("key", Origin.REQUEST),
        DagNode("stored", Origin.STORE, ("key",), "view"),
        DagNode("doubled", Origin.COMPUTED, ("a",)),
        DagNode("sum", Origin.COMPUTED, ("doubled", "b")),
        DagNode("shown", Origin.COMPUTED, ("sum",)),
        DagNode("far", Origin.COMPUTED, ("stored",)),
    ]
)
ROWS = np.array([0, 1])


def values(*numbers: float | None, codes: tuple[int, ...] = (0, 0)) -> NodeValues:
    column = pa.array(numbers, pa.float64())
    return NodeValues.of(column, ColumnType(pa.float64()), np.array(codes, np.int8))


def side(**nodes: NodeValues) -> Side:
    return dict.fromkeys(DAG.nodes, values(1.0, 2.0)) | nodes


def first(left: Side, right: Side, feature: str) -> list[str | None]:
    return Attribution(DAG, left, right).first(ROWS, feature)


def test_no_difference() -> None:
    assert first(side(), side(), "shown") == [None, None]


def test_each_row_parts_at_a_node_of_its_own() -> None:
    right = side(doubled=values(1.0, 9.0), sum=values(9.0, 9.0), shown=values(9.0, 9.0))
    assert first(side(), right, "shown") == ["sum", "doubled"]


def test_a_node_that_the_feature_does_not_come_from_is_no_reason() -> None:
    right = side(stored=values(9.0, 9.0), shown=values(9.0, 2.0), far=values(9.0, 9.0))
    assert first(side(), right, "shown") == ["shown", None]
    assert first(side(), right, "far") == ["stored", "stored"]


def test_a_difference_that_nothing_came_of_is_still_the_first() -> None:
    assert first(side(), side(doubled=values(9.0, 2.0)), "shown") == ["doubled", None]


def test_a_status_alone() -> None:
    found = Attribution(DAG, side(), side(stored=values(1.0, 2.0, codes=(0, 3))))
    assert found.first(ROWS, "far") == [None, "stored"]
    parting = found.parting("stored", 1)
    assert (parting.what, parting.view) == (("status",), "view")
    assert (parting.left.status, parting.right.status) == ("PRESENT", "MISSING")
    assert [(one.name, one.left.value) for one in parting.inputs] == [("key", "2.0")]


def test_a_dtype_alone() -> None:
    whole = NodeValues.of(pa.array([1, 2]), ColumnType(pa.int64(), False), np.zeros(2, np.int8))
    null = NodeValues.of(pa.array([1, 2]), ColumnType(pa.int64(), True), np.zeros(2, np.int8))
    found = Attribution(DAG, side(sum=whole), side(sum=null))
    assert found.first(ROWS, "shown") == ["sum", "sum"]
    assert found.parting("sum", 0).what == ("dtype",)


def test_nodes_that_one_side_lacks_are_passed_over() -> None:
    left = {name: nodes for name, nodes in side().items() if name != "doubled"}
    found = Attribution(DAG, left, side(doubled=values(9.0, 9.0), sum=values(9.0, 2.0)))
    assert found.first(ROWS, "shown") == ["sum", None]
    assert [one.name for one in found.parting("sum", 0).inputs] == ["b"]


def test_what_raised_is_the_reason_on_one_side_too() -> None:
    right = {n: v for n, v in side().items() if n not in ("sum", "shown")}
    error = NodeValues.raised(ValueError("no sum"), 2)
    found = Attribution(DAG, {**right}, {**right, "sum": error})
    assert found.first(ROWS) == ["sum", "sum"]
    parting = found.parting("sum", 0)
    assert (parting.left.value, parting.right.value) == ("nothing", "ValueError: no sum")


def test_upstream_is_in_order() -> None:
    assert DAG.upstream("shown") == ["a", "b", "doubled", "sum", "shown"]
    assert DAG.upstream("key") == ["key"]


@pytest.mark.parametrize("names", [("batch", "online"), ("served", "history")])
def test_as_plain_values(names: tuple[str, str]) -> None:
    parting = Attribution(DAG, side(), side(sum=values(9.0, 2.0))).parting("sum", 0)
    shown = parting.to_dict(*names)
    assert shown["node"] == "sum"
    assert shown[names[0]] == {"value": "1.0", "dtype": "double", "status": "PRESENT"}
    assert shown["inputs"]["b"].keys() == set(names)
    assert shown["repeatable"]
