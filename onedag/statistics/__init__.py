"""Summary statistics of the features of a frame, and how far later rows are from them.

`collect` counts the rows of a training frame, `count` those of later rows against the same cuts,
and `compare` says how far the two are apart. Only counts are kept, no rows.
"""

from onedag.statistics.bins import shown_number
from onedag.statistics.collecting import Portion, collect, count
from onedag.statistics.comparing import DriftReport, FeatureDrift, Thresholds, Verdict, compare
from onedag.statistics.model import (
    Categories,
    FeatureStatistics,
    FrameStatistics,
    Histogram,
    Number,
    Numbers,
)

__all__ = [
    "Categories",
    "DriftReport",
    "FeatureDrift",
    "FeatureStatistics",
    "FrameStatistics",
    "Histogram",
    "Number",
    "Numbers",
    "Portion",
    "Thresholds",
    "Verdict",
    "collect",
    "compare",
    "count",
    "shown_number",
]
