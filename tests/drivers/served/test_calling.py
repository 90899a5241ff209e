"""Rows on which today's code raises are told apart, and stop nothing."""

from __future__ import annotations

from drivers.served.causes import Cause
from drivers.served.report import LogReport
from tests.drivers.served.world import World

BODY = "return basket - basket_mean"


def refusing(condition: str) -> tuple[str, str]:
    return BODY, f"if ({condition}).any():\n        raise ValueError('no such basket')\n    {BODY}"


def basket(worth: float) -> dict[str, float]:
    return {"customer_id": 1, "basket": worth}


def test_a_row_on_which_a_changed_function_raises_is_code(world: World) -> None:
    world.serve([basket(25.0), basket(26.0), basket(27.0)])
    found = world.replay(world.edited(refusing("basket == 26.0")))
    assert (found.rows, found.differing) == (3, 2)
    [finding] = found.findings
    assert (finding.cause, finding.node) == (Cause.CODE, "basket_over_mean")
    assert finding.features == ("basket_over_mean", "basket_over_last")
    example = finding.examples[0]
    assert (example.row, example.logged.value) == (1, "-4.0")
    assert str(example.now).startswith("FunctionError: Function 'basket_over_mean' of ")
    assert "no such basket" in str(example.now)
    assert LogReport((found,)).fails()


def test_a_function_that_raises_for_late_data_is_late_data(world: World) -> None:
    body = "return basket_over_mean / last_amount"
    test = "if (last_amount < 8.0).any():\n        raise ValueError('too little')\n    "
    project = world.edited((body, test + body))
    world.train(20.0, 40.0, project=project)
    world.serve(project=project)
    late = (1, 7.0, "10 09:00")
    world.write_orders((1, 10.0, "09 08:00"), (1, 20.0, "10 08:00"), late)
    found = world.replay(project)
    [over_last] = [each for each in found.features if each.name == "basket_over_last"]
    assert dict(over_last.causes) == {Cause.LATE_DATA: 1}


def test_of_many_rows_that_raise_some_are_found_and_all_count(world: World) -> None:
    rows = [basket(float(worth)) for worth in range(300)]
    world.serve(rows)
    found = world.replay(world.edited(refusing("basket % 2 == 0")))
    counted = {each.name: each.differing for each in found.features if each.differing}
    assert counted.keys() == {"basket_over_mean", "basket_over_last"}
    assert all(150 <= count <= 300 for count in counted.values())
    assert found.cells == 1500
