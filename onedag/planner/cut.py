"""The planner's one algorithm: walk back from what is wanted, and cut at what is given.

It serves at two places. Below the boundary the row in hand is a request, and its fields are given.
Above it the row in hand is a source's, and its columns are given. That is why a function has no
grain of its own: the same ``is_long_haul(distance)`` is computed for both.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from onedag.dtypes import is_scalar
from onedag.errors import AmbiguousInput, InvalidDefinition, MissingInput
from onedag.graph import FunctionGraph, FunctionNode, Kind
from onedag.modifiers import Latest
from onedag.planner.views import StoredFeature, View, merge_views, view_of
from onedag.service import EVENT_TIMESTAMP
from onedag.source import Source

__all__ = ["Cut", "Origin", "Site", "cut"]


class Origin(StrEnum):
    """Where a node's value comes from."""

    REQUEST = "request"
    STORE = "store"
    FITTED = "fitted"
    COMPUTED = "computed"


@dataclass(frozen=True, slots=True)
class Site:
    """A place where rows are computed, and what is known there.

    Attributes:
        name: for messages: ``service 'departure_delay'`` or ``source 'landings'``.
        given: the columns of the row in hand; `EVENT_TIMESTAMP` always comes with it.
        columns: the columns of each source that may be looked up, by the source's name. A source
            that isn't listed can't be.
        sources: the project's sources.
        fitted: what becomes of fitted values: ``compute`` (training), ``pinned`` (serving), or
            ``refuse`` (above the boundary, where there is no training run).
    """

    name: str
    given: Collection[str]
    columns: Mapping[str, Collection[str]]
    sources: Mapping[str, Source]
    fitted: str = "compute"

    def identifies(self, join_keys: Iterable[str]) -> bool:
        """Whether the row in hand carries all of an entity's join keys."""
        return all(key in self.given for key in join_keys)


@dataclass(frozen=True, slots=True)
class Cut:
    """What it takes to compute the wanted nodes.

    Attributes:
        origins: the origin of each needed node, inputs before what needs them.
        given: the columns that the row in hand must carry, join keys included.
        views: what is looked up, one entry a view, with only the needed features.
        steps: the functions to call, in order; in training the fitted ones among them.
    """

    origins: Mapping[str, Origin]
    given: tuple[str, ...]
    views: tuple[View, ...]
    steps: tuple[FunctionNode, ...]


def cut(graph: FunctionGraph, wanted: Iterable[str], site: Site) -> Cut:
    """Decide for each needed node where its value comes from.

    In order: a given column wins; then a stored feature; then a fitted value; then the function is
    computed. A name without a function is the newest value of the one source that has such a
    column and whose ``key`` the row in hand identifies.

    Raises:
        MissingInput: nothing provides a needed input.
        AmbiguousInput: more than one source does.
        InvalidDefinition: a row function takes no column, so that it can't know how many rows; or
            a fitted value takes one value where there is one for each row.
    """
    origins: dict[str, Origin] = {}
    steps: list[FunctionNode] = []
    views: list[View] = []
    for name, needed_by in _needed(graph, wanted, site):
        node = graph.get(name)
        if name in site.given or name == EVENT_TIMESTAMP:
            origins[name] = Origin.REQUEST
        elif node is None or node.kind.stored:
            feature = _stored(node, site) if node else _looked_up(name, needed_by, site, graph)
            origins[name] = Origin.STORE
            views.append(view_of(feature))
        else:
            if node.kind is Kind.FITTED and site.fitted == "refuse":
                raise MissingInput(
                    f"{needed_by[-1] if needed_by else name!r} needs the fitted value {name!r} for "
                    f"the rows of {site.name}. A fitted value belongs to a training run, and what "
                    f"is stored serves every run: compute it below the boundary instead."
                )
            if node.kind is Kind.FITTED:
                _refuse_scalar_of_rows(node, origins)
            origins[name] = Origin.FITTED if node.kind is Kind.FITTED else Origin.COMPUTED
            if node.kind is Kind.ROW:
                _refuse_without_rows(node, _inputs(graph, name, site), origins)
            if node.kind is Kind.ROW or site.fitted == "compute":
                steps.append(node)
    merged = tuple(merge_views(views).values())
    keys = (key for view in merged for key in view.join_keys)
    fields = (name for name, origin in origins.items() if origin is Origin.REQUEST)
    return Cut(origins, tuple(dict.fromkeys([*fields, *keys])), merged, tuple(steps))


def _needed(
    graph: FunctionGraph, wanted: Iterable[str], site: Site
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each needed name once, after all that it needs, with the chain of names that led to it.

    A loop, not a recursion: a chain of functions may be longer than Python's stack.
    """
    done: set[str] = set()
    for start in wanted:
        path: dict[str, Iterator[str]] = {start: iter(_inputs(graph, start, site))}
        while path:
            name, inputs = next(reversed(path.items()))
            step = next((i for i in inputs if i not in done), None)
            if step is not None:
                path[step] = iter(_inputs(graph, step, site))
                continue
            path.popitem()
            if name not in done:
                done.add(name)
                yield name, tuple(path)


def _inputs(graph: FunctionGraph, name: str, site: Site) -> tuple[str, ...]:
    node = graph.get(name)
    if node is None or name in site.given or node.kind.stored:
        return ()
    if node.kind is Kind.FITTED and site.fitted != "compute":
        return ()
    return tuple(
        parameter.name
        for parameter in node.parameters
        if parameter.required or _available(graph, parameter.name, site)
    )


def _available(graph: FunctionGraph, name: str, site: Site) -> bool:
    known = name in graph or name in site.given or name == EVENT_TIMESTAMP
    return known or bool(_candidates(name, site))


def _refuse_scalar_of_rows(node: FunctionNode, origins: Mapping[str, Origin]) -> None:
    for parameter in node.parameters:
        column = origins.get(parameter.name, Origin.FITTED) is not Origin.FITTED
        if column and is_scalar(parameter.annotation):
            raise InvalidDefinition(
                f"Function {node.name!r} of {node.module} is a fitted value, one for the whole "
                f"training frame. It takes one {parameter.name!r}, and here {parameter.name!r} has "
                f"one for each row. To fit it annotate {parameter.name!r} as pd.Series. A function "
                f"that is called for each row takes such inputs alone, all of them, and its "
                f"result, as bool, int, float, str, date or datetime, and at least one has no "
                f"default and isn't itself a fitted value."
            )


def _refuse_without_rows(
    node: FunctionNode, inputs: Iterable[str], origins: Mapping[str, Origin]
) -> None:
    if all(origins[name] is Origin.FITTED for name in inputs):
        taken = f"only the fitted {_listed(map(repr, inputs))}" if inputs else "nothing"
        raise InvalidDefinition(
            f"Function {node.name!r} of {node.module} returns a column and takes {taken}, so it "
            f"can't know how many rows it is for. Give it a column, or carry {node.name!r} in the "
            f"request. (A function that returns several columns is a pd.DataFrame, not a dict.)"
        )


def _stored(node: FunctionNode, site: Site) -> StoredFeature:
    definition = node.definition
    assert definition is not None
    keys = definition.entity.join_keys if definition.entity else ()
    lacking = [key for key in keys if key not in site.given]
    if lacking:
        entity = definition.entity.name if definition.entity else ""
        raise MissingInput(
            f"{site.name} needs the stored feature {node.name!r}, which is kept by {entity!r}, and "
            f"doesn't carry its join key {', '.join(map(repr, lacking))}. It carries "
            f"{_listed(site.given)}: add the join key to it."
        )
    return StoredFeature(node.name, definition, node)


def _looked_up(
    name: str, needed_by: tuple[str, ...], site: Site, graph: FunctionGraph
) -> StoredFeature:
    found = _candidates(name, site)
    if len(found) > 1:
        keyed = ", ".join(f"{s.name!r} (by {s.key.name!r})" for s in found if s.key)
        raise AmbiguousInput(
            f"{_needs(needed_by, site)} {name!r}, and more than one source has a column of that "
            f"name for an entity that is identified: {keyed}. Rename the column in all but one of "
            f"them with columns={{{name!r}: …}}, or carry it in the request."
        )
    if not found:
        raise MissingInput(_nothing_provides(name, needed_by, site, graph))
    source = found[0]
    return StoredFeature(name, Latest(source, source.key), None)


def _candidates(name: str, site: Site) -> list[Source]:
    return [
        source
        for source in site.sources.values()
        if source.key is not None
        and site.identifies(source.key.join_keys)
        and name in site.columns.get(source.name, ())
    ]


def _nothing_provides(
    name: str, needed_by: tuple[str, ...], site: Site, graph: FunctionGraph
) -> str:
    lines = [f"{_needs(needed_by, site)} {name!r}, and nothing provides it."]
    lines.append(f"{site.name[:1].upper()}{site.name[1:]} carries {_listed(site.given)}.")
    for source in site.sources.values():
        if name not in site.columns.get(source.name, ()):
            continue
        if source.key is None:
            lines.append(f"Source {source.name!r} has that column and no key= to find it by.")
        else:
            keys = ", ".join(map(repr, source.key.join_keys))
            lines.append(f"Source {source.name!r} has it: carry {source.key.name!r} ({keys}) too.")
    unread = [s.name for s in site.sources.values() if s.key and s.name not in site.columns]
    if unread:
        lines.append(
            f"The columns of {_listed(unread)} aren't known here: plan through a driver, or pass "
            f"columns=."
        )
    lines.append(f"Otherwise write a function {name!r}, or add a field of that name.")
    if close := _close(name, [*graph, *site.given]):
        lines.append(f"Did you mean {close!r}?")
    return " ".join(lines)


def _close(name: str, names: list[str]) -> str | None:
    return next(iter(difflib.get_close_matches(name, names, n=1)), None)


def _needs(needed_by: tuple[str, ...], site: Site) -> str:
    if not needed_by:
        return f"{site.name} asks for"
    return f"In {site.name}, feature {needed_by[0]!r} needs" + (
        f" (through {' -> '.join(map(repr, needed_by[1:]))})" if len(needed_by) > 1 else ""
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"
