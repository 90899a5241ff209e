"""What makes a function answer otherwise next time: the wall clock, and randomness."""

from __future__ import annotations

import random
import secrets
import time
import uuid
from collections.abc import Callable
from datetime import date
from os import urandom
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from drivers.check.reached import Reached

__all__ = ["clocks", "hashes", "random_numbers", "stopwatches"]

_CLOCK_METHODS = frozenset({"now", "utcnow", "today"})
_STOPWATCHES = frozenset(
    getattr(time, name + suffix)
    for name in ("monotonic", "perf_counter", "process_time", "thread_time")
    for suffix in ("", "_ns")
)
_TIMES = frozenset({time.time, time.time_ns})
# These read the clock where they are given such a text.
_PARSERS = (pd.to_datetime, pd.Timestamp, np.datetime64, pd.DatetimeIndex)
_MOMENTS = frozenset({"now", "today"})

_RANDOM = frozenset({uuid.uuid1, uuid.uuid4, urandom, secrets.SystemRandom})
_GENERATORS = (random.Random, np.random.RandomState, np.random.Generator)


def clocks(found: Reached) -> list[str]:
    """The calls of the wall clock that were reached, in words."""
    return _told(_is_clock, found)


def stopwatches(found: Reached) -> list[str]:
    """The calls of clocks that only measure how long something takes, in words.

    What depends on one answers otherwise each time, and what answers the same only measures.
    """
    return _told(lambda value, _: _among(value, _STOPWATCHES), found)


def random_numbers(found: Reached) -> list[str]:
    """The sources of randomness that were reached, in words."""
    return _told(_is_random, found)


def hashes(found: Reached) -> list[str]:
    """Where Python's own `hash` was reached."""
    return _told(lambda value, _: value is hash, found)


def _told(test: Callable[[Any, Reached], bool], found: Reached) -> list[str]:
    return list(dict.fromkeys(_shown(v, h) for v, h in found.objects if test(v, found)))


def _shown(value: Any, helper: str) -> str:
    where = f" in {helper}()" if helper else ""
    if isinstance(value, _GENERATORS):
        return f"a {type(value).__name__} that is kept{where}"
    owner = _owner(value)
    name = getattr(value, "__name__", repr(value))
    if isinstance(owner, type):
        return f"{owner.__name__}.{name}(){where}"
    if isinstance(owner, ModuleType) and owner.__name__ != "builtins":
        return f"{owner.__name__}.{name}(){where}"
    if isinstance(owner, _GENERATORS):
        module = "random" if isinstance(owner, random.Random) else "numpy.random"
        return f"{module}.{name}(){where}"
    module = getattr(value, "__module__", "builtins")
    return f"{name}(){where}" if module == "builtins" else f"{module}.{name}(){where}"


def _is_clock(value: Any, found: Reached) -> bool:
    owner = _owner(value)
    if isinstance(owner, type) and issubclass(owner, date):
        return getattr(value, "__name__", "") in _CLOCK_METHODS
    if any(value is parser for parser in _PARSERS):
        return not _MOMENTS.isdisjoint(found.texts)
    return _among(value, _TIMES)


def _is_random(value: Any, _: Reached) -> bool:
    if isinstance(value, _GENERATORS) or isinstance(_owner(value), _GENERATORS):
        return True
    of_secrets = callable(value) and getattr(value, "__module__", None) == secrets.__name__
    return of_secrets or _among(value, _RANDOM)


def _among(value: Any, some: frozenset[Any]) -> bool:
    return any(value is each for each in some)


def _owner(value: Any) -> Any:
    return getattr(value, "__self__", None)
