"""Reductions of windows: recognising them, and what their results are."""

from onedag.aggregates.scalar import as_scalar, on_empty, on_window
from onedag.aggregates.trace import Column, Expression, Reduction, evaluate, reductions, trace

__all__ = [
    "Column",
    "Expression",
    "Reduction",
    "as_scalar",
    "evaluate",
    "on_empty",
    "on_window",
    "reductions",
    "trace",
]
