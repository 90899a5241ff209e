"""Reductions by their meaning: `init`, `add`, `merge`, `result`, in plain Python and exact.

They say what pandas' methods mean for nulls, for nothing at all and for every dtype. Engines are
held to them; they are slow.
"""

from onedag.aggregates.reductions.base import Aggregator, fold
from onedag.aggregates.reductions.count import Count
from onedag.aggregates.reductions.ends import First, Last
from onedag.aggregates.reductions.extremes import Max, Min
from onedag.aggregates.reductions.known import KINDS, Known, known, plain_dtype
from onedag.aggregates.reductions.mean import Mean
from onedag.aggregates.reductions.nunique import Nunique
from onedag.aggregates.reductions.order import Median, Quantile
from onedag.aggregates.reductions.sum import IntegerSum, Sum
from onedag.aggregates.reductions.truth import All, Any
from onedag.aggregates.reductions.variance import Std, Var

__all__ = [
    "KINDS",
    "Aggregator",
    "All",
    "Any",
    "Count",
    "First",
    "IntegerSum",
    "Known",
    "Last",
    "Max",
    "Mean",
    "Median",
    "Min",
    "Nunique",
    "Quantile",
    "Std",
    "Sum",
    "Var",
    "fold",
    "known",
    "plain_dtype",
]
