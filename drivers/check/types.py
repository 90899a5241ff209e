"""Types along edges, as far as they are known without calling anything.

Known are the fields of a request, the columns of sources, aggregates and what is called for each
row, by their annotations. What a function of columns returns is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from onedag.aggregates.scalar import return_type
from onedag.dtypes import ColumnType
from onedag.errors import OnedagError
from onedag.graph import FunctionNode, Kind
from onedag.modifiers import Aggregate
from onedag.per_row import PerRow
from onedag.planner import Cut, View

__all__ = ["Types", "keys_that_never_meet", "misfits"]

Types = Mapping[str, ColumnType]


def misfits(
    cut: Cut, given: Types, columns: Mapping[str, Types]
) -> Iterator[tuple[FunctionNode, str]]:
    """The functions called for each row that a column's type contradicts, and what is wrong.

    Args:
        cut: whose functions.
        given: the types of what the row in hand carries.
        columns: the types of sources' columns, by the source's name.
    """
    known: dict[str, ColumnType | None] = dict(given)
    for view in cut.views:
        known.update(_looked_up(view, columns.get(view.source.name, {})))
    for step in cut.steps:
        if step.kind is Kind.ROW:
            known[step.name] = None
        if step.per_row:
            try:
                known[step.name] = result_type(step, known)
            except OnedagError as error:
                yield step, str(error)


def result_type(step: FunctionNode, known: Mapping[str, ColumnType | None]) -> ColumnType | None:
    """The type of what is called for each row; None where one of its inputs isn't known.

    Args:
        step: called for each row.
        known: the types of columns, by name; None for one of an unknown type. What isn't there is
            one value for all rows, or not given.

    Raises:
        FunctionError: an input that its annotation contradicts.
    """
    types: list[ColumnType | None] = []
    for parameter in step.parameters:
        column = known.get(parameter.name)
        if column is None and parameter.name in known:
            return None
        types.append(column)
    return PerRow.of(step).on(types).result_type


def _looked_up(view: View, columns: Types) -> dict[str, ColumnType | None]:
    found: dict[str, ColumnType | None] = {}
    for feature in view.features:
        node = feature.node
        if node is None:
            raw = columns.get(feature.name)
            found[feature.name] = None if raw is None else raw.or_null()
        elif isinstance(feature.definition, Aggregate):
            found[feature.name] = return_type(node)
        else:
            found[feature.name] = None
    return found


def keys_that_never_meet(cut: Cut, given: Types, columns: Mapping[str, Types]) -> Iterator[str]:
    """What is wrong with join keys that are of one type here and of another in the source."""
    for view in cut.views:
        there = columns.get(view.source.name, {})
        for key in view.join_keys:
            if key in given and key in there and given[key].arrow != there[key].arrow:
                yield (
                    f"join key {key!r} is {given[key].arrow} here and {there[key].arrow} in source "
                    f"{view.source.name!r}: they would never meet, and every feature of view "
                    f"{view.name!r} would be missing. Give both one type."
                )
