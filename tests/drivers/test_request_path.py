"""What a request computes is what a training row holds, whatever its functions do."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from types import ModuleType

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from drivers import BatchDriver, OnlineDriver
from drivers.serving.extremes import harsh_rows
from drivers.serving.vectors import FeatureVectors
from drivers.stores.memory import MemoryStore
from drivers.verify import verify
from onedag import Project
from onedag.clock import FixedClock
from onedag.dtypes import TIMESTAMP
from onedag.errors import FunctionError

MakeModule = Callable[..., ModuleType]

NOW = pd.Timestamp("2024-01-10", tz="UTC").to_pydatetime()
MODULE = """
import warnings
import numpy as np, pandas as pd, pydantic
from onedag import FeatureService

class Asked(pydantic.BaseModel):
    x: float | None
    n: int

{functions}

served = FeatureService("served", {features}, request=Asked)
"""


@pytest.fixture
def project(make_module: MakeModule) -> Callable[..., Project]:
    """A project of these functions, whose service has these features."""

    def make(functions: str, *features: str) -> Project:
        source = MODULE.format(functions=functions, features=list(features or ["f"]))
        return Project([make_module(source)], store="memory://")

    return make


@pytest.fixture
def spine() -> pd.DataFrame:
    times = pd.date_range("2024-01-01", periods=6, freq="h", tz="UTC", unit="us")
    return pd.DataFrame(
        {
            "event_timestamp": times,
            "x": [1.0, -2.0, 0.0, 4.5, np.nan, 6.0],
            "n": [1, 2, 3, 4, 5, 6],
        }
    )


def served(project: Project, spine: pd.DataFrame) -> OnlineDriver:
    store = MemoryStore()
    with BatchDriver(project, store=store) as batch:
        batch.publish(batch.training_frame(spine, "served"))
        return OnlineDriver(project, FixedClock(NOW), store=store)


def answer(online: OnlineDriver, x: float, n: int = 1) -> FeatureVectors:
    return online.features("served", {"x": x, "n": n})


def test_a_masked_array_is_null_where_it_is_masked(
    project: Callable[..., Project], spine: pd.DataFrame
) -> None:
    made = project("def f(x: np.ndarray) -> np.ndarray: return np.ma.masked_equal(x, -99.0)")
    online = served(made, spine)
    assert answer(online, -99.0).to_dicts() == [{"f": None}]
    assert answer(online, 5.0).table["f"].to_pylist() == [5.0]


def test_an_array_in_another_order_of_bytes_is_left_to_pandas(
    project: Callable[..., Project], spine: pd.DataFrame
) -> None:
    made = project(
        "def f(n: np.ndarray) -> np.ndarray: return n.astype('>i8') if (n == 77).any() else n"
    )
    online = served(made, spine)
    assert answer(online, 1.0, 5).to_dicts() == [{"f": 5}]
    with pytest.raises(Exception, match="Byte-swapped"):
        answer(online, 1.0, 77)


WARNED = """
def f(x: pd.Series) -> pd.Series:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return np.log(x)
        except RuntimeWarning:
            return x * 0.0 - 1.0
"""


def test_a_function_may_catch_warnings(
    project: Callable[..., Project], spine: pd.DataFrame
) -> None:
    made = project(WARNED)
    online = served(made, spine)
    assert not online.service("served").calls["f"].on_numpy
    assert answer(online, 0.0).to_dicts() == [{"f": -1.0}]
    assert verify(made, "served", spine.assign(x=0.0)).ok


def test_a_column_has_no_name_index_or_attributes_of_an_earlier_function(
    project: Callable[..., Project], spine: pd.DataFrame
) -> None:
    made = project(
        """
def g(x: pd.Series) -> pd.Series:
    made = x.rename("more")
    made.attrs["by"] = 5
    made.index = pd.Index(range(len(x)), dtype="int64", name="row")
    return made

def f(g: pd.Series) -> pd.Series:
    return g * len(str(g.name)) * g.attrs.get("by", 1) * len(str(g.index.name))
"""
    )
    assert verify(made, "served", spine).ok


PIPED = """
from hamilton.function_modifiers import pipe_input, pipe_output, source, step, value

def _added(v: pd.Series, k: int) -> pd.Series: return v + k

@pipe_input(step(_added, k=source("n")).named("more"))
def f(x: pd.Series) -> pd.Series: return x * 2

@pipe_output(step(_added, k=value(3)))
def g(f: pd.Series) -> pd.Series: return f - 1
"""
ODD_NAMES = """
from hamilton.function_modifiers import extract_columns, extract_fields, inject, source

@extract_columns("class", "b-b", "ﬁt")
def table(x: pd.Series, n: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"class": x, "b-b": n, "ﬁt": x})

@extract_fields({"lowest x": float, "if": float})
def ends(x: pd.Series) -> dict[str, float]: return {"lowest x": x.min(), "if": x.max()}

@inject(a=source("class"), b=source("b-b"), c=source("ﬁt"), lo=source("lowest x"), hi=source("if"))
def f(a: pd.Series, b: pd.Series, c: pd.Series, lo: float, hi: float) -> pd.Series:
    return (a * b + c - lo) / hi

def größe(f: pd.Series) -> pd.Series: return f + 1

def g(größe: pd.Series) -> pd.Series: return größe * 2
"""


@pytest.mark.parametrize("functions", [PIPED, ODD_NAMES])
def test_nodes_may_have_names_that_parameters_cannot(
    project: Callable[..., Project], spine: pd.DataFrame, functions: str
) -> None:
    made = project(functions, "f", "g")
    calls = served(made, spine).service("served").calls
    assert calls["f"].on_numpy
    assert calls["g"].on_numpy
    assert verify(made, "served", spine).ok


@pytest.mark.parametrize(
    "check",
    [
        "if len(x) == 1: raise ValueError('few')",
        "if x.isna().to_numpy().all(): raise ValueError('nothing')",
        "assert (x.fillna(0.0).to_numpy() < 7).all()",
    ],
)
def test_functions_that_raise_for_some_rows_can_be_published(
    project: Callable[..., Project], spine: pd.DataFrame, check: str
) -> None:
    made = project(f"def f(x: pd.Series) -> pd.Series:\n    {check}\n    return x + 1")
    assert served(made, spine).service("served").calls["f"].on_numpy


def test_values_that_arrow_cannot_hold_can_be_met_when_publishing(
    project: Callable[..., Project], spine: pd.DataFrame
) -> None:
    made = project("def f(n: pd.Series) -> pd.Series: return pd.Series([2 * int(v) for v in n])")
    assert answer(served(made, spine), 1.0, 4).to_dicts() == [{"f": 8}]


def test_publishing_warns_of_no_extremes_and_changes_no_fitted_value(
    project: Callable[..., Project], spine: pd.DataFrame
) -> None:
    made = project(
        """
def seen(n: pd.Series) -> list[float]:
    return [1.0]

def f(x: np.ndarray, seen: list[float]) -> np.ndarray:
    seen.append(len(seen))
    return np.exp(x)
"""
    )
    store = MemoryStore()
    with BatchDriver(made, store=store) as batch:
        frame = batch.training_frame(spine, "served")
        before = list(frame.fitted["seen"])
        batch.publish(frame)
    assert frame.fitted["seen"] == before


def test_an_answer_can_be_sent_to_another_process(
    project: Callable[..., Project], spine: pd.DataFrame
) -> None:
    made = project("def f(n: pd.Series) -> pd.Series: return n.astype('Int64').where(n > 1)")
    vectors = answer(served(made, spine), 1.0)
    copied = pickle.loads(pickle.dumps(vectors))
    assert copied.table.equals(vectors.table)
    assert copied.statuses == vectors.statuses
    assert copied.to_dicts() == vectors.to_dicts() == [{"f": None}]
    assert copied.matrix().tobytes() == vectors.matrix().tobytes()


def test_extremes_go_with_times_that_python_has_no_datetime_for() -> None:
    micros = pa.array([5 * 10**17], pa.int64())
    sample = pa.table({"event_timestamp": micros.cast(TIMESTAMP), "until": micros.cast(TIMESTAMP)})
    rows = harsh_rows(sample)
    assert rows.schema == sample.schema
    assert rows["until"].null_count == 2


def test_a_column_that_a_function_keeps_goes_nowhere(
    project: Callable[..., Project], spine: pd.DataFrame
) -> None:
    made = project(
        """
_KEPT = []

def f(x: pd.Series) -> pd.Series:
    _KEPT.append(x)
    return x + 1

def g(x: pd.Series) -> pd.Series:
    return x.rank() if len(_KEPT) < 2 else x.rank() + _KEPT[-1]
""",
        "f",
        "g",
    )
    online = served(made, spine.assign(x=1.0))
    assert online.service("served").calls["f"].why == "it keeps a column between calls"


def test_a_column_kept_out_of_sight_is_an_error_of_the_function(
    project: Callable[..., Project], spine: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = project(
        """
import math

def f(x: pd.Series) -> pd.Series:
    math.kept = x
    return x + 1

def g(x: pd.Series) -> pd.Series: return x.rank() + math.kept
""",
        "f",
        "g",
    )
    monkeypatch.setattr(math, "kept", None, raising=False)
    online = served(made, spine.assign(x=1.0))
    assert online.service("served").calls["f"].on_numpy
    with pytest.raises(FunctionError, match="keeps a column between calls, of g"):
        answer(online, 1.0)
