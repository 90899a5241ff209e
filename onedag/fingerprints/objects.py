"""What has an entry of its own: it may lead back to itself, or be reached in several ways."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
import pyarrow as pa

from onedag.fingerprints.classes import tell_class, tell_instance
from onedag.fingerprints.definitions import DEFINITIONS
from onedag.fingerprints.functions import tell_function, tell_module
from onedag.fingerprints.tables import TABLES, tell_mapping
from onedag.fingerprints.writing import Tell, Telling

__all__ = ["tell_object"]


def tell_object(out: Telling, value: Any, attributes: frozenset[str] | None) -> None:
    """Tell what has an entry of its own.

    Args:
        out: where.
        value: not plain.
        attributes: of a module, those that count; None for all.
    """
    out.text(type(value).__name__)
    tell = _OBJECTS.get(type(value))
    if tell is not None:
        tell(out, value)
    elif isinstance(value, ModuleType):
        tell_module(out, value, attributes)
    elif isinstance(value, type):
        tell_class(out, value)
    elif isinstance(value, pa.Array):
        out.text(value.type)
        out.values(value.to_pylist())
    elif not tell_instance(out, value):
        out.unknown(value)


def _partial(out: Telling, value: functools.partial[Any]) -> None:
    out.value(value.func)
    out.value(value.args)
    tell_mapping(out, dict(sorted(value.keywords.items())))


def _vectorized(out: Telling, value: np.vectorize) -> None:
    out.values((value.pyfunc, value.otypes, value.signature, value.excluded))


def _property(out: Telling, value: property) -> None:
    out.values((value.fget, value.fset, value.fdel))


def _wrapping(out: Telling, value: Any) -> None:
    out.value(value.__func__)


def _cached_property(out: Telling, value: functools.cached_property[Any]) -> None:
    out.value(value.func)


_OBJECTS: Mapping[type, Tell] = {
    **TABLES,
    **DEFINITIONS,
    FunctionType: tell_function,
    functools.partial: _partial,
    np.vectorize: _vectorized,
    property: _property,
    classmethod: _wrapping,
    staticmethod: _wrapping,
    functools.cached_property: _cached_property,
}
