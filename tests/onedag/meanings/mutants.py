"""Mutants of source code, each of which differs in one place, and other formatting of it."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

__all__ = ["Mutant", "exploded", "mutants", "without_docstrings"]

_OTHERS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.USub: ast.UAdd,
    ast.Invert: ast.USub,
    ast.Not: ast.USub,
}


@dataclass(frozen=True)
class Mutant:
    """Source code that differs in one place.

    Attributes:
        of: the function, class or constant that the place is in.
        change: what it is, in words.
        source: all of it.
    """

    of: str
    change: str
    source: str


@dataclass(frozen=True)
class _Change:
    """Attributes of one node, and the values in their place."""

    of: str
    node: ast.AST
    values: dict[str, Any]

    def __str__(self) -> str:
        shown = getattr(self.node, "lineno", "")
        return f"{type(self.node).__name__} {' and '.join(self.values)} in line {shown}"


def mutants(source: str) -> Iterator[Mutant]:
    """All of one change of a function, a class or a constant. Annotations and decorators stay."""
    for number in range(sum(1 for _ in _changes(without_docstrings(source)))):
        tree = without_docstrings(source)
        change = next(islice(_changes(tree), number, None))
        said = str(change)
        for name, value in change.values.items():
            setattr(change.node, name, value)
        yield Mutant(change.of, said, ast.unparse(tree))


def _changes(tree: ast.Module) -> Iterator[_Change]:
    for top in tree.body:
        if isinstance(top, ast.FunctionDef | ast.ClassDef | ast.Assign):
            name = ast.unparse(top.targets[0]) if isinstance(top, ast.Assign) else top.name
            left_out = {id(node) for part in _said_elsewhere(top) for node in ast.walk(part)}
            for node in ast.walk(top):
                if id(node) not in left_out:
                    yield from (_Change(name, node, values) for values in _of(node))


def _said_elsewhere(top: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(top):
        parts = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        yield from (each for each in parts if each is not None)
        yield from getattr(node, "decorator_list", [])


def _of(node: ast.AST) -> Iterator[dict[str, Any]]:
    if isinstance(node, ast.Constant) and node.value is not None:
        yield {"value": _other(node.value)}
    if isinstance(node, ast.BinOp | ast.UnaryOp | ast.BoolOp) and type(node.op) in _OTHERS:
        yield {"op": _OTHERS[type(node.op)]()}
    if isinstance(node, ast.BinOp) and ast.dump(node.left) != ast.dump(node.right):
        yield {"left": node.right, "right": node.left}
    if isinstance(node, ast.Compare):
        yield {"ops": [_OTHERS[type(node.ops[0])](), *node.ops[1:]]}
    if isinstance(node, ast.IfExp) and ast.dump(node.body) != ast.dump(node.orelse):
        yield {"body": node.orelse, "orelse": node.body}
    if isinstance(node, ast.Attribute):
        yield {"attr": f"{node.attr}_too"}
    if isinstance(node, ast.keyword) and node.arg is not None:
        yield {"arg": f"{node.arg}_too"}
    if isinstance(node, ast.Call) and len({ast.dump(each) for each in node.args}) > 1:
        yield {"args": [*node.args[1:], node.args[0]]}
    if isinstance(node, ast.Call) and node.args:
        yield {"args": node.args[1:]}
    if isinstance(node, ast.Return) and node.value is not None:
        yield {"value": None}
    if isinstance(node, ast.FunctionDef | ast.If | ast.For | ast.Try) and len(node.body) > 1:
        yield {"body": node.body[1:]}


def _other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return f"{value} too"
    return value + 1 if isinstance(value, int | float | complex) else None


def without_docstrings(source: str) -> ast.Module:
    """The code without docstrings; comments and formatting are lost too."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
    return tree


def exploded(source: str) -> str:
    """The code with a line break after each token between brackets."""
    lines = source.splitlines(keepends=True)
    made, depth, row, column = [], 0, 1, 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in (tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER):
            continue
        (start, left), (end, right) = token.start, token.end
        skipped = [lines[row - 1][column:], *lines[row : start - 1], lines[start - 1][:left]]
        made.append("".join(skipped) if start > row else lines[row - 1][column:left])
        made.append(token.string)
        depth += (token.string in ("(", "[", "{")) - (token.string in (")", "]", "}"))
        if depth and token.type not in (tokenize.NL, tokenize.COMMENT, tokenize.NEWLINE):
            made.append("\n")
        row, column = end, right
    return "".join(made)
