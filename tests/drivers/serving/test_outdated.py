"""A server says which functions are other code than the model's, or than what was stored."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pandas as pd
import pytest

from drivers import BatchDriver, OnlineDriver
from drivers.stores.memory import MemoryStore
from onedag import Project

Edited = Callable[[str, str], Project]

AS_OF = pd.Timestamp("2024-01-05 12:00", tz="UTC")
COMMENT = ("return amount\n", "return amount  # as it is\n")


def stored(project: Project, spine: pd.DataFrame) -> MemoryStore:
    """A store in which a run of the project is published, and its values are."""
    store = MemoryStore()
    with BatchDriver(project, store=store) as batch:
        batch.publish(batch.training_frame(spine, "basket"))
        batch.materialize(as_of=AS_OF)
    return store


def told(project: Project, store: MemoryStore) -> tuple[str, ...]:
    return OnlineDriver(project, store=store).load("basket").outdated


def test_nothing_is_said_of_the_same_code(
    shop: Project, edited: Edited, spine: pd.DataFrame
) -> None:
    store = stored(shop, spine)
    assert told(shop, store) == ()
    assert told(edited(*COMMENT), store) == ()


def test_a_row_function_is_said_of_the_run(
    shop: Project, edited: Edited, spine: pd.DataFrame
) -> None:
    store = stored(shop, spine)
    [said] = told(edited("points >= 10", "points > 10"), store)
    assert said.startswith("Service 'basket': run basket-")
    assert "was trained with other code of is_loyal. Train and publish again" in said


def test_a_fitted_value_is_said_although_serving_does_not_call_it(
    shop: Project, edited: Edited, spine: pd.DataFrame
) -> None:
    [said] = told(edited("basket.mean()", "basket.median()"), stored(shop, spine))
    assert "other code of basket_mean." in said


def test_what_is_behind_a_stored_feature_is_said_of_its_view(
    shop: Project, edited: Edited, spine: pd.DataFrame
) -> None:
    run, view = told(edited("return is_large.mean()", "return is_large.max()"), stored(shop, spine))
    assert "was trained with other code of large_share." in run
    assert "the values of view 'customer_orders' were stored by other code of large_share" in view
    assert view.endswith("Run `onedag materialize`.")


def test_after_materializing_only_the_run_is_left(
    shop: Project, edited: Edited, spine: pd.DataFrame
) -> None:
    store, project = stored(shop, spine), edited("is_large.mean()", "is_large.max()")
    with BatchDriver(project, store=store) as batch:
        batch.materialize(as_of=AS_OF)
    [said] = told(project, store)
    assert "was trained with" in said


def test_a_server_warns_once(
    shop: Project, edited: Edited, spine: pd.DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    store = stored(shop, spine)
    with caplog.at_level(logging.WARNING):
        online = OnlineDriver(edited("points >= 10", "points > 10"), store=store)
        for _ in range(2):
            online.load("basket")
    [record] = caplog.records
    assert "other code of is_loyal" in record.getMessage()
