"""Row functions of any shape are let pass: what is flagged is wrong."""

from __future__ import annotations

import itertools
import sys
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pydantic
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.check import check
from onedag import FeatureService, Project

NUMBERS = st.sampled_from([0.0, -0.0, 0.1, -2.5, 3.0, 1e16, 1e300, 5e-324, -1e-310])
TEXTS = st.sampled_from(["", "red", "ü", "a b", "Red"])
MOMENTS = st.sampled_from(
    pd.date_range("2024-02-28 23:30", periods=6, freq="7h", tz="UTC").tolist()
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "x": NUMBERS,
            "y": NUMBERS | st.none(),
            "n": st.integers(-3, 5),
            "m": st.integers(-3, 5) | st.none(),
            "t": TEXTS | st.none(),
            "event_timestamp": MOMENTS,
        }
    ),
    min_size=1,
    max_size=30,
)
LEAVES = ["x", "y", "n.astype('float64')", "m.astype('float64')", "event_timestamp.dt.hour * 1.0"]
ONE = [
    "np.sin({0})",
    "np.exp({0})",
    "np.log1p(({0}).abs())",
    "({0}).fillna(0.5)",
    "({0}).clip(lower=-1.0, upper=2.0)",
    "({0}).where(t == 'red')",
    "({0}).round(2)",
    "-({0})",
    "({0}) * 0.1",
    "({0}) ** 2",
    "({0}).isna() * 1.0",
    "pd.Series(np.sqrt(np.abs(({0}).to_numpy())))",
    "t.str.len() + ({0})",
]
TWO = [
    "({0}) + ({1})",
    "({0}) - ({1})",
    "({0}) * ({1})",
    "({0}) / ({1})",
    "({0}).fillna({1})",
    "({0}).where(({1}) > 0.0)",
    "pd.Series(np.where(({0}) > ({1}), 1.0, 0.0))",
    "pd.Series(np.hypot({0}, {1}))",
]


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    one = st.builds(lambda form, a: form.format(a), st.sampled_from(ONE), inner)
    two = st.builds(lambda form, a, b: form.format(a, b), st.sampled_from(TWO), inner, inner)
    return one | two


EXPRESSIONS = st.recursive(st.sampled_from(LEAVES), _larger, max_leaves=6)
ENDINGS = st.sampled_from(["{0}", "({0}) > 0.5", "(({0}) > 0.5).map({{True: 'a', False: 'b'}})"])
PARAMETERS = "x: pd.Series, y: pd.Series, n: pd.Series, m: pd.Series, t: pd.Series, "
PARAMETERS += "event_timestamp: pd.Series"


class Request(pydantic.BaseModel):
    x: float
    y: float | None
    n: int
    m: int | None
    t: str | None


NAMES = itertools.count()


def project_of(source: str) -> Project:
    """Of two functions, each of which gets the other kind of dtype as it is computed."""
    module = ModuleType(f"legal_functions_{next(NAMES)}")
    names: dict[str, Any] = {"pd": pd, "np": np}
    vars(module).update(names)
    sys.modules[module.__name__] = module
    exec(source, vars(module))
    vars(module)["service"] = FeatureService("s", ["g"], Request)
    return Project([module], store="memory://")


@settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(rows=ROWS, first=EXPRESSIONS, second=EXPRESSIONS, ending=ENDINGS)
def test_row_wise_functions_pass(
    rows: list[dict[str, Any]], first: str, second: str, ending: str
) -> None:
    source = (
        f"def f({PARAMETERS}) -> pd.Series:\n    return {first}\n"
        f"def g({PARAMETERS}, f: pd.Series) -> pd.Series:\n"
        f"    y = f\n    return {ending.format(second)}\n"
    )
    project = project_of(source)
    frame = pd.DataFrame(rows).astype({"y": "float64", "m": "Int64", "t": "str"})
    report = check(project, frame)
    assert report.ok, f"{source}\n{report}"
    assert set(report.checked) == {"f", "g"}
