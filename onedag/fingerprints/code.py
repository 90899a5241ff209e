"""What a code object does, and which names it takes from outside.

Lines, file names, docstrings, annotations of locals, and what locals and globals are called are no
part of it. Constants are told where they are loaded: one that no instruction loads, such as a
docstring, doesn't count.
"""

from __future__ import annotations

import dis
from dataclasses import dataclass, field
from functools import lru_cache
from types import CodeType
from typing import Any, NamedTuple

from onedag.fingerprints.flow import said, steps

__all__ = ["Import", "Names", "instructions", "names_of", "shape"]

_ATTRIBUTE = frozenset({"LOAD_ATTR", "LOAD_METHOD"})
_BY_NAME = frozenset({"LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"})
_NO_USE = frozenset({"LOAD_CONST", "LOAD_SMALL_INT", "LOAD_CLOSURE"})
_CONSTANT = frozenset(dis.hasconst)
_LOCAL = frozenset(dis.haslocal)
_BINDS = frozenset({"STORE_GLOBAL", "DELETE_GLOBAL"})
_FLAGS = 0x3FF
"""Of a code's flags, those about arguments and generators; the others are about its writing."""

_NAMES_MATTER = frozenset(
    ["query", "eval", "exec", "locals", "vars", "dir", "globals", "__name__", "__qualname__"]
)
"""Names of what sees how variables and functions are called, such as ``frame.query("a > @b")``."""


@dataclass(frozen=True, slots=True)
class Import:
    """An import within a function: the arguments of Python's ``__import__``, and what it binds.

    Attributes:
        name: of the module.
        wanted: the names after ``from``.
        level: how many dots.
        bound: what each of these is called then, or the one name of the module.
    """

    name: str
    wanted: tuple[str, ...]
    level: int
    bound: tuple[str, ...]


@dataclass(slots=True)
class Names:
    """The names that a code object, with those nested in it, takes from outside.

    Attributes:
        outer: of globals and builtins, those that are told by name.
        numbered: of globals and builtins, those that are told by number, in the order in which
            each code object loads them.
        attributes: all that may be an attribute of something.
        loose: loaded otherwise than to take an attribute of it.
        imports: made within.
        bound: globals that are bound or deleted within, and so aren't what they are now.
    """

    outer: set[str] = field(default_factory=set)
    numbered: list[str] = field(default_factory=list)
    attributes: set[str] = field(default_factory=set)
    loose: set[str] = field(default_factory=set)
    imports: list[Import] = field(default_factory=list)
    bound: set[str] = field(default_factory=set)


class _Told(NamedTuple):
    """One code object: what is told of it, which globals have numbers, and how it stands."""

    instructions: list[tuple[str, bool, Any]]
    numbered: list[str]
    kept: list[dis.Instruction]


def shape(code: CodeType) -> str:
    """The arguments that a code object takes, and whether it is a generator."""
    counts = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount)
    flags = code.co_flags & _FLAGS
    return f"{counts} {flags} {code.co_varnames[: _arguments(code)]}"


def _arguments(code: CodeType) -> int:
    flags = code.co_flags
    return code.co_argcount + code.co_kwonlyargcount + bool(flags & 4) + bool(flags & 8)


def instructions(code: CodeType) -> list[tuple[str, bool, Any]]:
    """Each instruction, whether its argument is a constant to tell by value, and the argument."""
    return _told(code).instructions


@lru_cache(maxsize=64)  # it is asked for twice in a row: what it does, and what it names
def _told(code: CodeType) -> _Told:
    kept = said(code)
    # Two globals that are equal now aren't any more once one of them is bound to something else.
    binds = any(one.opname in _BINDS for one in kept)
    by_number = _NAMES_MATTER.isdisjoint(code.co_names) and not binds
    own = [name for name in code.co_varnames if name not in code.co_cellvars]
    variables = {name: number for number, name in enumerate(own)} if by_number else {}
    outer: dict[str, int] = {}
    told: list[tuple[str, bool, Any]] = []
    for step in steps(code, kept):
        one = step.instruction
        if one is None:
            told.append((step.name, False, step.to))
        elif one.opcode in _CONSTANT:
            # `dis` of Python 3.11 and 3.12 doesn't look the names of keywords up.
            names = step.name == "KW_NAMES"
            told.append((step.name, True, code.co_consts[one.arg or 0] if names else one.argval))
        elif one.opcode in _LOCAL:
            loaded = one.argval if isinstance(one.argval, tuple) else (one.argval,)
            told.append((step.name, False, [variables.get(name, name) for name in loaded]))
        elif step.name == "LOAD_GLOBAL" and by_number:
            number = outer.setdefault(one.argval, len(outer))
            told.append((step.name, False, f"{number} {'NULL' in one.argrepr}"))
        else:
            told.append((step.name, False, one.argrepr or one.arg))
    return _Told(told, list(outer), kept)


def names_of(code: CodeType) -> Names:
    """The names that a code object, with those nested in it, takes from outside."""
    names = Names()
    left = [code]
    while left:
        one = left.pop()
        _add_names(one, names)
        told = instructions(one)
        left.extend(c for _, constant, c in told if constant and isinstance(c, CodeType))
    return names


def _add_names(code: CodeType, names: Names) -> None:
    names.attributes.update(code.co_names)
    if "getattr" in code.co_names:
        names.attributes.update(c for c in code.co_consts if isinstance(c, str))
    _, numbered, kept = _told(code)
    names.numbered.extend(numbered)
    for place, one in enumerate(kept):
        following = kept[place + 1] if place + 1 < len(kept) else None
        if one.opname in _BY_NAME or (one.opname == "LOAD_GLOBAL" and one.argval not in numbered):
            names.outer.add(one.argval)
        if one.opname.startswith("LOAD_") and one.opname not in _NO_USE:
            loaded = one.argval if isinstance(one.argval, tuple) else (one.argval,)
            taken_from = following is not None and following.opname in _ATTRIBUTE
            names.loose.update(loaded[:-1] if taken_from else loaded)
        if one.opname == "IMPORT_NAME":
            names.imports.append(_import(kept, place))
        if one.opname in _BINDS:
            names.bound.add(one.argval)


def _import(kept: list[dis.Instruction], place: int) -> Import:
    level, wanted = kept[place - 2].argval, kept[place - 1].argval or ()
    stores = (i for i in kept[place:] if i.opname.startswith("STORE_"))
    bound = tuple(str(store.argval) for store, _ in zip(stores, wanted or " ", strict=False))
    return Import(kept[place].argval, tuple(wanted), level, bound)
