"""Each cause of a difference is found, by name, and apart from the others."""

from __future__ import annotations

import types
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from drivers.served.causes import Cause
from drivers.served.replay import replay
from drivers.served.report import Finding, LogReport, ServiceReplay
from onedag.errors import ConfigurationError
from onedag.testing import redis_server
from tests.drivers.served.world import NOON, ROWS, World, at


def counts(found: ServiceReplay) -> dict[str, dict[Cause, int]]:
    """By feature how many cells have which cause; features without any are left out."""
    return {each.name: dict(each.causes) for each in found.features if each.causes}


def only(found: ServiceReplay) -> Finding:
    [finding] = found.findings
    return finding


def test_what_was_served_is_what_history_says(world: World) -> None:
    served = world.serve()
    assert served[0] == {
        "spent_7d": 30.0, "last_amount": 20.0, "shop_orders_1d": 1,
        "basket_over_mean": -5.0, "basket_over_last": -0.25,
    }  # fmt: skip
    found = world.replay()
    assert (found.rows, found.cells, found.differing) == (2, 10, 0)
    assert found.findings == ()
    assert found.current_run in found.runs
    assert not LogReport((found,)).fails()


def test_another_row_function_is_code(world: World) -> None:
    world.serve()
    changed = world.edited(("return basket - basket_mean", "return basket - basket_mean + 1"))
    found = world.replay(changed)
    assert counts(found) == {
        "basket_over_mean": {Cause.CODE: 2},
        "basket_over_last": {Cause.CODE: 1},
    }
    finding = only(found)
    assert (finding.cause, finding.node, finding.cells) == (Cause.CODE, "basket_over_mean", 3)
    example = finding.examples[0]
    assert (example.logged.value, example.now.value) == ("-5.0", "-4.0")
    assert {given.name: given.right.value for given in example.inputs} == {
        "basket": "25.0",
        "basket_mean": "30.0",
    }
    assert LogReport((found,)).fails()


def test_a_comment_is_no_other_code(world: World) -> None:
    world.serve()
    found = world.replay(world.edited(("return basket - basket_mean", "return basket-basket_mean")))
    assert found.findings == ()


def test_another_stored_function_is_code(world: World) -> None:
    world.serve()
    found = world.replay(world.edited(("return amount.sum()", "return amount.max()")))
    assert counts(found) == {"spent_7d": {Cause.CODE: 2}}
    assert (only(found).node, only(found).view) == ("spent_7d", "customer_orders")


def test_a_fitted_value_that_the_run_lacks_is_code(world: World) -> None:
    world.serve()
    changed = world.edited(
        ("return basket - basket_mean", "return basket - basket_least"),
        ("basket: pd.Series, basket_mean: float", "basket: pd.Series, basket_least: float"),
        (
            "def basket_over_mean",
            "def basket_least(basket: pd.Series) -> float:\n    return basket.min()\n\n\n"
            "def basket_over_mean",
        ),
    )
    found = world.replay(changed)
    assert counts(found) == {
        "basket_over_mean": {Cause.CODE: 2},
        "basket_over_last": {Cause.CODE: 2},
    }


def test_late_rows_are_late_data(world: World) -> None:
    world.serve()
    late = (1, 7.0, "10 09:00")  # before the store was filled at 12, and not there yet then
    world.write_orders((1, 10.0, "09 08:00"), (1, 20.0, "10 08:00"), late)
    found = world.replay()
    assert counts(found) == {
        "spent_7d": {Cause.LATE_DATA: 1},
        "last_amount": {Cause.LATE_DATA: 1},
        "basket_over_last": {Cause.LATE_DATA: 1},
    }
    assert {finding.node for finding in found.findings} == {"spent_7d", "last_amount"}
    assert not LogReport((found,)).fails()
    assert LogReport((found,)).fails(frozenset([Cause.LATE_DATA]))


def test_removed_rows_are_late_data(world: World) -> None:
    world.serve()
    world.write_orders((1, 20.0, "10 08:00"))
    assert counts(world.replay()) == {
        "spent_7d": {Cause.LATE_DATA: 1},
        "shop_orders_1d": {Cause.LATE_DATA: 2},
    }


def test_late_rows_are_told_from_another_feature_of_their_view(world: World) -> None:
    world.serve()
    world.write_orders((1, 10.0, "09 08:00"), (1, 20.0, "10 08:00"), (1, 7.0, "10 09:00"))
    changed = world.edited(("def is_large", '@aggregate(orders, by=customer, over="1d")\n'
                            "def most(amount: pd.Series) -> float:\n    return amount.max()\n\n\n"
                            "def is_large"))  # fmt: skip
    found = world.replay(changed)
    assert set(found.causes) == {Cause.LATE_DATA}


def test_a_store_that_was_filled_a_day_ago_is_stale(world: World) -> None:
    world.write_orders(
        (1, 10.0, "09 08:00"), (1, 20.0, "10 08:00"), (1, 40.0, "11 08:00"), (2, 5.0, "10 11:00")
    )
    world.materialize()  # at noon of the 10th: it doesn't know the order of the 11th
    world.clock.set(NOON + timedelta(days=1))
    assert world.serve()[0]["spent_7d"] == 30.0
    found = world.replay()
    assert counts(found) == {
        "spent_7d": {Cause.STALE_STORE: 1},
        "last_amount": {Cause.STALE_STORE: 1},
        "basket_over_last": {Cause.STALE_STORE: 1},
        "shop_orders_1d": {Cause.STALE_STORE: 2},  # of the 9th, and by now it is of the 10th
    }
    example = next(f for f in found.findings if f.node == "spent_7d").examples[0]
    assert (example.logged.value, example.now.value, example.as_of) == ("30.0", "70.0", NOON)
    lags = {lag.view: lag.most_s for lag in found.lags}
    assert lags == {"customer_orders": 86400.0, "everything_orders_every_1d": 86400.0}


def test_a_store_that_is_behind_without_news_is_not_stale(world: World) -> None:
    world.clock.set(NOON + timedelta(hours=1))
    world.serve()
    assert world.replay().findings == ()


def test_a_row_before_the_store_s_moment_is_early(world: World) -> None:
    early = {**ROWS[0], "event_timestamp": "2024-03-10T07:00:00Z"}
    assert world.serve([early])[0]["spent_7d"] == 30.0
    found = world.replay()
    assert set(found.causes) == {Cause.EARLY_ROW}
    assert found.findings[0].examples[0].now.value == "10.0"


def test_a_store_that_was_down_is_told(
    tmp_path: Path, make_module: Callable[..., types.ModuleType]
) -> None:
    with ExitStack() as while_up, ExitStack() as served:
        world = World(tmp_path, make_module, while_up.enter_context(redis_server()))
        world.train(20.0, 40.0)
        world.materialize()
        client = served.enter_context(world.running())
        client.features("basket", ROWS[0])
        while_up.close()
        answer = client.features("basket", *ROWS)
    assert answer.json()["rows"][0]["spent_7d"] == 0.0
    found = world.replay()
    assert found.rows == 3
    assert counts(found) == {
        "spent_7d": {Cause.STORE_DOWN: 1},
        "last_amount": {Cause.STORE_DOWN: 1},
        "basket_over_last": {Cause.STORE_DOWN: 1},
        "shop_orders_1d": {Cause.STORE_DOWN: 2},
    }
    assert "Which run is published isn't known" in found.notes[0]


def test_another_published_run_is_told(world: World) -> None:
    first = found_run = world.train(20.0, 40.0)
    world.serve()
    second = world.train(0.0, 10.0)
    found = world.replay()
    assert (found.differing, found.current_run, found.runs) == (0, second, {found_run: 2})
    assert first != second
    assert counts(found) == {
        "basket_over_mean": {Cause.MODEL_RUN: 2},
        "basket_over_last": {Cause.MODEL_RUN: 1},
    }
    finding = only(found)
    assert (finding.node, finding.examples[0].now.value) == ("basket_mean", "20.0")
    assert not LogReport((found,)).fails()


def test_a_function_that_looks_across_rows_is_unexplained(world: World) -> None:
    project = world.edited(("return basket - basket_mean", "return basket - basket.mean()"))
    world.train(20.0, 40.0, project=project)
    world.serve([ROWS[0]], project)
    world.serve([ROWS[1]], project)
    found = world.replay(project)
    assert counts(found)["basket_over_mean"] == {Cause.UNEXPLAINED: 2}
    assert LogReport((found,)).fails()


def test_causes_that_meet_are_told_apart(world: World) -> None:
    world.clock.set(NOON + timedelta(days=1))
    world.serve()
    world.train(0.0, 10.0)
    world.write_orders(
        (1, 10.0, "09 08:00"), (1, 20.0, "10 08:00"), (1, 7.0, "10 09:00"), (1, 40.0, "11 08:00")
    )  # fmt: skip
    changed = world.edited(("return basket_over_mean / last_amount",
                            "return basket_over_mean * last_amount"))  # fmt: skip
    found = counts(world.replay(changed))
    late_and_stale = {Cause.LATE_DATA: 1, Cause.STALE_STORE: 1}
    assert found["spent_7d"] == late_and_stale
    assert found["last_amount"] == late_and_stale
    assert found["basket_over_last"] == {Cause.CODE: 1, Cause.MODEL_RUN: 1, **late_and_stale}
    assert found["basket_over_mean"] == {Cause.MODEL_RUN: 2}


def test_only_a_part_of_the_log_is_replayed(world: World) -> None:
    world.serve()
    world.clock.set(NOON + timedelta(hours=2))
    world.serve([ROWS[0]])
    [found] = replay(world.project, world.log, since=at("10 13:00")).services
    assert found.rows == 1
    [found] = replay(world.project, world.log, until=at("10 13:00")).services
    assert found.rows == 2
    with pytest.raises(ConfigurationError, match="nothing that was served by 'baskets'"):
        replay(world.project, world.log, "baskets")
    with pytest.raises(ConfigurationError, match="no served log in"):
        replay(world.project, world.root / "elsewhere")


def test_what_was_left_out_of_the_log_is_said(world: World) -> None:
    world.serve(without=frozenset(["last_amount"]))
    found = world.replay()
    assert found.findings == ()
    assert {each.name for each in found.features} == {
        "spent_7d", "shop_orders_1d", "basket_over_mean",
    }  # fmt: skip
    assert "basket_over_last isn't compared: last_amount isn't in the log" in found.notes


def test_rows_without_a_needed_field_are_not_replayed(world: World) -> None:
    world.serve(without=frozenset(["customer_id"]))
    found = world.replay()
    assert (found.rows, found.not_replayed) == (0, {"Field 'customer_id' isn't in the log.": 2})
    assert LogReport((found,)).fails()


def test_a_service_that_is_gone_is_said(world: World) -> None:
    world.serve()
    found = world.replay(world.edited(('    "basket",\n', '    "cart",\n')))
    assert found.rows == 0
    assert "No service is named 'basket'" in next(iter(found.not_replayed))
