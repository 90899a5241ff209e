"""Words for those who don't read code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from onedag.lineage import LineageNode, NodeKind
from onedag.snapshots import SourceSnapshot

__all__ = ["ORIGINS", "in_words", "known", "listed", "many", "step_of_stored", "type_in_words"]

ORIGINS: Mapping[NodeKind, str] = MappingProxyType(
    {
        NodeKind.STORED: "computed before the request and kept in the store",
        NodeKind.REQUEST: "carried by the request",
        NodeKind.FITTED: "learnt once from the training rows",
        NodeKind.COMPUTED: "computed for the request",
        NodeKind.MAPPED: "computed for each row of the source, before the request",
        NodeKind.COLUMN: "column of a source",
    }
)
"""Where a value comes from when a request is answered."""

_UNITS = {
    "us": "microsecond",
    "ms": "millisecond",
    "s": "second",
    "min": "minute",
    "h": "hour",
    "d": "day",
    "w": "week",
}


_TYPES = (
    ("bool", "yes or no"),
    ("int", "whole number"),
    ("uint", "whole number"),
    ("double", "number"),
    ("float", "number"),
    ("halffloat", "number"),
    ("decimal", "number"),
    ("string", "text"),
    ("large_string", "text"),
    ("dictionary<values=string", "text"),
    ("timestamp", "time"),
    ("date", "day"),
    ("duration", "length of time"),
)


def in_words(duration: str) -> str:
    """A duration's label, spelled out.

    >>> in_words("90min"), in_words("1d")
    ('90 minutes', '1 day')
    """
    found = re.fullmatch(r"(\d+)([a-z]+)", duration)
    if found is None or found[2] not in _UNITS:
        return duration
    return many(int(found[1]), _UNITS[found[2]])


def many(count: int, noun: str) -> str:
    """A count with its noun.

    >>> many(1, "row"), many(2500, "row"), many(0, "row")
    ('1 row', '2,500 rows', '0 rows')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def type_in_words(arrow: str) -> str:
    """What values of an Arrow type are, with the type as it is called.

    >>> type_in_words("double"), type_in_words("timestamp[us, tz=UTC]"), type_in_words("")
    ('number (double)', 'time (timestamp[us, tz=UTC])', "isn't known")
    """
    said = next((words for start, words in _TYPES if arrow.startswith(start)), "")
    return f"{said} ({arrow})" if said else arrow or "isn't known"


def listed(names: Iterable[str]) -> str:
    """Names in a sentence.

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"]), listed([])
    ('a', 'a and b', 'a, b and c', 'nothing')
    """
    *first, last = [*names] or ["nothing"]
    return f"{', '.join(first)} and {last}" if first else last


def known(source: SourceSnapshot) -> str:
    """When a row of a source counts as known; nothing is computed from one before."""
    if source.known_at:
        return f"at the time in its column “{source.known_at}”"
    if source.delay:
        return f"{in_words(source.delay)} after the time in its column “{source.timestamp}”"
    return f"from the time in its column “{source.timestamp}” on"


def step_of_stored(node: LineageNode) -> str:
    """What happens to the rows of a source on the way into the store."""
    same = f" of the same {listed(node.join_keys)}" if node.join_keys else ""
    if node.modifier == "aggregate":
        over = f"of the last {in_words(node.window)}" if node.window else "known so far"
        said = f"from all rows of {node.source}{same} {over}"
    else:
        what = "from" if node.module else "as it is in"
        said = f"{what} the newest known row of {node.source}{same}"
    if node.max_age:
        said += f", if that is at most {in_words(node.max_age)} old"
    if node.refresh:
        said += f", made anew every {in_words(node.refresh)}"
    return said
