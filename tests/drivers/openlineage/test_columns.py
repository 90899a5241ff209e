"""The origins of columns are those of the lineage, each with how it gets there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from drivers import BatchDriver
from drivers.openlineage.columns import (
    AGGREGATION,
    IDENTITY,
    JOIN,
    TRANSFORMATION,
    Tracing,
    Way,
    joined,
)
from onedag import Project
from onedag.lineage import Lineage, NodeKind, service_lineage
from tests.drivers.openlineage.shop import shop_in

RAW = (NodeKind.COLUMN, NodeKind.REQUEST)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with shop_in(tmp_path_factory.mktemp("columns")) as project:
        yield project


@pytest.fixture(scope="module")
def lineage(shop: Project) -> Lineage:
    with BatchDriver(shop) as batch:
        return service_lineage([batch.plan("buys")], shop, batch.columns())


@pytest.fixture(scope="module")
def tracing(lineage: Lineage) -> Tracing:
    return Tracing(lineage, lambda node: node.kind in RAW)


def ways(tracing: Tracing, output: str) -> dict[str, set[str]]:
    """The subtypes by origin."""
    found = tracing.origins(output)
    return {name: {way.subtype for way in each} for name, each in found.items()}


def test_a_feature_through_two_windows(tracing: Tracing, lineage: Lineage) -> None:
    node = "service:buys:spent_lately"
    found = ways(tracing, node)
    assert found == {
        "source:orders:amount": {AGGREGATION},
        "source:orders:customer_id": {JOIN},
        "service:buys:customer_id": {JOIN},
    }
    # The lineage itself says the same origins, and the same keys.
    upstream = lineage.upstream([node])
    raw = {name for name, each in upstream.nodes.items() if each.kind in RAW}
    assert found.keys() == raw
    assert {start for start, _ in upstream.keys} == {n for n in raw if found[n] == {JOIN}}
    windows = {each.window for each in upstream.nodes.values()} - {""}
    assert windows == {"1d", "7d"}


def test_every_feature_has_the_origins_of_the_lineage(tracing: Tracing, lineage: Lineage) -> None:
    outputs = [start for start, end in lineage.edges if end == "service:buys"]
    for output in outputs:
        upstream = lineage.upstream([output])
        raw = {name for name, node in upstream.nodes.items() if node.kind in RAW}
        assert tracing.origins(output).keys() == raw, output


def test_a_column_that_is_looked_up_as_it_is(tracing: Tracing) -> None:
    assert ways(tracing, "view:customer_profiles:points") == {
        "source:profiles:points": {IDENTITY},
        "source:profiles:customer_id": {JOIN},
    }


def test_a_field_of_the_request_is_itself(tracing: Tracing) -> None:
    assert ways(tracing, "service:buys:basket") == {"service:buys:basket": {IDENTITY}}


def test_a_fitted_value_aggregates_the_rows(tracing: Tracing) -> None:
    assert ways(tracing, "service:buys:basket_mean") == {"service:buys:basket": {AGGREGATION}}


def test_a_function_that_leaves_nothing_personal_masks(tracing: Tracing) -> None:
    found = tracing.origins("service:buys:is_spender")
    assert found["source:orders:amount"] == {Way(TRANSFORMATION, masking=True)}
    assert found["service:buys:basket"] == {Way(AGGREGATION, masking=True)}
    assert found["service:buys:customer_id"] == {Way(JOIN)}


def test_a_walk_ends_where_it_is_told(lineage: Lineage) -> None:
    stored = Tracing(lineage, lambda node: node.kind is NodeKind.STORED)
    assert ways(stored, "service:buys:spent_lately") == {
        "view:customer_orders:spent_1d": {TRANSFORMATION},
        "view:customer_orders:spent_7d": {TRANSFORMATION},
    }


def test_a_prediction_transforms_all_that_it_is_made_of() -> None:
    found = joined([{"a": frozenset([Way(IDENTITY)])}, {"a": frozenset([Way(JOIN)])}])
    assert found == {"a": frozenset([Way(TRANSFORMATION), Way(JOIN)])}


def test_a_way_says_its_type() -> None:
    assert [Way(each).type for each in (IDENTITY, JOIN)] == ["DIRECT", "INDIRECT"]
