"""What a function keeps from one call for the next: in globals, closures, defaults, attributes.

A cache of what was computed of a row is fine: the row gets the same answer whatever came before.
A table that is filled as rows come by isn't, nor a mean that is remembered from the first call:
the training job and each server process begin anew, and see other rows first.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from types import CodeType, FunctionType
from typing import Any

from drivers.check.answers import Answer, Columns, answer, first_difference, said_at, shown, taken
from drivers.check.reached import is_own, reached
from onedag.graph import FunctionNode

__all__ = ["Kept", "kept_in_words"]

_NOTHING = object()
_MOST = 10_000  # entries of what is watched


class Kept:
    """The state that a function and its helpers reach, as it was when this was made.

    Args:
        function: as it is written.
    """

    def __init__(self, function: Any) -> None:
        found = reached(function)
        self._bound: list[tuple[dict[str, Any], str, Any]] = []
        self._inner: list[tuple[str, Any, Any]] = []
        for each in found.functions:
            for name in _global_names(each):
                value = each.__globals__.get(name, _NOTHING)
                self._bound.append((each.__globals__, name, value))
                self._watch(name, value)
            for name, value in _own_values(each):
                self._watch(name, value)
        for value, _ in found.objects:
            self._watch(type(value).__name__, value)

    def _watch(self, name: str, value: Any) -> None:
        inner = _content(value)
        if inner is None or any(value is known for _, known, _ in self._inner):
            return
        if (was := _copied(inner)) is not None:
            self._inner.append((name, value, was))

    def changed(self) -> list[str]:
        """The names of what isn't as it was."""
        names = [
            name for where, name, value in self._bound if where.get(name, _NOTHING) is not value
        ]
        names += [name for name, value, was in self._inner if not _same(_content(value), was)]
        return list(dict.fromkeys(names))

    def restore(self) -> None:
        """Make all of it as it was."""
        for where, name, value in self._bound:
            if value is _NOTHING:
                where.pop(name, None)
            else:
                where[name] = value
        for _, value, was in self._inner:
            if not _same(inner := _content(value), was):
                _refill(inner, _copied(was))


def kept_in_words(step: FunctionNode, inputs: Columns, together: Answer, kept: Kept) -> str | None:
    """What a function keeps, if it answers otherwise once that is as it was; None where not.

    Args:
        step: the function.
        inputs: its own.
        together: what it answered for them first.
        kept: made before that.
    """
    names = kept.changed()
    length = len(next(iter((together.columns or {}).values()), ()))
    if not names or not length:
        return None
    rows = list(range(length))
    for some in (rows[::-1], rows[length // 2 :], rows[-1:]):  # what else may come first
        kept.restore()
        here = answer(step, taken(inputs, some), len(some))
        place = first_difference(here, together.take(some))
        if place is not None:
            pair = _pair_in_words(step, inputs, some[place], length, kept)
            kept.restore()
            return f"it keeps something in {', '.join(names)} from one call for the next{pair}"
    return None


def _pair_in_words(step: FunctionNode, inputs: Columns, row: int, length: int, kept: Kept) -> str:
    """A row before which the function answers otherwise for this one; nothing if there is none."""
    alone = taken(inputs, [row])
    kept.restore()
    first = answer(step, alone, 1)
    for other in range(length):
        kept.restore()
        answer(step, taken(inputs, [other]), 1)
        then = answer(step, alone, 1)
        if first_difference(first, then) is not None:
            return (
                f": for ({shown(inputs, row)}) it answers {said_at(first, 0)} when that is the "
                f"first call, and {said_at(then, 0)} after a call with ({shown(inputs, other)})"
            )
    return ""


def _global_names(function: FunctionType) -> Iterator[str]:
    left: list[CodeType] = [function.__code__]
    while left:
        code = left.pop()
        yield from code.co_names
        left.extend(each for each in code.co_consts if isinstance(each, CodeType))


def _own_values(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """What belongs to one function: what it closes over, its defaults and its attributes."""
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:  # not bound yet
            continue
    yield from (("a default", value) for value in function.__defaults__ or ())
    yield from (function.__kwdefaults__ or {}).items()
    if is_own(function):
        yield function.__name__, function


def _content(value: Any) -> Any:
    """What can be changed within a value: of an object of the project its attributes."""
    if isinstance(value, dict | list | set):
        return value
    if isinstance(value, type) or not is_own(value if _is_function(value) else type(value)):
        return None
    return getattr(value, "__dict__", None)


def _is_function(value: Any) -> bool:
    return isinstance(value, FunctionType)


def _copied(content: Any) -> Any:
    """Containers within containers copied, and all else, such as a model, as it is.

    None for what is too large, which is a table that was read and not one that is filled as rows
    come by, and for what can't be copied.
    """
    memo: dict[int, Any] = {}
    left, seen = [content], 0
    while left:
        value = left.pop()
        seen += len(value)
        if seen > _MOST:
            return None
        inner = [*value.keys(), *value.values()] if isinstance(value, dict) else list(value)
        containers = [each for each in inner if isinstance(each, dict | list | set)]
        memo.update({id(each): each for each in inner if not isinstance(each, dict | list | set)})
        left += containers
    try:
        return deepcopy(content, memo)
    except Exception:  # a class of the project's own may raise anything
        return None


def _same(left: Any, right: Any) -> bool:
    try:
        return bool(left == right)
    except Exception:  # arrays have no one answer
        return repr(left) == repr(right)


def _refill(inner: Any, was: Any) -> None:
    inner.clear()
    if isinstance(inner, list):
        inner.extend(was)
    else:
        inner.update(was)
