"""What lineage answers say to people, line by line."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from textwrap import wrap
from typing import Any

from onedag.durations import parse_duration
from onedag.lineage import (
    Impact,
    Lineage,
    LineageNode,
    NodeKind,
    Paths,
    PiiFlow,
    ReadFeature,
    ReadView,
    ServiceReads,
    Use,
    described,
)

__all__ = ["of_dead", "of_flows", "of_impact", "of_paths", "of_reads", "of_uses"]

WIDTH = 100
_WHOLE: Mapping[str, Any] = {"break_long_words": False, "break_on_hyphens": False}
_TO_DO = {
    "fitted value": ", for which to train again",
    "view": " to materialize again",
    "model": " to train again",
}


def of_paths(lineage: Lineage, found: Paths, *, back: bool) -> Iterator[str]:
    """Shortest ways, or that there is none.

    Args:
        lineage: that they lie in.
        found: the ways.
        back: whether there are ways in the other direction.
    """
    if not found.nodes:
        yield f"Nothing of {found.start} goes into {found.end}."
        if back:
            yield f"It is the other way round: --path {found.end} {found.start}."
        return
    count = _counted(len(found.nodes), "node")
    yield f"{found.start} goes into {found.end}, through {count} in all. Shortest ways:"
    for way in found.shortest:
        yield f"  {_way(lineage, way)}"


def of_impact(lineage: Lineage, found: Impact, asked: Collection[str]) -> Iterator[str]:
    """What a change touches, kind by kind."""
    nodes = [lineage.nodes[node] for node in found.nodes]
    stored = [node for node in nodes if node.kind is NodeKind.STORED]
    others = [node for node in nodes if node.module and node.kind is not NodeKind.STORED]
    touched: list[tuple[str, int, Iterable[str]]] = [
        ("stored feature", len(stored), _functions(stored)),
        ("other function", len({node.label for node in others}), _functions(others)),
        ("fitted value", len(found.fitted), found.fitted),
        ("view", len(found.views), found.views),
        ("service", len(found.services), found.services),
        ("model", len(found.models), found.models),
    ]
    named = ", ".join(asked)
    if not any(number for _, number, _ in touched):
        yield f"A change of {named} touches nothing."
        return
    yield f"A change of {named} touches"
    for what, number, names in touched:
        if number:
            begin = f"  {_counted(number, what)}{_TO_DO.get(what, '')}: "
            yield from _wrapped(begin, names)


def of_uses(lineage: Lineage, found: Sequence[Use], asked: Collection[str]) -> Iterator[str]:
    """The features of each service, each with the way to it."""
    named = ", ".join(asked)
    if not found:
        yield f"No service uses {named}."
    for (service, model), uses in groupby(found, key=lambda use: (use.service, use.model)):
        features = list(uses)
        whose = "and its model use" if model else "uses"
        yield f"{service} {whose} {named} in {_counted(len(features), 'feature')}:"
        for use in features:
            key = "  [key: it says which value is looked up]" if use.key else ""
            yield f"  {_way(lineage, use.path)}{key}"


def of_flows(flows: Collection[PiiFlow]) -> Iterator[str]:
    """The ways of personal data, service by service."""
    if not flows:
        yield "No feature of a service comes from what is tagged pii."
    for service, ways in groupby(flows, key=lambda flow: flow.service):
        yield f"{service}:"
        for flow in ways:
            allowed = "allowed by may_use" if flow.allowed else "not in may_use"
            yield f"  {' -> '.join(flow.path)}  [{allowed}]"


def of_reads(reads: ServiceReads) -> Iterator[str]:
    """What a service reads, place by place."""
    yield f"{reads.service} reads"
    if reads.fields:
        yield "  of the request:"
        for field in reads.fields:
            about = [*(["key"] if field.key else []), *field.tags]
            yield f"    {field.name}" + (f"  [{', '.join(about)}]" if about else "")
    if reads.views:
        yield "  of the store:"
        for view in reads.views:
            yield from _view(view)
    if reads.fitted:
        yield from _wrapped("  of the training run: ", reads.fitted)
    if reads.sources:
        yield "  of sources, when the store is filled:"
        for source, columns in reads.sources.items():
            yield from _wrapped(f"    {source}: ", columns)


def of_dead(places: Mapping[str, Collection[LineageNode]]) -> Iterator[str]:
    """Functions, each with where it is computed, if it is."""
    if not places:
        yield "Every function is needed by a service."
    for name, nodes in places.items():
        where = "; ".join(map(_where, nodes)) or "nothing takes it"
        yield f"{name}  {where}"


def _where(node: LineageNode) -> str:
    if node.kind is NodeKind.STORED:
        return f"stored in {node.view} all the same: {described(node)}"
    return f"computed for rows of {node.source} all the same"


def _view(view: ReadView) -> Iterator[str]:
    by = f" by {view.entity} ({', '.join(view.join_keys)})" if view.entity else ", one for all"
    refresh = f", refreshed every {view.refresh}" if view.refresh else ""
    behind = "" if view.online else ", for other stored features alone"
    yield f"    {view.name}, from {view.source}{by}{refresh}{behind}:"
    yield from _wrapped("      ", _features(view.features))


def _features(features: Iterable[ReadFeature]) -> list[str]:
    windows: dict[str, set[str]] = {}
    for feature in features:
        if feature.window:
            function = feature.name.removesuffix(f"_{feature.window}")
            windows.setdefault(function, set()).add(feature.window)
        else:
            windows[f"{feature.name}{_age(feature)}"] = set()
    return [f"{name}{_windows(found)}" for name, found in windows.items()]


def _age(feature: ReadFeature) -> str:
    if feature.modifier == "aggregate":
        return " (all history)"
    return f" (newest, at most {feature.max_age} old)" if feature.max_age else " (newest)"


def _functions(nodes: Iterable[LineageNode]) -> list[str]:
    """The functions of nodes, each once, with the windows of an aggregate behind it."""
    windows: dict[str, set[str]] = {}
    for node in nodes:
        function = node.label.removesuffix(f"_{node.window}") if node.window else node.label
        windows.setdefault(function, set()).update([node.window] if node.window else [])
    return [f"{name}{_windows(found)}" for name, found in windows.items()]


def _windows(windows: Collection[str]) -> str:
    ordered = sorted(windows, key=parse_duration)
    return f" ({', '.join(ordered)})" if ordered else ""


def _wrapped(begin: str, names: Iterable[str]) -> list[str]:
    """Names behind what they are, on lines that end between two of them."""
    indent = " " * (len(begin) - len(begin.lstrip()) + 2)
    words = ", ".join(name.replace(" ", "\0") for name in names)
    lines = wrap(words, WIDTH, initial_indent=begin, subsequent_indent=indent, **_WHOLE)
    return [line.replace("\0", " ") for line in lines]


def _way(lineage: Lineage, way: Iterable[str]) -> str:
    """A name that several nodes of a way have is said once."""
    return " -> ".join(dict.fromkeys(lineage.nodes[node].full_name for node in way))


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"
