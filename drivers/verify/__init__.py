"""`verify`: measure that batch and online give the same cells.

Rows of a spine are replayed as requests against stores that hold what was materialized as of each
row's time, through the real packing, the real store protocol and the real online driver. Their
vectors are compared with the rows of the training frame: values bit for bit, dtypes and statuses
included. Nothing is cast or rounded before it is compared.

Three depths, each slower and closer to production than the one before (`Depth`): rows of mixed
times in joint requests, rows singly, and rows against whole materializations.

A cell that differs is followed back through the DAG: all nodes that it comes from are computed on
both sides, and the first one that differs is named, with what it was given (`attribution`).
"""

from drivers.verify.report import FORMAT, Depth, Difference, NodeReport, VerifyReport
from drivers.verify.run import verify

__all__ = ["FORMAT", "Depth", "Difference", "NodeReport", "VerifyReport", "verify"]
