"""Why the fingerprint of a definition differs between two snapshots, as far as they can tell."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator
from dataclasses import fields

from onedag.snapshots.model import FieldSnapshot, FunctionSnapshot, Snapshot, SourceSnapshot

__all__ = [
    "HELPERS",
    "doc_reasons",
    "entity_reasons",
    "field_reasons",
    "own_reasons",
    "source_reasons",
]

HELPERS = "a helper, constant or type that it reaches"
_TOLD_APART = ("tag", "tag_outputs", "aggregate", "latest")
"""Decorators whose arguments a snapshot has as tags and definitions."""


def own_reasons(name: str, old: Snapshot, new: Snapshot) -> tuple[str, ...]:
    """What of a function's own is another; empty where nothing that is written is.

    A snapshot has no helpers and no constants, so that one of them changed is what is left when
    nothing else has.
    """
    return tuple(_own(old.functions[name], new.functions[name], old, new))


def _own(a: FunctionSnapshot, b: FunctionSnapshot, old: Snapshot, new: Snapshot) -> Iterator[str]:
    if a.kind != b.kind:
        yield f"kind {a.kind} -> {b.kind}"
    if a.inputs != b.inputs:
        yield f"inputs {_listed(a.inputs)} -> {_listed(b.inputs)}"
    if a.returns != b.returns:
        yield f"returns {a.returns} -> {b.returns}"
    if a.definition is not None and b.definition is not None:
        yield from _fields(a.definition, b.definition, ("source", "entity", "max_age", "refresh"))
    if a.code != b.code and _parsed(a.code, whole=False) != _parsed(b.code, whole=False):
        yield "its code"
    if a.definition is not None and b.definition == a.definition:
        yield from _of_source(a.definition.source, old, new)
        yield from entity_reasons(a.definition.entity, old, new)


def _of_source(name: str, old: Snapshot, new: Snapshot) -> Iterator[str]:
    a, b = old.sources.get(name), new.sources.get(name)
    if a and b and a.meaning != b.meaning:
        yield from (f"source {name}: {reason}" for reason in source_reasons(a, b))


def entity_reasons(name: str | None, old: Snapshot, new: Snapshot) -> Iterator[str]:
    """What of an entity is another."""
    a, b = (each.entities.get(name) if name else None for each in (old, new))
    if a and b and a != b:
        keys = f"{_listed(a.join_keys)} -> {_listed(b.join_keys)}"
        yield f"entity {name}: join keys {keys}"


def source_reasons(a: SourceSnapshot, b: SourceSnapshot) -> tuple[str, ...]:
    """What of a source's definition is another."""
    return tuple(_fields(a, b, ("data", "timestamp", "known_at", "delay", "key", "renamed")))


def field_reasons(a: FieldSnapshot, b: FieldSnapshot) -> tuple[str, ...]:
    """What of a request's field is another, so that the same request carries another value.

    Snapshots that an earlier version of onedag wrote have no defaults and no validators.
    """
    found = []
    if a.type != b.type:
        found.append(f"{a.type} -> {b.type}")
    if a.default is not None and b.default is not None and a.default != b.default:
        found.append(f"default {a.default} -> {b.default}")
    if a.made and b.made and a.made != b.made:
        found.append("its validators")
    return tuple(found)


def doc_reasons(a: FunctionSnapshot, b: FunctionSnapshot) -> tuple[str, ...]:
    """What is another that no value depends on."""
    return tuple(_docs(a, b))


def _docs(a: FunctionSnapshot, b: FunctionSnapshot) -> Iterator[str]:
    if a.doc != b.doc:
        yield "docstring"
    if a.owner != b.owner:
        yield f"owner {a.owner or 'nobody'} -> {b.owner or 'nobody'}"
    if _others(a) != _others(b):
        yield "tags"
    if a.module != b.module:
        yield f"module {a.module} -> {b.module}"
    same = (a.doc, a.tags) == (b.doc, b.tags) and a.own == b.own
    if same and a.code != b.code and _parsed(a.code) == _parsed(b.code):
        yield "comments or formatting"


def _others(function: FunctionSnapshot) -> dict[str, str]:
    return {name: value for name, value in function.tags.items() if name not in ("owner", "module")}


def _fields(a: object, b: object, names: tuple[str, ...]) -> Iterator[str]:
    known = {field.name for field in fields(a)}  # type: ignore[arg-type]
    for name in names:
        if name in known and getattr(a, name) != getattr(b, name):
            yield f"{name} {_shown(getattr(a, name))} -> {_shown(getattr(b, name))}"


def _shown(value: object) -> str:
    return "none" if value is None else str(value)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "none"


def _parsed(code: str, *, whole: bool = True) -> str:
    """Code without comments and formatting; as it is where it can't be parsed.

    Not the ``whole``: without the docstring, and without what a snapshot has of decorators.
    """
    try:
        tree = ast.parse(textwrap.dedent(code))
    except SyntaxError:  # of a lambda, or of another version of Python
        return code
    for node in () if whole else ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.decorator_list = [d for d in node.decorator_list if not _told_apart(d)]
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                node.body = node.body[1:]
    return ast.dump(tree)


def _told_apart(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name in _TOLD_APART
