"""Whether a call of ``len`` asks no more than "is it empty?".

``x.iloc[-1] if len(x) else None`` takes the same way for every window with rows, so a trace may
answer its ``len``. ``len(x) > 2`` doesn't, and ``len(x) / 7`` wants the number. Which of them a
call is, its place in the source says.
"""

from __future__ import annotations

import ast
import functools
import linecache
from types import FrameType
from typing import TypeAlias

__all__ = ["asks_for_emptiness"]

_Place: TypeAlias = tuple[int | None, int | None, int | None, int | None]

# The comparisons of a length with a number that all lengths but 0 answer alike.
_OF_ZERO = (ast.Eq, ast.NotEq, ast.Gt, ast.LtE)
_OF_ONE = (ast.GtE, ast.Lt)
_MIRRORED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Gt: ast.Lt,
    ast.Lt: ast.Gt,
    ast.GtE: ast.LtE,
    ast.LtE: ast.GtE,
}


def asks_for_emptiness(frame: FrameType) -> bool:
    """Whether the ``len(…)`` that a frame is just calling is only asked whether it is zero.

    False where the source isn't at hand.
    """
    positions = list(frame.f_code.co_positions())[frame.f_lasti // 2]
    lines = linecache.getlines(frame.f_code.co_filename, frame.f_globals)
    return positions in _places("".join(lines))


@functools.lru_cache(maxsize=64)
def _places(source: str) -> frozenset[_Place]:
    """Where the calls of ``len`` are that are only asked whether they are zero."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return frozenset()
    return frozenset(
        (call.lineno, call.end_lineno, call.col_offset, call.end_col_offset)
        for node in ast.walk(tree)
        for call in _asked(node)
    )


def _asked(node: ast.AST) -> list[ast.expr]:
    """The calls that a node only asks whether they are zero."""
    if isinstance(node, ast.If | ast.IfExp):
        return _tested(node.test)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return _tested(node.operand)
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        return _compared(node)
    return []


def _tested(test: ast.expr) -> list[ast.expr]:
    """The calls whose truth is all that a test asks for."""
    if isinstance(test, ast.BoolOp):
        return [call for value in test.values for call in _tested(value)]
    return [test] if _is_len(test) else []


def _compared(node: ast.Compare) -> list[ast.expr]:
    left, [operator], [right] = node.left, node.ops, node.comparators
    if _is_len(left):
        return [left] if _is_of_zero(type(operator), right) else []
    mirrored = _MIRRORED.get(type(operator), type(operator))
    return [right] if _is_len(right) and _is_of_zero(mirrored, left) else []


def _is_of_zero(operator: type[ast.cmpop], number: ast.expr) -> bool:
    if not isinstance(number, ast.Constant) or type(number.value) is not int:
        return False
    return issubclass(operator, {0: _OF_ZERO, 1: _OF_ONE}.get(number.value, ()))


def _is_len(node: ast.expr) -> bool:
    called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    return called and node.func.id == "len"  # type: ignore[attr-defined]
