"""Functions and modules, with all that functions name, import, and keep."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from types import FunctionType, ModuleType
from typing import Any

from onedag.fingerprints.code import Import, Names, names_of
from onedag.fingerprints.installed import installed_name, is_installed, is_of
from onedag.fingerprints.tables import tell_mapping
from onedag.fingerprints.writing import Telling

__all__ = ["tell_function", "tell_module"]

_OPAQUE = frozenset(
    [
        "eval",
        "exec",
        "globals",
        "locals",
        "open",
        "input",
        "__annotations__",
        "get_type_hints",
        "query",
        "__import__",
        "import_module",
        "environ",
        "getenv",
        "read_text",
        "read_bytes",
        "read_csv",
        "read_parquet",
        "read_json",
        "read_pickle",
        "read_excel",
    ]
)
"""Names of what brings in values that no function names: files, the environment, annotations."""


def tell_function(out: Telling, function: FunctionType) -> None:
    out.value(function.__code__)
    out.value(function.__defaults__)
    tell_mapping(out, function.__kwdefaults__ or {})
    names = names_of(function.__code__)
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        out.text("cell", name)
        try:
            content = cell.cell_contents
        except ValueError:  # not bound yet
            out.text("empty")
        else:
            _named(out, name, content, names)
    for name, value in sorted(vars(function).items()):
        if not _of_hamilton(value):
            out.text("attribute", name)
            out.value(value)
    # What an installed function names is installed too.
    if not is_installed(str(function.__globals__.get("__name__"))):
        _outside(out, function.__globals__, names)


def _outside(out: Telling, scope: Mapping[str, Any], names: Names) -> None:
    """The globals and imports that a function takes."""
    out.certain &= _OPAQUE.isdisjoint(names.attributes) and not names.bound
    for name in names.numbered:
        out.text("global")
        _global(out, name, scope, names)
    for name in sorted(names.outer):
        out.text("global", name)
        _global(out, name, scope, names)
    for one in sorted(names.imports, key=repr):
        out.text("import", one.name, one.level, *one.wanted)
        _import(out, one, scope, names)


def _global(out: Telling, name: str, scope: Mapping[str, Any], names: Names) -> None:
    if name in scope:
        _named(out, name, scope[name], names)
    elif hasattr(builtins, name):
        out.text("builtin", name)
    else:
        out.text("absent", name)


def _import(out: Telling, one: Import, scope: Mapping[str, Any], names: Names) -> None:
    """Import what a function would, as it would."""
    try:
        found = builtins.__import__(one.name, scope, None, one.wanted, one.level)
    except ImportError:
        out.text("absent")
    except Exception:  # whatever the module raises, the function will say it better
        out.certain = False
    else:
        parts = [getattr(found, name, None) for name in one.wanted] if one.wanted else [found]
        for name, part in zip(one.bound, parts, strict=False):
            _named(out, name, part, names)


def _named(out: Telling, name: str, value: Any, names: Names) -> None:
    if isinstance(value, ModuleType) and installed_name(value) is None:
        out.module(value, None if name in names.loose else frozenset(names.attributes))
    else:
        out.value(value)


def tell_module(out: Telling, module: ModuleType, attributes: frozenset[str] | None) -> None:
    held = vars(module)
    if attributes is None:
        wanted = {name for name in held if not name.startswith("__")}
    else:
        wanted = {name for name in held if name in attributes}
        if "__getattr__" in held:
            wanted.add("__getattr__")
    for name in sorted(wanted):
        out.text("attribute", name)
        value = held[name]
        if isinstance(value, ModuleType) and installed_name(value) is None:
            out.module(value, attributes)
        else:
            out.value(value)


def _of_hamilton(value: Any) -> bool:
    """Whether an attribute of a function is there for Hamilton, which has made its nodes of it."""
    listed = value if isinstance(value, list) else [value]
    return bool(listed) and all(is_of("hamilton", type(one)) for one in listed)
