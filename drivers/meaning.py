"""What stored values depend on besides the rows: the code that made them.

A value that was stored by other code may differ although its rows don't, so a materialization is
incremental only while nothing that could matter has changed. This errs on the side of work: any
edit of any file of the project counts, a comment too.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

from onedag.planner import View
from onedag.project import Project

__all__ = ["code_of", "meaning"]

_PACKAGES = ("onedag", "apache-hamilton", "numpy", "pandas", "pyarrow")


def meaning(view: View, code: str) -> str:
    """A text that differs wherever the values of a view might, given the same rows.

    Args:
        view: with all its features.
        code: what `code_of` says.
    """
    lines = [code, str(view.join_keys)]
    for feature in view.features:
        definition = feature.definition
        over = getattr(definition, "over", None)
        lines.append(f"{feature.name} {type(definition).__name__} {over}")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def code_of(project: Project) -> str:
    """A text that differs wherever a project's code, or the packages that run it, does."""
    digest = hashlib.sha256()
    for package in _PACKAGES:
        digest.update(f"{package} {version(package)}\n".encode())
    for path in sorted(_files(project)):
        digest.update(path.read_bytes())
    for module in project.modules:
        if _file(module) is None:
            for code in _codes(module):
                digest.update(code)
    return digest.hexdigest()


def _files(project: Project) -> set[Path]:
    """The files of the project's modules, and of all modules from its folder that are loaded."""
    root = f"{project.root}{os.sep}"
    below = [
        module
        for module in list(sys.modules.values())
        if str(getattr(module, "__file__", "")).startswith(root)
    ]
    own = {path for module in project.modules if (path := _file(module))}
    others = {path for module in below if (path := _file(module))}
    return own | {path for path in others if "site-packages" not in path.parts}


def _file(module: ModuleType) -> Path | None:
    name = getattr(module, "__file__", None)
    path = Path(name) if isinstance(name, str) else None
    return path if path is not None and path.is_file() else None


def _codes(module: ModuleType) -> Iterator[bytes]:
    """What a module without a file does, in its order: its functions and its plain values."""
    for name, value in vars(module).items():
        if isinstance(value, FunctionType):
            yield name.encode() + b"".join(_code(value.__code__))
        elif isinstance(value, bool | int | float | str | tuple) and not name.startswith("__"):
            yield f"{name}={value!r}".encode()


def _code(code: CodeType) -> Iterator[bytes]:
    yield code.co_code
    yield repr(code.co_names).encode()
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code(constant)
        else:
            yield repr(constant).encode()
