"""A shop that is served by its API, on a real store and files, and logged; then time goes on."""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from drivers import BatchDriver
from drivers.served.replay import replay
from drivers.served.report import ServiceReplay
from drivers.served.settings import LogSettings
from onedag import FixedClock, Project
from online_api.app import create_app
from tests.online_api.shop import Client, running

NOON = datetime(2024, 3, 10, 12, tzinfo=UTC)

CODE = '''
import pandas as pd
import pydantic

from onedag import Entity, FeatureService, Source, aggregate, latest

customer = Entity("customer", join_keys=["customer_id"])
orders = Source("orders", data="orders.parquet", timestamp="ordered_at")


def is_large(amount: pd.Series) -> pd.Series:
    """Whether the order is above 100."""
    return amount > 100.0


@aggregate(orders, by=customer, over="7d")
def spent(amount: pd.Series) -> float:
    """Sum of the customer's orders in the window."""
    return amount.sum()


@latest(orders, by=customer, max_age="3d")
def last_amount(amount: pd.Series) -> pd.Series:
    """The customer's last order."""
    return amount


@aggregate(orders, by=None, over="1d", refresh="1d")
def shop_orders(is_large: pd.Series) -> int:
    """Orders of the day before, in the whole shop."""
    return len(is_large)


def basket_mean(basket: pd.Series) -> float:
    """Mean basket of the training rows."""
    return basket.mean()


def basket_over_mean(basket: pd.Series, basket_mean: float) -> pd.Series:
    """How far the basket is above the mean."""
    return basket - basket_mean


def basket_over_last(basket_over_mean: pd.Series, last_amount: pd.Series) -> pd.Series:
    """The basket above the mean, over the last order."""
    return basket_over_mean / last_amount


class Basket(pydantic.BaseModel):
    customer_id: int
    basket: float


basket = FeatureService(
    "basket",
    ["spent_7d", "last_amount", "shop_orders_1d", "basket_over_mean", "basket_over_last"],
    Basket,
    on_store_error="missing",
)
'''

ROWS = ({"customer_id": 1, "basket": 25.0}, {"customer_id": 9, "basket": 55.0})


def at(text: str) -> datetime:
    """A moment of March 2024: ``"10 12:00"``."""
    return datetime.fromisoformat(f"2024-03-{text}+00:00")


class World:
    """The shop, its jobs and its server, by one clock.

    Customer 1 has ordered for 10 on the 9th and for 20 on the 10th, both at 8; nobody else has.

    Args:
        root: the project's folder.
        make_module: makes a module of source text.
        store: URL of the store.
    """

    def __init__(
        self,
        root: Path,
        make_module: Callable[..., types.ModuleType],
        store: str = "sqlite:///store.db",
    ) -> None:
        self.root = root
        self.log = root / "log"
        self.clock = FixedClock(NOON)
        self._make_module = make_module
        self._store = store
        self.write_orders((1, 10.0, "09 08:00"), (1, 20.0, "10 08:00"))
        self.project = self.edited()

    def edited(self, *edits: tuple[str, str]) -> Project:
        """The project after edits of its code."""
        code = CODE
        for old, new in edits:
            assert old in code
            code = code.replace(old, new)
        module = self._make_module(code)
        return Project([module], store=self._store, root=self.root, registry=".registry")

    def write_orders(self, *orders: tuple[int, float, str]) -> None:
        """Replace the orders by these."""
        frame = pd.DataFrame(orders, columns=["customer_id", "amount", "ordered_at"])
        frame["ordered_at"] = pd.to_datetime(frame["ordered_at"].map(at), utc=True)
        frame.to_parquet(self.root / "orders.parquet")

    def train(self, *baskets: float, project: Project | None = None) -> str:
        """Publish a run on these baskets; its id."""
        spine = pd.DataFrame({"event_timestamp": NOON, "customer_id": 1, "basket": list(baskets)})
        with BatchDriver(project or self.project, clock=self.clock) as batch:
            return batch.publish(batch.training_frame(spine, "basket")).run_id

    def materialize(self, project: Project | None = None) -> None:
        """Fill the store as of now."""
        with BatchDriver(project or self.project, clock=self.clock) as batch:
            batch.materialize()

    def running(self, project: Project | None = None, **log: Any) -> AbstractContextManager[Client]:
        """A server that logs all of its answers."""
        settings = LogSettings(Path("log"), **{"sample": 1.0, **log})
        return running(create_app(project or self.project, clock=self.clock, log=settings))

    def serve(
        self, rows: Sequence[dict[str, Any]] = ROWS, project: Project | None = None, **log: Any
    ) -> list[dict[str, Any]]:
        """Answer one request with a server of its own; the answer's rows."""
        with self.running(project, **log) as client:
            answer = client.features("basket", *rows)
        assert answer.status_code == 200
        found: list[dict[str, Any]] = answer.json()["rows"]
        return found

    def replay(self, project: Project | None = None) -> ServiceReplay:
        """What the replay of the log finds."""
        [found] = replay(project or self.project, self.log).services
        return found
