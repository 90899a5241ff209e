"""What a code object does, and which names it takes from outside.

Lines, file names, docstrings and annotations of locals are no part of it, and neither are the
instructions that do nothing but mark a line. Constants are told where they are loaded: one that no
instruction loads, such as a docstring, doesn't count.
"""

from __future__ import annotations

import dis
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

__all__ = ["Import", "Names", "instructions", "names_of", "shape"]

_GLOBAL = frozenset({"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"})
_ATTRIBUTE = frozenset({"LOAD_ATTR", "LOAD_METHOD"})
_NO_USE = frozenset({"LOAD_CONST", "LOAD_SMALL_INT", "LOAD_CLOSURE"})
_JUMPS = frozenset([*dis.hasjrel, *dis.hasjabs])
_CONSTANT = frozenset(dis.hasconst)
_UNSAID = frozenset({"__doc__", "__firstlineno__", "__static_attributes__"})
_FLAGS = 0x3FF
"""Of a code's flags, those about arguments and generators; the others are about its writing."""


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
        outer: of globals and builtins.
        attributes: all that may be an attribute of something.
        loose: loaded otherwise than to take an attribute of it.
        imports: made within.
    """

    outer: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    loose: set[str] = field(default_factory=set)
    imports: list[Import] = field(default_factory=list)


def shape(code: CodeType) -> str:
    """The arguments that a code object takes, and whether it is a generator."""
    counts = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount)
    flags = code.co_flags & _FLAGS
    count = code.co_argcount + code.co_kwonlyargcount + bool(flags & 4) + bool(flags & 8)
    return f"{counts} {flags} {code.co_varnames[:count]}"


def instructions(code: CodeType) -> Iterator[tuple[str, bool, Any]]:
    """Each instruction, whether its argument is a constant to be told by value, and the argument.

    Last come the ranges of the exception handlers.
    """
    bytecode = dis.Bytecode(code)
    kept = _said(bytecode)
    places: dict[int, int] = {}
    following = iter(kept)
    ahead = next(following, None)
    index = 0
    for offset in range(0, len(code.co_code) + 2, 2):  # what is left out leads to what follows
        while ahead is not None and ahead.offset < offset:
            index, ahead = index + 1, next(following, None)
        places[offset] = index
    for one in kept:
        if one.opcode in _CONSTANT:
            yield one.opname, True, one.argval
        elif one.opcode in _JUMPS:
            yield one.opname, False, places[one.argval]
        else:
            yield one.opname, False, one.argrepr or one.arg
    for entry in getattr(bytecode, "exception_entries", ()):
        ends = (places[entry.start], places[entry.end], places[entry.target])
        yield "HANDLER", False, (*ends, entry.depth, entry.lasti)


def _said(bytecode: dis.Bytecode) -> list[dis.Instruction]:
    found = [one for one in bytecode if one.opname not in ("NOP", "CACHE", "EXTENDED_ARG")]
    kept: list[dis.Instruction] = []
    for one in found:
        if one.opname == "STORE_NAME" and one.argval in _UNSAID and kept:
            kept.pop()
        else:
            kept.append(one)
    return kept


def names_of(code: CodeType) -> Names:
    """The names that a code object, with those nested in it, takes from outside."""
    names = Names()
    left = [code]
    while left:
        one = left.pop()
        _add_names(one, names)
        left.extend(c for c in one.co_consts if isinstance(c, CodeType))
    return names


def _add_names(code: CodeType, names: Names) -> None:
    names.attributes.update(code.co_names)
    if "getattr" in code.co_names:
        names.attributes.update(c for c in code.co_consts if isinstance(c, str))
    kept = _said(dis.Bytecode(code))
    for place, one in enumerate(kept):
        following = kept[place + 1] if place + 1 < len(kept) else None
        if one.opname in _GLOBAL:
            names.outer.add(one.argval)
        if one.opname.startswith("LOAD_") and one.opname not in _NO_USE:
            loaded = one.argval if isinstance(one.argval, tuple) else (one.argval,)
            taken_from = following is not None and following.opname in _ATTRIBUTE
            names.loose.update(loaded[:-1] if taken_from else loaded)
        if one.opname == "IMPORT_NAME":
            level, wanted = kept[place - 2].argval, kept[place - 1].argval or ()
            stores = (i for i in kept[place:] if i.opname.startswith("STORE_"))
            bound = tuple(
                str(store.argval) for store, _ in zip(stores, wanted or " ", strict=False)
            )
            names.imports.append(Import(one.argval, tuple(wanted), level, bound))
