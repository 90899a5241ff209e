"""What counts of one function, as it is loaded, and of the packages that compute."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from functools import cache
from importlib.metadata import version
from typing import Any

from onedag.dtypes import allows_none, without_none
from onedag.fingerprints import SCHEME
from onedag.graph import FunctionNode

__all__ = ["code_of", "versions"]

_PACKAGES = ("onedag", "apache-hamilton", "numpy", "pandas", "pyarrow")


def versions() -> list[str]:
    """Of the packages that compute: the same code may give other values with others.

    The last is that of fingerprints themselves.
    """
    return [*(f"{package} {_version(package)}" for package in _PACKAGES), f"fingerprints {SCHEME}"]


@cache
def _version(package: str) -> str:
    # What is loaded stays, whatever is installed meanwhile. To look takes 0.8 ms a package, and a
    # server asks for each function whenever a run or a materialization is published.
    return version(package)


def code_of(node: FunctionNode) -> Iterator[Any]:
    """A node's function, and as it is written where Hamilton made another of it."""
    for parameter in node.parameters:  # what it is given depends on what it asks for
        asked = without_none(parameter.annotation)
        yield parameter.name, _type_name(asked), allows_none(parameter.annotation)
        if isinstance(asked, type) and issubclass(asked, Enum):
            yield asked
    yield str(node.kind), _type_name(node.returns)
    yield node.code
    if node.function is not node.code:
        yield node.function


def _type_name(annotation: object) -> str:
    name = getattr(annotation, "__qualname__", None)
    return name if isinstance(annotation, type) and isinstance(name, str) else repr(annotation)
