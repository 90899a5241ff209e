"""A shop with a model: its project, its published run, and a client of its API."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import onnx
import pandas as pd
from anyio.from_thread import start_blocking_portal
from fastapi import FastAPI
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.linear_model import LogisticRegression

from drivers import BatchDriver
from drivers.model_contract import model_file, model_metadata
from drivers.stored.records import RunRecord
from drivers.stores import Store
from onedag import FixedClock, Project

NOW = datetime(2024, 3, 10, 12, tzinfo=UTC)

# Customer 1 bought today and a week ago, customer 2 six days ago, nobody else ever.
FEATURES = '''
from datetime import datetime
from typing import Annotated

import pandas as pd
import pydantic
from pydantic import Field

from onedag import Entity, FeatureService, Source, aggregate, latest

customer = Entity("customer", join_keys=["customer_id"])
orders = Source(
    "orders",
    data=pd.DataFrame({
        "ordered_at": pd.to_datetime(["2024-03-03", "2024-03-04", "2024-03-10"], utc=True),
        "customer_id": [1, 2, 1],
        "amount": [10.0, 20.0, 30.5],
    }),
    timestamp="ordered_at",
)


class Basket(pydantic.BaseModel):
    """What is in hand at the till."""

    customer_id: int = Field(description="Who buys.", examples=[1])
    basket: float = Field(ge=0, description="Its worth in euros.", examples=[25.0])
    items: int = Field(1, description="How many things are in it.")
    coupon: str | None = None
    discount: Annotated[float, Field(le=1)] | None = None
    opened_at: datetime | None = None


@aggregate(orders, by=customer, over=["7d"])
def spent(amount: pd.Series) -> float:
    return amount.sum()


@latest(orders, by=customer, max_age="3d")
def last_amount(amount: pd.Series) -> pd.Series:
    return amount


def basket_mean(basket: pd.Series) -> float:
    return basket.mean()


def basket_centred(basket: pd.Series, basket_mean: float) -> pd.Series:
    return basket - basket_mean


def is_big(basket: pd.Series) -> pd.Series:
    return basket > 50


def per_item(basket: pd.Series, items: pd.Series) -> pd.Series:
    return basket / items


def tested(items: pd.Series) -> pd.Series:
    if (items > 100).any():
        raise ValueError("more than a cart holds")
    return items + 1


buys = FeatureService(
    "buys", ["spent_7d", "last_amount", "basket_centred", "is_big", "per_item"], Basket
)
tests_items = FeatureService("tests_items", ["tested", "coupon", "opened_at"], Basket)
'''

PYPROJECT = """
[tool.onedag]
modules = ["{module}"]
store = "sqlite:///s.db"
offline = "offline"
"""


class Client:
    """Calls an app in this process, its lifespan included, from tests that aren't async."""

    def __init__(self, app: FastAPI, stack: ExitStack) -> None:
        self._portal = stack.enter_context(start_blocking_portal())
        lifespan = app.router.lifespan_context(app)
        stack.enter_context(self._portal.wrap_async_context_manager(lifespan))
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        http = httpx.AsyncClient(transport=transport, base_url="http://test")
        self._http = stack.enter_context(self._portal.wrap_async_context_manager(http))

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self._portal.call(partial(self._http.get, path, **options))

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self._portal.call(partial(self._http.post, path, **options))

    def features(self, service: str, *rows: dict[str, Any], query: str = "") -> httpx.Response:
        return self.post(f"/v1/services/{service}/features{query}", json={"rows": rows})

    def predict(self, service: str, *rows: dict[str, Any], query: str = "") -> httpx.Response:
        return self.post(f"/v1/services/{service}/predict{query}", json={"rows": rows})


@contextmanager
def running(app: FastAPI) -> Iterator[Client]:
    with ExitStack() as stack:
        yield Client(app, stack)


class Shop:
    """The project in a folder of its own, and what its jobs do."""

    def __init__(self, root: Path, module: str) -> None:
        self.root = root
        self.module = module
        (root / f"{module}.py").write_text(FEATURES, encoding="utf-8")
        (root / "pyproject.toml").write_text(PYPROJECT.format(module=module), encoding="utf-8")
        self.features = _imported(root / f"{module}.py")
        self.project = self.at("sqlite:///s.db")
        self.clock = FixedClock(NOW)

    def at(self, store: str) -> Project:
        """The same project with another store."""
        return Project(modules=[self.features], store=store, root=self.root, offline="offline")

    def publish(
        self,
        service: str = "buys",
        *,
        baskets: tuple[float, ...] = (20.0, 40.0, 90.0),
        store: Store | None = None,
    ) -> RunRecord:
        """Train on these baskets, publish, and materialize, in the project's store or another."""
        spine = pd.DataFrame(
            {
                "event_timestamp": NOW - timedelta(days=1),
                "customer_id": [1, 2, 3][: len(baskets)],
                "basket": list(baskets),
                "items": 2,
                "coupon": "none",
                "opened_at": NOW,
            }
        )
        with BatchDriver(self.project, store=store, clock=self.clock) as batch:
            record = batch.publish(batch.training_frame(spine, service))
            batch.materialize(as_of=NOW)
        return record

    def write_model(self, run: RunRecord, **changed: str) -> Path:
        """A model as the job for that run would write it, with some metadata changed."""
        path = model_file(self.project.offline / "models", run.service)
        model = onnx.load_from_string(_model(len(run.schema)))
        metadata = model_metadata(run) | {f"onedag.{key}": text for key, text in changed.items()}
        onnx.helper.set_model_props(model, metadata)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished")
        unfinished.write_bytes(model.SerializeToString())
        unfinished.replace(path)
        return path


@cache
def _model(width: int) -> bytes:
    """A logistic regression on so many features, with the coefficients 0.01, 0.02, ...."""
    model = LogisticRegression()
    model.classes_ = np.array([0, 1])
    model.coef_ = np.arange(1, width + 1)[None, :] / 100
    model.intercept_ = np.zeros(1)
    model.n_features_in_ = width
    made = to_onnx(
        model,
        initial_types=[("features", FloatTensorType([None, width]))],
        options={id(model): {"zipmap": False}},
    )
    content: bytes = made.SerializeToString()
    return content


def _imported(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module
