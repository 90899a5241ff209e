"""What is installed, and so known by its name and version, and what is the project's own."""

from __future__ import annotations

import sys
import sysconfig
from functools import cache
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = ["SCHEME", "SEMANTICS", "installed_name", "is_installed", "is_of", "package_version"]

SEMANTICS = 1
"""Raised whenever onedag computes another value from the same functions and rows."""

SCHEME = 3
"""Raised whenever the same function is told otherwise, lest an upgrade look like an edit."""

_OWN = frozenset({"onedag", "drivers", "batch_etl", "online_api"})
_SITE = frozenset({"site-packages", "dist-packages"})
_STDLIB = tuple({Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib")})
_HEAP_TYPE = 1 << 9  # CPython's Py_TPFLAGS_HEAPTYPE: made by a class statement


def is_installed(module: str) -> bool:
    """Whether a module is of an installed package, of the standard library or of onedag.

    A module without a file that isn't part of the interpreter, such as a notebook's, is not.
    """
    if module.partition(".")[0] in _OWN:
        return True
    loaded = sys.modules.get(module)
    return loaded is not None and module != "__main__" and _lies_there(module, _origin(loaded))


def _origin(module: ModuleType) -> str:
    file = getattr(module, "__file__", None)
    spec = getattr(module, "__spec__", None)
    return str(file or getattr(spec, "origin", None) or "")


@cache
def _lies_there(module: str, origin: str) -> bool:
    if module in sys.builtin_module_names or origin in ("built-in", "frozen"):
        return True
    if not origin:
        return False
    # Where a link leads counts: what is linked into site-packages is edited where it is.
    path = Path(origin).resolve()
    if _SITE.intersection(path.parts):
        return package_version(module) != ""  # what was copied there has no version to go by
    return any(path.is_relative_to(folder) for folder in _STDLIB)


def installed_name(value: Any) -> str | None:
    """Where something installed is found, with its package's version; None for anything else.

    A function that an installed decorator made has a name there at which something else is found:
    it is none.
    """
    if isinstance(value, ModuleType):
        place = value.__name__
        return f"{place} {package_version(place)}" if is_installed(place) else None
    module = getattr(value, "__module__", None) or "builtins"
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    if not isinstance(module, str) or not isinstance(name, str) or not is_installed(module):
        return None
    of_c = isinstance(value, type) and not value.__flags__ & _HEAP_TYPE
    if of_c or _found_at(module, name) is value:
        return f"{module}.{name} {package_version(module)}"
    return None


def is_of(package: str, kind: type) -> bool:
    """Whether a class, or one that it inherits from, is of a package."""
    return any(base.__module__.partition(".")[0] == package for base in kind.__mro__)


def _found_at(module: str, qualified_name: str) -> Any:
    found: Any = sys.modules.get(module)
    for name in qualified_name.split("."):
        found = getattr(found, name, None)
    return found


def package_version(module: str) -> str:
    """The version of the package that a module is of; of Python for the standard library's."""
    return _version(module.partition(".")[0])


@cache
def _version(package: str) -> str:
    if package in _OWN:
        return f"{_distribution_version('onedag')}/{SEMANTICS}"
    if package in sys.stdlib_module_names or package in sys.builtin_module_names:
        return f"{sys.version_info.major}.{sys.version_info.minor}"
    return _distribution_version(package)


def _distribution_version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        names = _distributions().get(package, [])
    return " ".join(sorted(f"{name} {metadata.version(name)}" for name in set(names)))


@cache
def _distributions() -> dict[str, list[str]]:
    return dict(metadata.packages_distributions())
