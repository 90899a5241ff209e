"""The text of functions as they are loaded, which isn't always what their files say by now."""

from __future__ import annotations

import ast
import inspect
import linecache
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from types import CodeType, FunctionType
from typing import Any

__all__ = ["WrittenCode"]


class WrittenCode:
    """Looks functions up in their files, each of which is read once."""

    def __init__(self) -> None:
        self._files: dict[str, Mapping[str, list[tuple[CodeType, str]]]] = {}

    def of(self, function: Callable[..., Any]) -> str:
        """A function with its decorators and comments.

        Empty where there is no file, or where it has been edited since the function was loaded:
        text that says other than what runs is worse than none.
        """
        written = inspect.unwrap(function)
        if not isinstance(written, FunctionType):
            return ""
        code = written.__code__
        if code.co_filename not in self._files:
            self._files[code.co_filename] = _functions(code.co_filename, written.__globals__)
        found = self._files[code.co_filename].get(code.co_qualname, [])
        return next((text for other, text in found if _same(code, other)), "")


def _functions(file: str, scope: dict[str, Any]) -> Mapping[str, list[tuple[CodeType, str]]]:
    """The functions of a file by their qualified names, compiled and as text."""
    linecache.checkcache(file)
    lines = linecache.getlines(file, scope)
    found: dict[str, list[tuple[CodeType, str]]] = defaultdict(list)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # said once already, when the module was loaded
            tree = ast.parse("".join(lines))
            compiled = compile(tree, file, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):  # in the middle of an edit
        return found
    ends = dict(_first_and_last_lines(tree))
    for code in _nested(compiled):
        first = code.co_firstlineno
        if first in ends:
            found[code.co_qualname].append((code, "".join(lines[first - 1 : ends[first]])))
    return found


def _first_and_last_lines(tree: ast.Module) -> Iterator[tuple[int, int | None]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield min([node.lineno, *(d.lineno for d in node.decorator_list)]), node.end_lineno


def _nested(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _nested(constant)


def _same(one: CodeType, other: CodeType) -> bool:
    """Whether two code objects are equal, wherever in a file they stand."""
    return (
        one.co_code == other.co_code
        and one.co_names == other.co_names
        and one.co_varnames == other.co_varnames
        and len(one.co_consts) == len(other.co_consts)
        and all(map(_same_constant, one.co_consts, other.co_consts))
    )


def _same_constant(one: Any, other: Any) -> bool:
    if isinstance(one, CodeType) and isinstance(other, CodeType):
        return _same(one, other)
    if isinstance(one, frozenset):  # shown in an order of its own
        return bool(one == other)
    return repr(one) == repr(other)
