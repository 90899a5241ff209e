"""Which functions are called once for each row, and whether what they hand on fits.

Both follow from the annotations and from the DAG alone, before anything is planned or computed.

A function of single values is one of two things. It is a row function if one of its inputs has a
value for each row: an input from outside, a stored feature, another row function. Otherwise, if all
that it takes is fitted, it is fitted too.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

import pandas as pd
import pyarrow as pa

from onedag.dtypes import annotated_type, is_column, is_scalar
from onedag.errors import InvalidDefinition
from onedag.nodes import FunctionNode, Kind, Parameter, shown_type

__all__ = ["refuse_misfits", "settled"]

TypesMatch: TypeAlias = Callable[[Any, Any], bool]

_NUMBERS = (pa.int64(), pa.float64())


def settled(order: Iterable[FunctionNode]) -> dict[str, FunctionNode]:
    """The nodes by name, each with its kind, now that it is known what they take.

    Args:
        order: each node after those that it needs.
    """
    nodes: dict[str, FunctionNode] = {}
    for node in order:
        if node.kind is Kind.FITTED and _is_of_single_values(node, nodes):
            node = replace(node, kind=Kind.ROW, per_row=True)
        nodes[node.name] = node
    return nodes


def _is_of_single_values(node: FunctionNode, nodes: Mapping[str, FunctionNode]) -> bool:
    if not is_scalar(node.returns) or any(p.is_column for p in node.parameters):
        return False
    of_rows = [p for p in node.parameters if _is_of_rows(p, nodes)]
    return bool(of_rows) and all(is_scalar(p.annotation) for p in of_rows)


def _is_of_rows(parameter: Parameter, nodes: Mapping[str, FunctionNode]) -> bool:
    """Whether an input has a value for each row.

    One from outside that has a default may be there or not. It doesn't make a function a row
    function: `threshold(k: float = 2.0)` is a fitted value, as it is for Hamilton.
    """
    node = nodes.get(parameter.name)
    return parameter.required if node is None else node.kind is not Kind.FITTED


def refuse_misfits(nodes: Mapping[str, FunctionNode], types_match: TypesMatch) -> None:
    """Refuse an edge whose ends don't agree, and an input from outside wanted as two things.

    Columns of all forms go with each other, and with the single values of a function that is called
    for each row.

    Args:
        nodes: with their kinds.
        types_match: Hamilton's rule for what isn't a column: the type of a parameter, that of what
            it gets.

    Raises:
        InvalidDefinition: the annotations contradict each other.
    """
    outside: dict[str, dict[_Form, FunctionNode]] = {}
    for node in nodes.values():
        for parameter in node.parameters:
            source = nodes.get(parameter.name)
            if source is None:
                _refuse_two_types(parameter, node, outside.setdefault(parameter.name, {}))
            elif not _fits(parameter, node, source, types_match):
                raise InvalidDefinition(
                    f"The functions don't fit together: {_place(node)} takes {parameter.name!r} "
                    f"as {shown_type(parameter.annotation)}, and {_place(source)} {_what(source)}. "
                    f"Make the annotations agree: a stored feature and a row function are columns "
                    f"(pd.Series, np.ndarray), or single values for a function that takes and "
                    f"returns nothing else; a fitted value is what it says."
                )


def _fits(
    parameter: Parameter, node: FunctionNode, source: FunctionNode, types_match: TypesMatch
) -> bool:
    wanted = parameter.annotation
    if source.kind is Kind.FITTED:
        return types_match(wanted, source.returns)
    if parameter.is_column:
        return _is_table(wanted) is (source.kind is Kind.ROW and _is_table(source.returns))
    if not is_scalar(wanted):
        return types_match(wanted, source.returns if source.kind is Kind.ROW else pd.Series)
    if not node.per_row or _is_table(source.returns):
        return False
    return is_column(source.returns) or _holds(wanted, source.returns)


def _holds(wanted: object, returned: object) -> bool:
    """Whether single values of one annotation are values of another; whole numbers are floats."""
    to, of = _arrow(wanted), _arrow(returned)
    return bool(to == of or (to == pa.float64() and of == pa.int64()))


_Form: TypeAlias = tuple[str, Any]


def _refuse_two_types(
    parameter: Parameter, node: FunctionNode, seen: dict[_Form, FunctionNode]
) -> None:
    form = _form(parameter, node)
    for other, taker in seen.items():
        if not _go_together(form, other):
            raise InvalidDefinition(
                f"The functions don't fit together: two of them take {parameter.name!r}, which "
                f"comes from outside, and want incompatible types: {_place(taker)} {_told(other)}, "
                f"{_place(node)} {_told(form)}. Make the annotations agree: an input is a column "
                f"(pd.Series, np.ndarray), or a single value for a function that takes and returns "
                f"nothing else."
            )
    seen.setdefault(form, node)


def _form(parameter: Parameter, node: FunctionNode) -> _Form:
    annotation = parameter.annotation
    if parameter.is_column:
        return ("a table" if _is_table(annotation) else "a column", None)
    if is_scalar(annotation):
        each = node.per_row or node.kind is Kind.FITTED
        return ("a value of each row" if each else "one value", _arrow(annotation))
    return ("something else", shown_type(annotation))


def _go_together(left: _Form, right: _Form) -> bool:
    forms = {left[0], right[0]}
    if left == right or forms == {"a column", "a value of each row"}:
        return True
    if forms <= {"a value of each row", "one value"}:
        return left[1] == right[1] or (left[1] in _NUMBERS and right[1] in _NUMBERS)
    return "Any" in (left[1], right[1])


def _told(form: _Form) -> str:
    kind, shown = form
    return f"wants {kind}" + (f" ({shown})" if shown is not None else "")


def _arrow(annotation: object) -> pa.DataType:
    return annotated_type(annotation, "A function").arrow


def _is_table(annotation: object) -> bool:
    if typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    annotation = typing.get_origin(annotation) or annotation
    return isinstance(annotation, type) and issubclass(annotation, pd.DataFrame)


def _place(node: FunctionNode) -> str:
    return f"function {node.name!r} of {node.module}"


def _what(source: FunctionNode) -> str:
    shown = shown_type(source.returns)
    if source.kind is Kind.FITTED:
        return f"is one fitted value, {shown}"
    if source.kind.stored:
        return f"is a stored feature, a column of what it returns: {shown}"
    return f"is called for each row and returns {shown}" if source.per_row else f"returns {shown}"
