"""Drift: the statistics of a published run, and the later rows that are compared with them."""

from drivers.drift.log import logged_features, rows_of_log
from drivers.drift.period import Period
from drivers.drift.reference import Reference, reference
from drivers.drift.rows import rows_of_file, rows_of_spine

__all__ = [
    "Period",
    "Reference",
    "logged_features",
    "reference",
    "rows_of_file",
    "rows_of_log",
    "rows_of_spine",
]
