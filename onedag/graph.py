"""The functions of a project as one DAG.

This is the only module that knows Hamilton's internals. Hamilton turns modules into nodes, with
all its function modifiers; what comes out here is plain, frozen and ours, so that nothing of
Hamilton is touched when rows are computed.
"""

from __future__ import annotations

import logging
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType, ModuleType
from typing import Any

from hamilton.function_modifiers import base as modifier_base
from hamilton.graph import update_dependencies
from hamilton.graph_utils import find_functions
from hamilton.lifecycle.base import LifecycleAdapterSet
from hamilton.node import DependencyType, Node, NodeType

from onedag.dtypes import is_column
from onedag.errors import CyclicDependency, DuplicateName, InvalidDefinition
from onedag.modifiers import Aggregate, Latest, aggregate, latest

__all__ = ["FunctionGraph", "FunctionNode", "Kind", "Parameter"]


class Kind(StrEnum):
    """What a function is, by its decorator and its annotations."""

    ROW = "row"
    """A row function: a column from columns."""
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

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of its parameters."""
        return tuple(parameter.name for parameter in self.parameters)


class FunctionGraph(Mapping[str, FunctionNode]):
    """The functions of a project by name. A name that isn't here is an input from outside."""

    def __init__(self, nodes: Mapping[str, FunctionNode]) -> None:
        self._nodes = dict(nodes)

    def __getitem__(self, name: str) -> FunctionNode:
        return self._nodes[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._nodes)

    def __len__(self) -> int:
        return len(self._nodes)

    @classmethod
    def from_modules(cls, modules: Iterable[ModuleType]) -> FunctionGraph:
        """Build the graph of all functions of the modules.

        Raises:
            DuplicateName: two functions give a node of one name.
            InvalidDefinition: Hamilton refuses a function: a missing annotation, types that don't
                match along an edge.
            CyclicDependency: functions need each other.
        """
        nodes = _hamilton_nodes(modules)
        graph = cls({name: _function_node(node) for name, node in nodes.items()})
        graph._refuse_cycles()
        return graph

    def _refuse_cycles(self) -> None:
        done: set[str] = set()
        for start in self._nodes:
            path: dict[str, Iterator[str]] = {}
            _enter(path, start, self._nodes, done)
            while path:
                name, inputs = next(reversed(path.items()))
                step = next((i for i in inputs if i in self._nodes and i not in done), None)
                if step is None:
                    done.add(name)
                    path.popitem()
                elif step in path:
                    names = list(path)
                    raise CyclicDependency.through(names[names.index(step) :])
                else:
                    _enter(path, step, self._nodes, done)


def _enter(
    path: dict[str, Iterator[str]],
    name: str,
    nodes: Mapping[str, FunctionNode],
    done: set[str],
) -> None:
    if name not in done:
        path[name] = iter(nodes[name].inputs)


def _hamilton_nodes(modules: Iterable[ModuleType]) -> dict[str, Node]:
    nodes: dict[str, Node] = {}
    seen: set[Callable[..., Any]] = set()
    for module in modules:
        for _, function in find_functions(module):
            if function in seen:  # a package shows the functions that its __init__ imports again
                continue
            seen.add(function)
            for node in _resolved(function):
                if node.name in nodes:
                    raise DuplicateName.of(
                        "Function", node.name, _place(nodes[node.name]), _place(node)
                    )
                nodes[node.name] = node
    try:
        linked = update_dependencies(nodes, LifecycleAdapterSet(), reset_dependencies=False)
    except ValueError as error:
        raise InvalidDefinition(f"The functions don't fit together: {error}") from error
    return {name: node for name, node in linked.items() if node.node_role != NodeType.EXTERNAL}


def _resolved(function: Callable[..., Any]) -> list[Node]:
    try:
        with _quiet_hamilton():
            return list(modifier_base.resolve_nodes(function, {}))
    except (ValueError, TypeError, NameError, modifier_base.InvalidDecoratorException) as error:
        if isinstance(error, InvalidDefinition):
            raise
        raise InvalidDefinition(
            f"Function {function.__name__!r} in {function.__module__} can't be made a node: {error}"
        ) from error


@contextmanager
def _quiet_hamilton() -> Iterator[None]:
    # Hamilton logs the traceback of what it also raises; the reader would get both.
    logger = logging.getLogger(modifier_base.__name__)
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before


def _place(node: Node) -> str:
    function = _written(node)
    return f"{function.__module__}.{function.__qualname__}"


def _written(node: Node) -> Callable[..., Any]:
    originating: tuple[Callable[..., Any], ...] | None = node.originating_functions
    return originating[0] if originating else node.callable


def _function_node(node: Node) -> FunctionNode:
    code = _written(node)
    modifier = next(
        (m for m in getattr(code, "expand", []) if isinstance(m, latest | aggregate)), None
    )
    definition = modifier.definitions(code.__name__)[node.name] if modifier else None
    return FunctionNode(
        name=node.name,
        function=node.callable,
        parameters=tuple(
            Parameter(name, annotation, dependency is DependencyType.REQUIRED)
            for name, (annotation, dependency) in node.input_types.items()
        ),
        kind=_kind(node, definition),
        returns=_annotations(code).get("return", node.type) if definition else node.type,
        definition=definition,
        doc=node.documentation or "",
        module=code.__module__,
        tags=MappingProxyType(dict(node.tags)),
        code=code,
    )


def _annotations(function: Callable[..., Any]) -> dict[str, Any]:
    return typing.get_type_hints(function, include_extras=True)


def _kind(node: Node, definition: Latest | Aggregate | None) -> Kind:
    if isinstance(definition, Latest):
        return Kind.LATEST
    if isinstance(definition, Aggregate):
        return Kind.AGGREGATE
    return Kind.ROW if is_column(node.type) else Kind.FITTED
