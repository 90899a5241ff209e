"""What a project's functions are, once Hamilton has read them: plain, frozen and ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, get_args

from onedag.dtypes import is_column
from onedag.modifiers import Aggregate, Latest

__all__ = ["FunctionNode", "Kind", "Parameter", "shown_type"]


class Kind(StrEnum):
    """What a function is, by its decorator and its annotations."""

    ROW = "row"
    """A row function: a column from columns, or one value from those of a row, for each row."""
    FITTED = "fitted"
    """One value from columns of a training frame, kept with the run."""
    LATEST = "latest"
    AGGREGATE = "aggregate"

    @property
    def stored(self) -> bool:
        """Whether its values are kept in a store."""
        return self in (Kind.LATEST, Kind.AGGREGATE)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One input of a function: the node of that name, with what the function expects."""

    name: str
    annotation: Any
    required: bool

    @property
    def is_column(self) -> bool:
        """Whether the function wants a column there, not one value."""
        return is_column(self.annotation)


@dataclass(frozen=True, slots=True, eq=False)
class FunctionNode:
    """One function of the DAG.

    Attributes:
        name: unique in the project; a window of an aggregate has a name of its own.
        function: called with keyword arguments, one for each parameter.
        parameters: its inputs.
        kind: what it is.
        returns: its return annotation; for a window of an aggregate that of the function.
        definition: for a stored feature, its source, entity and times.
        doc: its docstring.
        module: where it is written.
        tags: Hamilton's tags.
        code: the function as it is written, for fingerprints and pages.
        per_row: whether it takes and returns single values, and is called once for each row.
    """

    name: str
    function: Callable[..., Any]
    parameters: tuple[Parameter, ...]
    kind: Kind
    returns: Any
    definition: Latest | Aggregate | None
    doc: str
    module: str
    tags: Mapping[str, Any]
    code: Callable[..., Any]
    per_row: bool = False

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of its parameters."""
        return tuple(parameter.name for parameter in self.parameters)


def shown_type(annotation: object) -> str:
    """An annotation as messages have it: ``float``, ``Series``, ``dict[str, float]``."""
    plain = isinstance(annotation, type) and not get_args(annotation)
    return str(getattr(annotation, "__name__", annotation)) if plain else repr(annotation)
