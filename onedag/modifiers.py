"""`latest` and `aggregate`: Hamilton function modifiers that put a function above the boundary.

The function below stays what it was: a test calls it with a Series, and a stock
``hamilton.driver.Builder`` loads and draws its module.
"""

from __future__ import annotations

import abc
import inspect
import typing
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from types import FunctionType
from typing import Any

import pandas as pd
from hamilton.function_modifiers.base import NodeExpander
from hamilton.node import Node

from onedag.dtypes import annotated_type, is_column, is_scalar
from onedag.durations import Duration, label, parse_duration
from onedag.entity import Entity
from onedag.errors import InvalidDefinition
from onedag.source import Source

__all__ = ["Aggregate", "Latest", "aggregate", "latest"]


@dataclass(frozen=True, slots=True)
class Latest:
    """A stored feature: the newest value for an entity.

    Attributes:
        source: whose rows are looked at.
        entity: whose newest row counts; None for the newest row of all.
        max_age: an older value is missing, with status STALE; None for any age. The bound itself
            is still young enough.
        refresh: the store is refreshed at whole multiples of this since 1970 UTC; None for always.
    """

    source: Source
    entity: Entity | None
    max_age: timedelta | None = None
    refresh: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A stored feature: a reduction of a window of the rows of an entity.

    Attributes:
        source: whose rows are reduced.
        entity: whose rows; None for all rows.
        over: the window's length: start exclusive, end inclusive. None for all history.
        refresh: as for `Latest`.
    """

    source: Source
    entity: Entity | None
    over: timedelta | None = None
    refresh: timedelta | None = None


class _Stored(NodeExpander):  # type: ignore[misc]
    """What both modifiers share: the checks of the arguments, and the nodes that they make."""

    def __init__(self, source: Source, by: Entity | None, refresh: Duration | None) -> None:
        name = f"@{type(self).__name__}"
        if not isinstance(source, Source):
            hidden = (
                f"the function {source.__name__!r}. If a source has this name too, rename one"
                if isinstance(source, FunctionType)
                else repr(source)
            )
            raise InvalidDefinition(f"{name} needs a Source as its first argument, not {hidden}.")
        if by is not None and not isinstance(by, Entity):
            raise InvalidDefinition(f"{name}: by= must be an Entity or None, not {by!r}.")
        self.source = source
        self.entity = by
        self.refresh = None if refresh is None else parse_duration(refresh, f"{name}: refresh=")

    @abc.abstractmethod
    def definitions(self, function_name: str) -> dict[str, Latest | Aggregate]:
        """The stored features that the decorated function gives, by the names of their nodes."""

    def expand_node(
        self, node_: Node, config: dict[str, Any], fn: Callable[..., Any]
    ) -> Collection[Node]:
        # Below the boundary a stored value is a column like any other, whatever the function
        # itself returns.
        return [
            node_.copy_with(name=name, typ=pd.Series, tags={**node_.tags, **_tags(definition)})
            for name, definition in self.definitions(node_.name).items()
        ]

    def validate(self, fn: Callable[..., Any]) -> None:
        if not inspect.isfunction(fn):
            raise InvalidDefinition(
                f"@{type(self).__name__} needs a function that is written with `def` in a module, "
                f"not {fn!r}. Write one that calls it."
            )
        what = f"@{type(self).__name__} function {fn.__name__!r}"
        hints = _hints(fn)
        parameters = inspect.signature(fn).parameters.values()
        if not parameters:
            raise InvalidDefinition(f"{what} takes no column of its source, so it has no rows.")
        single = self._takes_single_values(hints)
        for parameter in parameters:
            hint = hints.get(parameter.name)
            if not (is_scalar(hint) if single else _is_one_column(hint)):
                raise InvalidDefinition(
                    f"{what} takes columns of its source; annotate {parameter.name!r} as "
                    f"{'one value, such as float' if single else 'pd.Series'}."
                )
            if parameter.default is not inspect.Parameter.empty:
                raise InvalidDefinition(
                    f"{what} has a default for {parameter.name!r}. All that it takes are columns "
                    f"of its source, which are there or aren't: leave the default out."
                )

    def _takes_single_values(self, hints: dict[str, Any]) -> bool:
        """Whether the function is called once for each row."""
        return False


class latest(_Stored):  # noqa: N801  (a decorator reads as a verb)
    """Store the newest value for each entity of a row-wise function of a source.

    The function takes columns and returns one, or takes and returns single values.

    The newest row is the one with the greatest event time, then the greatest known time, then the
    later one in the source. Its value counts even if it is null (status NULL); an entity without a
    visible row has none (status MISSING).

    Args:
        source: where the columns come from.
        by: the entity; None for the newest row of all.
        max_age: how old, by event time, a value may be at the row's time, bound included.
        refresh: how often the store is refreshed, such as ``"1d"``.

    Raises:
        InvalidDefinition: the function takes and returns neither columns nor single values.
    """

    def __init__(
        self,
        source: Source,
        by: Entity | None,
        max_age: Duration | None = None,
        refresh: Duration | None = None,
    ) -> None:
        super().__init__(source, by, refresh)
        self.max_age = None if max_age is None else parse_duration(max_age, "@latest: max_age=")

    def definitions(self, function_name: str) -> dict[str, Latest | Aggregate]:
        return {function_name: Latest(self.source, self.entity, self.max_age, self.refresh)}

    def _takes_single_values(self, hints: dict[str, Any]) -> bool:
        taken = [hint for name, hint in hints.items() if name != "return"]
        return is_scalar(hints.get("return")) and any(map(is_scalar, taken))

    def validate(self, fn: Callable[..., Any]) -> None:
        super().validate(fn)
        hints = _hints(fn)
        returns = hints.get("return")
        if not _is_one_column(returns) and not self._takes_single_values(hints):
            raise InvalidDefinition(
                f"@latest function {fn.__name__!r} returns {_shown(returns)}; it must return a "
                f"pd.Series, one value for each row of the source, or a single value of the single "
                f"values of a row. For one value of a window of rows use @aggregate."
            )


class aggregate(_Stored):  # noqa: N801
    """Store a reduction of a window of a source's rows for each entity.

    The function takes the values of the visible rows with ``t - over < event time <= t``, in time
    order, and returns one scalar. For an entity or a window without rows it is called with an
    empty Series. Nodes are named ``<function>_<window>``, without ``over`` just ``<function>``.

    Args:
        source: where the columns come from.
        by: the entity; None for one value for everything.
        over: windows such as ``["1d", "7d"]``; None for all history.
        refresh: how often the store is refreshed, such as ``"1d"``.

    Raises:
        InvalidDefinition: the function returns a column, or no annotated scalar, or takes other
            than columns.
    """

    def __init__(
        self,
        source: Source,
        by: Entity | None,
        over: Duration | Iterable[Duration] | None = None,
        refresh: Duration | None = None,
    ) -> None:
        super().__init__(source, by, refresh)
        several = isinstance(over, Iterable) and not isinstance(over, str)
        windows: list[Duration | None] = list(over) if several else [over]  # type: ignore[arg-type, list-item]
        if not windows:
            raise InvalidDefinition("@aggregate: over= is empty; leave it out for all history.")
        self.windows: dict[str, timedelta | None] = {}
        for window in windows:
            length = None if window is None else parse_duration(window, "@aggregate: over=")
            written = window if isinstance(window, str) else length
            self.windows["" if written is None else f"_{label(written)}"] = length
        if len(self.windows) != len(windows):
            raise InvalidDefinition(f"@aggregate: over={windows!r} names a window twice.")

    def definitions(self, function_name: str) -> dict[str, Latest | Aggregate]:
        return {
            function_name + suffix: Aggregate(self.source, self.entity, window, self.refresh)
            for suffix, window in self.windows.items()
        }

    def validate(self, fn: Callable[..., Any]) -> None:
        super().validate(fn)
        returns = _hints(fn).get("return")
        if returns is None or is_column(returns):
            raise InvalidDefinition(
                f"@aggregate function {fn.__name__!r} returns {_shown(returns)}; it must return "
                f"one scalar for a window of rows and say so, as in `-> float`. For a value for "
                f"each row use @latest."
            )
        annotated_type(returns, f"@aggregate function {fn.__name__!r}")


def _hints(fn: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(fn, include_extras=True)
    except NameError as error:
        raise InvalidDefinition(
            f"The annotations of {fn.__name__!r} can't be read: {error}. Import the name at the "
            f"top of the module, not under TYPE_CHECKING."
        ) from error


def _is_one_column(annotation: object) -> bool:
    return is_column(annotation) and annotation is not pd.DataFrame


def _shown(annotation: object) -> str:
    return "nothing" if annotation is None else getattr(annotation, "__name__", repr(annotation))


def _tags(definition: Latest | Aggregate) -> dict[str, str]:
    entity = definition.entity.name if definition.entity else "everything"
    return {
        "onedag.stored": type(definition).__name__.lower(),
        "onedag.source": definition.source.name,
        "onedag.entity": entity,
    }
