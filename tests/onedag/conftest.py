"""Modules made of a string, as a user would write them in a file."""

from __future__ import annotations

import linecache
import sys
import textwrap
from collections.abc import Callable, Iterator
from types import ModuleType

import pandas as pd
import pytest

MakeModule = Callable[..., ModuleType]

PREAMBLE = """
import pandas as pd
import pydantic
from onedag import Entity, FeatureService, Source, aggregate, latest

user = Entity("user", "user_id")
orders = Source(
    "orders",
    pd.DataFrame({"user_id": [1], "amount": [1.0], "at": pd.to_datetime(["2024-01-01"], utc=True)}),
    timestamp="at",
)
profiles = Source(
    "profiles",
    pd.DataFrame({"user_id": [1], "age": [30], "at": pd.to_datetime(["2024-01-01"], utc=True)}),
    timestamp="at",
    key=user,
)
"""


@pytest.fixture
def make_module() -> Iterator[MakeModule]:
    """Make modules of source code; `inspect.getsource` works, and they are forgotten at the end.

    ``make_module(source, name=None, preamble=False)``: with ``preamble`` the module begins with an
    entity ``user``, a source ``orders`` and a source ``profiles`` with ``key=user``. ``pd`` is
    there in any case.
    """
    made: list[str] = []

    def make(source: str, name: str | None = None, *, preamble: bool = False) -> ModuleType:
        name = name or f"made_module_{len(made)}"
        text = (PREAMBLE if preamble else "") + textwrap.dedent(source)
        module = ModuleType(name)
        module.pd = pd  # type: ignore[attr-defined]
        module.__file__ = f"<{name}>"
        linecache.cache[module.__file__] = (len(text), None, text.splitlines(True), module.__file__)
        sys.modules[name] = module
        made.append(name)
        exec(compile(text, module.__file__, "exec", dont_inherit=True), module.__dict__)
        return module

    yield make
    for name in made:
        sys.modules.pop(name, None)
        linecache.cache.pop(f"<{name}>", None)
