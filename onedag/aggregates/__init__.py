"""Reductions of windows: recognising them, and what their results are."""

from onedag.aggregates.expression import (
    Column,
    Expression,
    Reduction,
    evaluate,
    reductions_in,
    text_of,
)
from onedag.aggregates.recognise import Recognised, by_rows, recognise
from onedag.aggregates.scalar import as_scalar, on_empty, on_window
from onedag.aggregates.trace import trace

__all__ = [
    "Column",
    "Expression",
    "Recognised",
    "Reduction",
    "as_scalar",
    "by_rows",
    "evaluate",
    "on_empty",
    "on_window",
    "recognise",
    "reductions_in",
    "text_of",
    "trace",
]
