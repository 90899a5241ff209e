"""What the code of a function names, in itself and in the project's helpers that it calls."""

from __future__ import annotations

import builtins
import dis
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from inspect import getattr_static
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from onedag.fingerprints.code import names_of
from onedag.fingerprints.installed import is_installed

__all__ = ["Reached", "is_own", "reached"]

_ATTRIBUTE = frozenset({"LOAD_ATTR", "LOAD_METHOD"})
_NAME = frozenset({"LOAD_GLOBAL", "LOAD_NAME"})
_LOCAL = frozenset({"LOAD_FAST", "LOAD_DEREF", "LOAD_FAST_CHECK"})
_NOTHING = object()


@dataclass(slots=True)
class Reached:
    """What a function and its helpers name.

    Attributes:
        names: of attributes, globals and builtins.
        objects: those that could be found without calling anything, with the helper that names
            them; of the function itself without one.
        texts: the constants that are texts.
        functions: the function and its helpers.
    """

    names: set[str] = field(default_factory=set)
    objects: list[tuple[Any, str]] = field(default_factory=list)
    texts: set[str] = field(default_factory=set)
    functions: list[FunctionType] = field(default_factory=list)


def reached(function: Any) -> Reached:
    """What a function names; helpers of installed packages aren't looked into.

    Args:
        function: as it is written. What isn't made of Python code names nothing.
    """
    found = Reached()
    seen: set[int] = set()
    left = [(each, "") for each in _functions(function)]
    while left:
        here, helper = left.pop()
        if id(here.__code__) in seen:
            continue
        seen.add(id(here.__code__))
        found.functions.append(here)
        for value in _add(here, found):
            found.objects.append((value, helper))
            inner = helper or _name_of(value)
            left.extend((each, inner) for each in _functions(value) if is_own(each))
    return found


def _functions(value: Any) -> Iterator[FunctionType]:
    """The functions of Python that calling a value, or a method of it, may run."""
    if isinstance(value, ModuleType):
        return
    if isinstance(value, FunctionType):
        yield value
    inner = getattr_static(value, "__wrapped__", None)  # of a decorator, such as lru_cache
    if isinstance(value, partial | MethodType):
        inner = value.func if isinstance(value, partial) else value.__func__
    if inner is not None:
        yield from _functions(inner)
    elif not isinstance(value, FunctionType):
        yield from _methods(value if isinstance(value, type) else type(value))


def _methods(kind: type) -> Iterator[FunctionType]:
    """The methods of a class of the project, and of those of its bases that are."""
    for base in filter(is_own, kind.__mro__):
        for member in vars(base).values():
            inner = getattr(member, "fget", None) or getattr(member, "__func__", member)
            if isinstance(inner, FunctionType):
                yield inner


def is_own(value: type | FunctionType) -> bool:
    """Whether something is the project's own, and not of an installed package."""
    return not is_installed(str(value.__module__))


def _name_of(value: Any) -> str:
    return str(getattr(value, "__qualname__", None) or type(value).__name__)


def _add(function: FunctionType, found: Reached) -> Iterator[Any]:
    names = names_of(function.__code__)
    found.names |= names.attributes | names.outer
    scope: dict[str, Any] = {**vars(builtins), **function.__globals__}
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    own = {name: _content(cell) for name, cell in cells}
    for one in names.imports:
        own |= _imported(one.name, one.wanted, one.level, one.bound, scope)
    for code in _nested(function.__code__):
        found.texts |= {c for c in code.co_consts if isinstance(c, str)}
        yield from _loaded(code, scope, own)


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not bound yet
        return _NOTHING


def _imported(
    name: str,
    wanted: tuple[str, ...],
    level: int,
    bound: tuple[str, ...],
    scope: Mapping[str, Any],
) -> dict[str, Any]:
    """What an import within a function binds."""
    try:
        module = builtins.__import__(name, dict(scope), None, wanted, level)
    except Exception:  # whatever the module raises, the function will say it better
        return {}
    parts = [getattr(module, part, _NOTHING) for part in wanted] if wanted else [module]
    return dict(zip(bound, parts, strict=False))


def _nested(code: CodeType) -> Iterator[CodeType]:
    left = [code]
    while left:
        one = left.pop()
        yield one
        left.extend(c for c in one.co_consts if isinstance(c, CodeType))


def _loaded(code: CodeType, scope: Mapping[str, Any], own: Mapping[str, Any]) -> Iterator[Any]:
    """The objects that instructions load: ``datetime``, then its ``now``."""
    at: Any = _NOTHING
    for instruction in dis.get_instructions(code):
        if instruction.opname in _NAME:
            at = scope.get(instruction.argval, _NOTHING)
        elif instruction.opname in _LOCAL:
            at = own.get(instruction.argval, _NOTHING)
        elif instruction.opname in _ATTRIBUTE:
            at = _attribute(at, instruction.argval)
        else:
            at = _NOTHING
        if at is not _NOTHING:
            yield at


def _attribute(value: Any, name: str) -> Any:
    """What a module or a class has under a name; of anything else it may take a call to know."""
    if not isinstance(value, ModuleType | type):
        return _NOTHING
    return getattr(value, name, _NOTHING)
