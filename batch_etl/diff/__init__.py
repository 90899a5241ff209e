"""`onedag diff`: what changed since a snapshot, what that touches, and whether it may be merged.

`snapshots` finds the two that are compared, `judge` says which changes published models would see
and nobody acknowledged, `show` and `document` tell it all to people and to programs.
"""

from batch_etl.diff.document import to_document
from batch_etl.diff.judge import Finding, judge
from batch_etl.diff.run import Difference, difference
from batch_etl.diff.show import show

__all__ = ["Difference", "Finding", "difference", "judge", "show", "to_document"]
