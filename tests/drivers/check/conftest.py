"""One function at a time, tried on a dozen rows."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pandas as pd
import pydantic
import pytest

from onedag import FeatureService, Project

HEAD = """
import random
import time
import uuid
from datetime import date, datetime

import numpy as np
import pandas as pd

"""


class Request(pydantic.BaseModel):
    """What the functions of these tests take."""

    x: float
    colour: str
    y: float | None = None
    n: int = 0


@pytest.fixture
def rows() -> pd.DataFrame:
    """Rows with ties; ``y`` has nulls, and some rows have the same values."""
    return pd.DataFrame(
        {
            "event_timestamp": pd.date_range("2024-01-01", periods=12, tz="UTC"),
            "x": [float(value % 5) for value in range(12)],
            "colour": ["red", "blue", "green"] * 4,
            "y": [1.5, None, -2.0, 4.0] * 3,
            "n": [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8],
        }
    )


@pytest.fixture
def build(make_module: Callable[..., ModuleType]) -> Callable[..., Project]:
    """A project of some source text, with a service ``s`` of the named features."""

    def make(source: str, *features: str, **names: object) -> Project:
        module = make_module(HEAD + source, **names)
        vars(module)["service"] = FeatureService("s", features or ("f",), Request)
        return Project([module], store="memory://")

    return make
