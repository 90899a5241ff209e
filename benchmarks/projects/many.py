"""A repository of many features on disk: modules that look as if people had written them.

Each module has a source, its entity, row functions of its rows, aggregates of these over windows,
and chains of row functions for the request; each service takes the features of some modules.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

__all__ = ["CHAINED", "FEATURES", "SERVICES", "write_project"]

SERVICES = 5
WINDOWS = ["1d", "7d", "30d"]
REDUCTIONS = ("sum", "mean", "min", "max")
MAPPED, REDUCED, CHAINED = 10, 20, 30
FEATURES = MAPPED + len(WINDOWS) * REDUCED + CHAINED
"""Of one module: of the source's rows, of windows of aggregates, of the request."""

_HEAD = '''"""What subject {m} does, and what a request about it says."""

import numpy as np
import pandas as pd
from hamilton.function_modifiers import tag

from onedag import Entity, Source, aggregate
from many_features.helpers import clipped, share

user_{m} = Entity("user_{m}", ["user_{m}"])
events_{m} = Source("events_{m}", data="events_{m}.parquet", timestamp="at", delay="5min")
LIMIT_{m} = {m}.5
'''
_MAPPED = '''

def scaled_{m}_{i}(value_{c}: pd.Series) -> pd.Series:
    """The value of an event in units of {i}."""
    return clipped(value_{c} / {i}.5, LIMIT_{m})
'''
_AGGREGATE = '''

@tag(owner="team {m}")
@aggregate(events_{m}, by=user_{m}, over={windows})
def spent_{m}_{i}(scaled_{m}_{j}: pd.Series) -> float:
    """What the user spent in the window, counted in way {i}."""
    return scaled_{m}_{j}.{reduction}()
'''
_FIRST = '''

def change_{m}_0(spent_{m}_0_1d: pd.Series, spent_{m}_0_7d: pd.Series) -> pd.Series:
    """The day's share of the week."""
    return share(spent_{m}_0_1d, spent_{m}_0_7d)
'''
_CHAINED = '''

def change_{m}_{i}(change_{m}_{before}: pd.Series, spent_{m}_{j}_7d: pd.Series) -> pd.Series:
    """The change before, with another window, as number {i}."""
    return np.log1p(change_{m}_{before}.fillna(0.0).abs()) + share(spent_{m}_{j}_7d, {i}.0)
'''
_HELPERS = '''"""What the modules share."""

import pandas as pd

SMALLEST = 1e-9


def clipped(values: pd.Series, limit: float) -> pd.Series:
    """Values between zero and a limit."""
    return values.clip(0.0, limit)


def share(part: pd.Series, whole: pd.Series | float) -> pd.Series:
    """A part of the whole, where there is one."""
    return part / (whole + SMALLEST)
'''
_SERVICES_HEAD = '''"""What the models take."""

import pydantic

from onedag import FeatureService
'''
_SERVICE = '''

class Request{s}(pydantic.BaseModel):
    """Who asks for model {s}."""

{fields}


model_{s} = FeatureService("model_{s}", {features}, request=Request{s})
'''
_SETTINGS = """[tool.onedag]
modules = ["many_features"]
"""


def write_project(folder: Path, modules: int = 10, events: int = 1_000) -> Path:
    """Write a repository; its folder.

    Args:
        folder: that isn't there yet.
        modules: a multiple of `SERVICES`, each with `FEATURES`.
        events: rows of each source.
    """
    package = folder / "many_features"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text('"""Many features."""\n')
    (package / "helpers.py").write_text(_HELPERS)
    for m in range(modules):
        (package / f"subject_{m}.py").write_text(_module(m))
        _events(m, events).to_parquet(folder / f"events_{m}.parquet")
    (package / "services.py").write_text(_services(modules))
    (folder / "pyproject.toml").write_text(_SETTINGS)
    return folder


def _module(m: int) -> str:
    mapped = [_MAPPED.format(m=m, i=i, c=i % 4) for i in range(MAPPED)]
    reduced = [
        _AGGREGATE.format(m=m, i=i, j=i % 10, reduction=REDUCTIONS[i % 4], windows=WINDOWS)
        for i in range(REDUCED)
    ]
    chained = [_CHAINED.format(m=m, i=i, before=i - 1, j=i % 20) for i in range(1, CHAINED)]
    return "".join([_HEAD.format(m=m), *mapped, *reduced, _FIRST.format(m=m), *chained])


def _services(count: int) -> str:
    each = count // SERVICES
    written = [_SERVICES_HEAD]
    for s in range(SERVICES):
        modules = range(s * each, (s + 1) * each)
        windows = [f"spent_{m}_{i}_{w}" for m in modules for i in range(REDUCED) for w in WINDOWS]
        names = [*windows, *(f"change_{m}_{i}" for m in modules for i in range(CHAINED))]
        fields = "\n".join(f"    user_{m}: int" for m in modules)
        written.append(_SERVICE.format(s=s, fields=fields, features=names))
    return "".join(written)


def _events(m: int, rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(m)
    moments = pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(rng.random(rows) * 60, "D")
    values = {f"value_{c}": rng.random(rows) * 10 for c in range(4)}
    return pd.DataFrame({f"user_{m}": rng.integers(0, 50, rows), **values, "at": moments})
