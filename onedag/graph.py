"""The functions of a project as one DAG.

This is the only module that knows Hamilton's internals. Hamilton turns modules into nodes, with
all its function modifiers; what comes out here is plain, frozen and ours, so that nothing of
Hamilton is touched when rows are computed.
"""

from __future__ import annotations

import inspect
import logging
import types
import typing
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from types import MappingProxyType, ModuleType
from typing import Any

from hamilton import registry
from hamilton.function_modifiers import base as modifier_base
from hamilton.function_modifiers import parameterize
from hamilton.function_modifiers.validation import IS_DATA_VALIDATOR_TAG
from hamilton.graph import update_dependencies
from hamilton.graph_utils import find_functions
from hamilton.htypes import types_match
from hamilton.lifecycle import EdgeConnectionHook
from hamilton.lifecycle.base import LifecycleAdapterSet
from hamilton.node import DependencyType, Node, NodeType

from onedag.dtypes import is_column
from onedag.errors import CyclicDependency, DuplicateName, InvalidDefinition
from onedag.linking import refuse_misfits, settled
from onedag.modifiers import Aggregate, Latest, aggregate, latest
from onedag.nodes import FunctionNode, Kind, Parameter

__all__ = ["AnyForm", "FunctionGraph", "FunctionNode", "Kind", "Parameter"]

for _extension in ("numpy", "pandas"):  # they are there already where Hamilton loads all
    registry.load_extension(_extension)

_PARAMETERIZED = f"{parameterize.__name__}.expand_node.<locals>.replacement_function"


class AnyForm(EdgeConnectionHook):  # type: ignore[misc]
    """Lets Hamilton link functions that take the same thing in different forms.

    Hamilton refuses a ``float`` or an ``np.ndarray`` parameter where a ``pd.Series`` comes from.
    Here what fits is decided by `FunctionGraph`, which is stricter where it matters. Hamilton's own
    driver needs this to load and draw a module that mixes forms:
    ``driver.Builder().with_adapters(AnyForm())``.
    """

    def check_edge_types_match(self, type_from: type, type_to: type, **kwargs: Any) -> bool:
        """Yes."""
        return True

    def validate_input(self, node_type: type, input_value: Any, **kwargs: Any) -> bool:
        """Yes."""
        return True


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

    def upstream(self, names: Iterable[str], given: Collection[str] = ()) -> set[str]:
        """All that some names could need, themselves included, and names that are no functions.

        Args:
            names: where to begin.
            given: names whose values are there, so that what they are made of isn't needed.
        """
        found: set[str] = set()
        left = list(names)
        while left:
            name = left.pop()
            if name not in found:
                found.add(name)
                if name in self and name not in given:
                    left.extend(self[name].inputs)
        return found

    @classmethod
    def from_modules(cls, modules: Iterable[ModuleType]) -> FunctionGraph:
        """Build the graph of all functions of the modules.

        Raises:
            DuplicateName: two functions give a node of one name.
            InvalidDefinition: Hamilton refuses a function, such as for a missing annotation; or
                types don't match along an edge.
            CyclicDependency: functions need each other.
        """
        linked = _hamilton_nodes(modules)
        nodes = settled(_in_order({name: _function_node(node) for name, node in linked.items()}))
        refuse_misfits(nodes, types_match)
        return cls({name: nodes[name] for name in linked})


def _in_order(nodes: Mapping[str, FunctionNode]) -> Iterator[FunctionNode]:
    """Each node after those that it needs. A loop: a chain may be longer than Python's stack."""
    done: set[str] = set()
    for start in nodes:
        path: dict[str, Iterator[str]] = {}
        _enter(path, start, nodes, done)
        while path:
            name, inputs = next(reversed(path.items()))
            step = next((i for i in inputs if i in nodes and i not in done), None)
            if step is None:
                done.add(name)
                path.popitem()
                yield nodes[name]
            elif step in path:
                names = list(path)
                raise CyclicDependency.through(names[names.index(step) :])
            else:
                _enter(path, step, nodes, done)


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
        for name, function in find_functions(module):
            # A package shows the functions that its __init__ imports again. Hamilton goes by a
            # function's own name, so it doesn't see that a lambda is kept under a private one.
            if function in seen or name.startswith("_"):
                continue
            seen.add(function)
            _refuse_uncallable(name, function)
            for node in _resolved(function):
                if node.name in nodes:
                    raise DuplicateName.of(
                        "Function", node.name, _place(nodes[node.name]), _place(node)
                    )
                nodes[node.name] = node
    adapters = LifecycleAdapterSet(AnyForm())
    linked = update_dependencies(nodes, adapters, reset_dependencies=False)
    return {name: node for name, node in linked.items() if node.node_role != NodeType.EXTERNAL}


def _refuse_uncallable(name: str, function: Callable[..., Any]) -> None:
    """Refuse what Hamilton makes a node of, or fails on, and what no driver could call."""
    kinds = inspect.Parameter
    unnamed = (kinds.POSITIONAL_ONLY, kinds.VAR_POSITIONAL, kinds.VAR_KEYWORD)
    if function.__name__ == "<lambda>":
        problem = "is a lambda, which has no annotations. Write it with def, or begin its name "
        problem += "with an underscore if it is a helper"
    elif inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        problem = "is async, and a feature function computes without waiting. Write it with def"
    elif any(p.kind in unnamed for p in inspect.signature(function).parameters.values()):
        problem = "has *args, **kwargs or positional-only parameters. Its parameters name the "
        problem += "functions and columns that it takes: name each one"
    else:
        return
    raise InvalidDefinition(f"Function {name!r} in {function.__module__} {problem}.")


def _resolved(function: Callable[..., Any]) -> list[Node]:
    what = f"Function {function.__name__!r} in {function.__module__}"
    try:
        with _quiet_hamilton():
            nodes = list(modifier_base.resolve_nodes(function, {}))
    except InvalidDefinition:
        raise
    except Exception as error:  # Hamilton's modifiers, and others' own, raise anything
        raise InvalidDefinition(f"{what} can't be made a node: {error}") from error
    if any(IS_DATA_VALIDATOR_TAG in node.tags for node in nodes):
        raise InvalidDefinition(
            f"{what} has @check_output. A validator judges all rows that it is given, and here "
            f"those are a chunk of a training frame or a single request: check the frame instead."
        )
    modifier = _stored_by(function)
    others = [n.name for n in nodes if modifier and n.name not in _definitions(modifier, n)]
    if others:
        raise InvalidDefinition(
            f"{what} has @{type(modifier).__name__} and another decorator that makes nodes of its "
            f"own: {', '.join(others)}. Move what it does to a function before or after."
        )
    return nodes


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


def _called(function: Callable[..., Any]) -> Callable[..., Any]:
    """The user's function with its values, where `parameterize` wraps it in one that sorts names.

    What it makes is called for each request, and costs twice as much as a comparison of columns.
    """
    made = function.func if isinstance(function, partial) else function
    if getattr(made, "__qualname__", "") != _PARAMETERIZED:
        return function
    options: dict[str, Any] = made.__kwdefaults__ or {}
    closure = dict(zip(made.__code__.co_freevars, made.__closure__ or (), strict=True))
    renamed = any(name != given.source for name, given in options["upstream_dependencies"].items())
    if renamed or options["grouped_list_dependencies"] or options["grouped_dict_dependencies"]:
        return function
    values = {name: given.value for name, given in options["literal_dependencies"].items()}
    return partial(_called(closure["node_"].cell_contents.callable), **values)


def _function_node(node: Node) -> FunctionNode:
    code = _written(node)
    modifier = _stored_by(code)
    definition = _definitions(modifier, node)[node.name] if modifier else None
    returns = _annotations(code).get("return", node.type) if definition else node.type
    return FunctionNode(
        name=node.name,
        function=_called(node.callable),
        parameters=tuple(
            Parameter(name, annotation, dependency is DependencyType.REQUIRED)
            for name, (annotation, dependency) in node.input_types.items()
        ),
        kind=_kind(node, definition),
        returns=returns,
        definition=definition,
        doc=node.documentation or "",
        module=code.__module__,
        tags=MappingProxyType(dict(node.tags)),
        code=code,
        per_row=isinstance(definition, Latest) and not is_column(returns),
    )


def _stored_by(function: Callable[..., Any]) -> latest | aggregate | None:
    modifiers = getattr(function, "expand", [])
    return next((m for m in modifiers if isinstance(m, latest | aggregate)), None)


def _definitions(modifier: latest | aggregate, node: Node) -> dict[str, Latest | Aggregate]:
    return modifier.definitions(_written(node).__name__)


def _annotations(function: Callable[..., Any]) -> dict[str, Any]:
    return typing.get_type_hints(function, include_extras=True)


def _kind(node: Node, definition: Latest | Aggregate | None) -> Kind:
    if isinstance(definition, Latest):
        return Kind.LATEST
    if isinstance(definition, Aggregate):
        return Kind.AGGREGATE
    if is_column(node.type):
        return Kind.ROW
    union = typing.get_origin(node.type) in (typing.Union, types.UnionType)
    if union and any(map(is_column, typing.get_args(node.type))):
        raise InvalidDefinition(
            f"Function {_place(node)!r} returns {node.type}: a column, or one value for all rows. "
            f"Return a pd.Series whatever the rows are, with nulls where there is nothing."
        )
    return Kind.FITTED
