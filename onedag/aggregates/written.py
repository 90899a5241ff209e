"""What a function's code says that no stand-in can see: its constants, and tests of identity."""

from __future__ import annotations

import dis
import inspect
from collections.abc import Callable, Iterator
from datetime import datetime
from types import CodeType, FunctionType
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["asks_what_it_is", "constants_of"]

_ASKING = {"type", "isinstance", "issubclass", "id"}
_CONSTANTS = (int, float, str, datetime, pd.Timestamp, np.number)


def asks_what_it_is(function: Callable[..., Any]) -> bool:
    """Whether a function may look at the identity or the class of a value.

    ``v is pd.NA`` is False of every stand-in, whatever the value would be. ``v is None`` is
    allowed, for a Series gives no None. Python functions that it calls by name are looked at too.
    True for what isn't a Python function.
    """
    if not isinstance(function, FunctionType):
        return True
    return any(map(_asks, _codes(function)))


def constants_of(function: Callable[..., Any]) -> list[Any]:
    """The numbers, texts and times that are written in a function, but for its docstring."""
    if not isinstance(function, FunctionType):
        return []
    found = [value for code in _nested(function.__code__) for value in _constants(code)]
    return [value for value in found if value != function.__doc__]


def _asks(code: CodeType) -> bool:
    before = None
    for step in dis.get_instructions(code):
        if step.opname == "MATCH_CLASS":
            return True
        if step.opname == "LOAD_GLOBAL" and step.argval in _ASKING:
            return True
        if step.opname == "IS_OP" and not _is_none(before):
            return True
        before = step
    return False


def _is_none(step: dis.Instruction | None) -> bool:
    return step is not None and step.opname == "LOAD_CONST" and step.argval is None


def _codes(function: FunctionType) -> Iterator[CodeType]:
    """The code of a function, and of those that it calls by name."""
    waiting, met = [function], {function}
    while waiting:
        one = waiting.pop()
        yield from _nested(one.__code__)
        for other in _called(one):
            if isinstance(other, FunctionType) and other not in met:
                met.add(other)
                waiting.append(other)


def _called(function: FunctionType) -> list[Any]:
    steps = (step for code in _nested(function.__code__) for step in dis.get_instructions(code))
    names = {step.argval for step in steps if step.opname == "LOAD_GLOBAL"}
    outside = inspect.getclosurevars(function).nonlocals.values()
    return [function.__globals__.get(name) for name in names] + list(outside)


def _nested(code: CodeType) -> Iterator[CodeType]:
    yield code
    for value in code.co_consts:
        if isinstance(value, CodeType):
            yield from _nested(value)


def _constants(code: CodeType) -> Iterator[Any]:
    waiting = list(code.co_consts)
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, tuple | frozenset):
            waiting.extend(sorted(value, key=repr))
        elif isinstance(value, _CONSTANTS):
            yield value
