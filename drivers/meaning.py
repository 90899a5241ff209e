"""What stored values depend on besides the rows: the code that made them.

A value that was stored by other code may differ although its rows don't, so a materialization is
incremental only while nothing that could matter has changed. This errs on the side of work: any
edit of any file of the project counts, a comment too.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

from onedag.planner import View
from onedag.project import Project

__all__ = ["meaning"]

_PACKAGES = ("onedag", "apache-hamilton", "numpy", "pandas", "pyarrow")


def meaning(view: View, project: Project) -> str:
    """A text that differs wherever the values of a view might, given the same rows."""
    digest = hashlib.sha256()
    for package in _PACKAGES:
        digest.update(f"{package} {version(package)}\n".encode())
    for feature in view.features:
        definition = feature.definition
        over = getattr(definition, "over", None)
        line = f"{feature.name} {type(definition).__name__} {over} {view.join_keys}\n"
        digest.update(line.encode())
    for path in sorted(_files(project)):
        digest.update(path.read_bytes())
    for module in project.modules:
        if _file(module) is None:
            for code in _codes(module):
                digest.update(code)
    return digest.hexdigest()


def _files(project: Project) -> set[Path]:
    """The files of the project's modules, and of all modules from its folder that are loaded."""
    paths = {path for module in project.modules if (path := _file(module))}
    for module in list(sys.modules.values()):
        path = _file(module)
        installed = path is not None and "site-packages" in path.parts
        if path is not None and not installed and path.is_relative_to(project.root):
            paths.add(path)
    return paths


def _file(module: ModuleType) -> Path | None:
    name = getattr(module, "__file__", None)
    path = Path(name) if isinstance(name, str) else None
    return path if path is not None and path.is_file() else None


def _codes(module: ModuleType) -> Iterator[bytes]:
    """What a module without a file does, in its order: its functions and its plain values."""
    for name, value in vars(module).items():
        if isinstance(value, FunctionType):
            yield name.encode() + b"".join(_code(value.__code__))
        elif isinstance(value, bool | int | float | str | tuple):
            yield f"{name}={value!r}".encode()


def _code(code: CodeType) -> Iterator[bytes]:
    yield code.co_code
    yield repr(code.co_names).encode()
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code(constant)
        else:
            yield repr(constant).encode()
