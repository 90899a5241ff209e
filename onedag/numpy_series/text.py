"""Columns of text: nothing yet."""

from __future__ import annotations

from typing import Any

from onedag.numpy_series.refusal import Refused
from onedag.numpy_series.series import NumpySeries

__all__ = ["TextMethods", "binary"]


class TextMethods:
    """The accessor ``.str``."""

    def __init__(self, column: NumpySeries) -> None:
        raise Refused(".str", column)


def binary(name: str, column: NumpySeries, other: Any) -> NumpySeries:
    """An operator of which at least one side is text."""
    raise Refused(name, column, other)
