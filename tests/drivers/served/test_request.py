"""One request: all that it came from, and the code of then."""

from __future__ import annotations

import shutil

import pytest

from drivers.served.request import WORKING_TREE, ServedRequestPage, served_request
from onedag import Project
from onedag.errors import UnknownName
from tests.drivers.served.world import NOON, ROWS, World


def page(world: World, project: Project | None = None) -> ServedRequestPage:
    with world.running() as client:
        path = "/v1/services/basket/features"
        client.post(path, json={"rows": ROWS}, headers={"x-request-id": "mine"})
    [found] = served_request(project or world.project, world.log, "mine")
    return found


def test_all_that_a_request_came_from(world: World) -> None:
    found = page(world)
    assert (found.service, found.served_at, found.fitted) == (
        "basket", NOON, {"basket_mean": "30.0"},
    )  # fmt: skip
    assert found.snapshot
    first, second = found.rows
    assert (first.row, first.event_timestamp, first.inputs) == (0, NOON, ROWS[0])
    assert first.features["spent_7d"] == 30.0
    assert second.statuses["spent_7d"] == "MISSING"
    customer, everything = first.views
    assert (customer.event, customer.as_of) == (NOON.replace(hour=8), NOON)
    assert customer.values == {"last_amount": 20.0, "spent_7d": 30.0}
    assert everything.values == {"shop_orders_1d": 1}
    assert second.views[0].event is None


def test_functions_come_after_their_inputs_with_their_code(world: World) -> None:
    found = page(world)
    names = [function.name for function in found.functions]
    assert names.index("basket_mean") < names.index("basket_over_mean")
    assert names.index("is_large") < names.index("shop_orders_1d")
    for function in found.functions:
        assert function.found_in == found.snapshot
        assert function.written is not None
        assert "def " in function.written.code


def test_code_that_has_changed_is_found_in_the_registry(world: World) -> None:
    changed = world.edited(("return basket - basket_mean", "return basket - basket_mean + 1"))
    found = {function.name: function for function in page(world, changed).functions}
    written = found["basket_over_mean"].written
    assert written is not None
    assert "return basket - basket_mean\n" in written.code


def test_without_a_registry_the_working_tree_tells_what_it_has(world: World) -> None:
    changed = world.edited(("return basket - basket_mean", "return basket - basket_mean + 1"))
    shutil.rmtree(world.root / ".registry")
    found = {function.name: function for function in page(world, changed).functions}
    assert (found["spent_7d"].found_in, found["spent_7d"].written is None) == (WORKING_TREE, False)
    assert (found["basket_over_mean"].found_in, found["basket_over_mean"].written) == ("", None)


def test_each_answer_to_an_id_is_there(world: World) -> None:
    page(world)
    with world.running() as client:
        path = "/v1/services/basket/predict"
        client.post(path, json={"rows": ROWS}, headers={"x-request-id": "mine"})  # without a model
        path = "/v1/services/basket/features"
        client.post(path, json={"rows": ROWS[:1]}, headers={"x-request-id": "mine"})
    found = served_request(world.project, world.log, "mine")
    assert sum(len(each.rows) for each in found) == 3


def test_an_unknown_request_is_said(world: World) -> None:
    world.serve()
    with pytest.raises(UnknownName, match="has no request 'theirs'"):
        served_request(world.project, world.log, "theirs")
