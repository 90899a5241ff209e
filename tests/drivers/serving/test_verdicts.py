"""Which functions may be called on NumPy: those that give what pandas gives, and no others."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from types import ModuleType

import pandas as pd
import pyarrow as pa
import pytest

from drivers import BatchDriver, OnlineDriver
from drivers.serving.verdicts import Verdicts, judge
from drivers.stores.memory import MemoryStore
from onedag import Project
from onedag.dtypes import TIMESTAMP
from onedag.graph import FunctionGraph, FunctionNode

MakeModule = Callable[[str], ModuleType]
SAMPLE = pa.table(
    {
        "event_timestamp": pa.array(
            [datetime(2024, 1, day, tzinfo=UTC) for day in (1, 2, 3)], TIMESTAMP
        ),
        "x": [1.0, 2.0, 3.0],
        "n": pa.array([1, None, 3], pa.int64()),
        "s": ["a", None, "b"],
    }
)


def _steps(make_module: MakeModule, source: str) -> list[FunctionNode]:
    graph = FunctionGraph.from_modules(
        [make_module(f"import numpy as np\nimport pandas as pd\n{source}")]
    )
    return [graph[name] for name in graph]


@pytest.mark.parametrize(
    "body",
    [
        "return x * 2 + n",
        "return np.where(x > 2, x, 0.0)",
        "return pd.to_datetime(event_timestamp).dt.hour + x",
        "return x.where(n >= 2).fillna(0.0)",
        "return s.str.upper().isin(['A'])",
        "return np.log(x) if len(x) else x",
        "return pd.isna(s)",
    ],
)
def test_verified(make_module: MakeModule, body: str) -> None:
    [step] = _steps(
        make_module,
        "def f(\n    x: pd.Series, n: pd.Series, s: pd.Series, event_timestamp: pd.Series\n"
        f") -> pd.Series:\n    {body}",
    )
    verdicts = judge([step], SAMPLE, {})
    assert verdicts.refused == {}
    [call] = verdicts.calls([step]).values()
    assert call.on_numpy
    assert str(call) == "NumPy: verified when the run was published"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("return x.rank()", "it needs .rank of float64"),
        ("return x if type(x) is pd.Series else x * 2", "its values differ from those of pandas"),
        ("return x if type(x) is pd.Series else x > 2", "it returns bool on NumPy and float64"),
        ("return x if type(x) is pd.Series else 1 / 0", "it raises ZeroDivisionError on NumPy"),
        ("return x.astype('category')", r"it needs astype"),
        (
            "try:\n        return x.rank()\n    except BaseException:\n        return x * 2.0",
            "it catches what isn't for it to catch",
        ),
        (
            "return (x.fillna(0.0).astype('int64') if type(x) is pd.Series else x) > 0",
            "it has an answer where pandas raises",
        ),
        (
            "return -x if type(x) is not pd.Series and len(x) == 1 else x",
            r"values differ.* for 1 row$",
        ),
    ],
)  # fmt: skip
def test_refused(make_module: MakeModule, body: str, why: str) -> None:
    [step] = _steps(make_module, f"def f(x: pd.Series) -> pd.Series:\n    {body}")
    verdicts = judge([step], SAMPLE, {})
    assert verdicts.verified == {}
    [call] = verdicts.calls([step]).values()
    assert not call.on_numpy
    assert str(call).startswith("pandas: ")
    assert re.search(why, str(call)), str(call)


def test_what_a_refused_function_gives_goes_on(make_module: MakeModule) -> None:
    steps = _steps(
        make_module,
        """
def ranked(x: pd.Series) -> pd.Series:
    return x.rank()

def over(ranked: pd.Series, mean: float) -> pd.Series:
    return ranked / mean

def table(x: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"a": x})

def of_table(table: pd.DataFrame) -> pd.Series:
    return table["a"]
""",
    )
    steps.sort(key=lambda step: ["ranked", "over", "table", "of_table"].index(step.name))
    verdicts = judge(steps, SAMPLE, {"mean": 2.0})
    assert set(verdicts.verified) == {"over"}
    assert set(verdicts.refused) == {"ranked", "table", "of_table"}


def test_counting_up_to_an_integer_comes_to_an_end(make_module: MakeModule) -> None:
    [step] = _steps(make_module, "def f(n: int) -> float:\n    return sum(1.0 for _ in range(n))")
    verdicts = judge([step], SAMPLE, {})
    assert set(verdicts.verified) == {"f"}
    assert str(verdicts.calls([step])["f"]).startswith("each row: verified")


def test_no_rows_are_enough(make_module: MakeModule) -> None:
    steps = _steps(make_module, "def f(x: pd.Series) -> pd.Series:\n    return x + 1")
    assert set(judge(steps, SAMPLE.slice(0, 0), {}).verified) == {"f"}


def test_a_verdict_is_not_for_other_code(make_module: MakeModule) -> None:
    source = "def f(x: pd.Series) -> pd.Series:\n    return x + {}"
    [one], [other] = (_steps(make_module, source.format(n)) for n in (1, 2))
    verdicts = judge([one], SAMPLE, {})
    assert verdicts.calls([one])["f"].on_numpy
    assert "other code or versions" in verdicts.calls([other])["f"].why
    assert "not verified" in Verdicts({}, {}).calls([one])["f"].why


def test_a_published_run_tells(shop: Project, spine: pd.DataFrame) -> None:
    store = MemoryStore()
    batch = BatchDriver(shop, store=store)
    batch.publish(batch.training_frame(spine, "basket"))
    batch.materialize(as_of=datetime(2024, 1, 2, 11))
    compiled = OnlineDriver(shop, store=store).load("basket")
    assert all(call.on_numpy for call in compiled.calls.values())
    assert "NumPy: verified when the run was published" in compiled.explain()
    assert "NumPy" not in compiled.plan.explain()
