"""Classes and their instances, with all attributes and bases."""

from __future__ import annotations

import abc
import dataclasses
import typing
from collections.abc import Iterator
from enum import Enum
from types import FunctionType, MemberDescriptorType
from typing import Any

import pydantic

from onedag.fingerprints.installed import installed_name, is_of
from onedag.fingerprints.writing import Telling

__all__ = ["tell_class", "tell_instance"]

_UNSAID = frozenset(
    [
        "__doc__",
        "__module__",
        "__qualname__",
        "__dict__",
        "__weakref__",
        "__annotations__",
        "__annotate__",
        "__annotate_func__",
        "__annotations_cache__",
        "__firstlineno__",
        "__static_attributes__",
        "_abc_impl",
        "__orig_bases__",
        "__parameters__",
        "__type_params__",
        "__dataclass_fields__",
        "__dataclass_params__",
        "__protocol_attrs__",
        "__non_callable_proto_members__",
        "_is_protocol",
        "_is_runtime_protocol",
    ]
)
"""What a class has that does nothing, or that its other attributes say too."""

_OF_HAMILTON = frozenset(
    ["_doc", "_tags", "_originating_functions", "_dependencies", "_depended_on_by"]
)
"""What a node of Hamilton has that calling it doesn't use."""

_TRANSPARENT = frozenset({object, typing.Generic, typing.Protocol, abc.ABC})
_CONTAINERS: tuple[Any, ...] = (dict, list, tuple, set, frozenset, str, bytes, int, float)
_DESCRIPTORS = (property, classmethod, staticmethod)


def tell_class(out: Telling, kind: type) -> None:
    out.text(kind.__name__)
    out.value(type(kind))
    out.values(kind.__bases__)
    if dataclasses.is_dataclass(kind):
        for field in dataclasses.fields(kind):
            out.text("field", field.name, field.init, field.repr, field.compare, field.hash)
            out.value(field.metadata)
    if issubclass(kind, Enum):
        out.values((name, member.value) for name, member in kind.__members__.items())
    if issubclass(kind, pydantic.BaseModel):
        out.values((name, info.default) for name, info in kind.model_fields.items())
        out.certain = False  # a validator is kept where no attribute leads
    for name, value in sorted(_attributes(kind)):
        out.text("attribute", name)
        out.value(value)


def _attributes(kind: type) -> Iterator[tuple[str, Any]]:
    for name, value in vars(kind).items():
        # Pydantic's own attributes have addresses in them.
        if name in _UNSAID or name.startswith("__pydantic_"):
            continue
        # An enumeration keeps its members in several tables of its own.
        if issubclass(kind, Enum) and not isinstance(value, (FunctionType, *_DESCRIPTORS)):
            continue
        yield name, value


def tell_instance(out: Telling, value: Any) -> bool:
    kind = type(value)
    if not (is_of("hamilton", kind) or not _hides_state(kind)):
        return False
    out.value(kind)
    for base in _CONTAINERS:
        if isinstance(value, base):
            out.value(base(value))
    for name, content in sorted(_state(value)):
        if not (is_of("hamilton", kind) and name in _OF_HAMILTON):
            out.text("attribute", name)
            out.value(content)
    return True


def _hides_state(kind: type) -> bool:
    """Whether an instance may have more than its attributes and what Python's containers hold."""
    if installed_name(kind) is not None:
        return True
    bases = (base for base in kind.__mro__ if base not in _TRANSPARENT and base not in _CONTAINERS)
    return any(installed_name(base) is not None for base in bases)


def _state(value: Any) -> Iterator[tuple[str, Any]]:
    yield from getattr(value, "__dict__", {}).items()
    for base in type(value).__mro__:
        for name, slot in vars(base).items():
            if isinstance(slot, MemberDescriptorType) and hasattr(value, name):
                yield name, getattr(value, name)
