"""Words for those who don't read code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from onedag.lineage import NodeKind
from onedag.snapshots import Definition, SourceSnapshot

__all__ = ["ORIGINS", "in_words", "known", "listed", "many", "step_of_stored"]

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
        return f"at the time in its column {source.known_at}"
    if source.delay:
        return f"{in_words(source.delay)} after the time in its column {source.timestamp}"
    return f"from the time in its column {source.timestamp} on"


def step_of_stored(
    definition: Definition, kind: str, keys: tuple[str, ...], *, is_column: bool = False
) -> str:
    """What happens to the rows of a source on the way into the store.

    Args:
        definition: of what is stored.
        kind: ``latest`` or ``aggregate``.
        keys: the join keys of its entity.
        is_column: whether it is a column as it is, without a function.
    """
    same = f" of the same {listed(keys)}" if keys else ""
    if kind == "aggregate":
        over = f"of the last {in_words(definition.over)}" if definition.over else "known so far"
        said = f"from all rows of {definition.source}{same} {over}"
    else:
        what = "as it is in " if is_column else "from "
        said = f"{what}the newest known row of {definition.source}{same}"
    if definition.max_age:
        said += f", if that is at most {in_words(definition.max_age)} old"
    if definition.refresh:
        said += f", made anew every {in_words(definition.refresh)}"
    return said
