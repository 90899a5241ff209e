"""Answers to questions about a lineage: as lines for people, as JSON, and as the part concerned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from batch_etl.lineage import said
from batch_etl.lineage.whole import Whole
from onedag.lineage import (
    Lineage,
    LineageNode,
    Paths,
    dead_functions,
    flows_of,
    impact_of,
    paths_between,
    reads_of,
    uses_of,
)

__all__ = ["Answer", "dead", "impact", "paths", "pii", "reads", "uses"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to a question.

    Attributes:
        lines: for people.
        content: for programs.
        part: of the lineage, for a picture.
    """

    lines: tuple[str, ...]
    content: Mapping[str, Any]
    part: Lineage


def paths(whole: Whole, start: str, end: str) -> Answer:
    """How one name comes to be a part of another.

    Raises:
        UnknownName: the project has nothing of one of the names.
    """
    lineage, known = whole.lineage, [whole.meant(name) for name in (start, end)]
    (first, _), (last, _) = known
    notes = tuple(dict.fromkeys(note for _, note in known if note))
    found, back = Paths(start, end, (), ()), False
    if first and last:
        found = paths_between(lineage, first, last)
        back = not found.nodes and bool(paths_between(lineage, last, first).nodes)
    content = {
        "from": start,
        "to": end,
        "nodes": found.nodes,
        "shortest": [_full_names(lineage, way) for way in found.shortest],
        "notes": notes,
    }
    lines = (*notes, *said.of_paths(lineage, found, back=back))
    return Answer(lines, content, lineage.only(found.nodes))


def impact(whole: Whole, names: Iterable[str]) -> Answer:
    """What a change of the names touches.

    Raises:
        UnknownName: the project has nothing of one of the names.
    """
    asked = tuple(names)
    meant, notes = whole.all_meant(asked)
    found = impact_of(whole.lineage, meant)
    content = {**asdict(found), "names": asked, "notes": notes}
    lines = (*notes, *said.of_impact(whole.lineage, found, asked))
    return Answer(lines, content, whole.lineage.only(found.nodes))


def uses(whole: Whole, names: Iterable[str]) -> Answer:
    """Which services and models use columns, or anything else, and through what.

    Raises:
        UnknownName: the project has nothing of one of the names.
    """
    asked, lineage = tuple(names), whole.lineage
    meant, notes = whole.all_meant(asked)
    found = uses_of(lineage, meant)
    told = [
        {**asdict(use), "path": _full_names(lineage, use.path), "nodes": use.path} for use in found
    ]
    shown = {node for use in found for node in use.path}
    shown |= {f"{kind}:{use.service}" for use in found for kind in ("service", "model")}
    lines = (*notes, *said.of_uses(lineage, found, asked))
    return Answer(lines, {"names": asked, "uses": told, "notes": notes}, lineage.only(shown))


def pii(lineage: Lineage) -> Answer:
    """Where personal data flows, in the part that is asked about."""
    flows = flows_of(lineage)
    content = {"flows": [asdict(flow) for flow in flows]}
    personal = [node.id for node in lineage.nodes.values() if node.personal]
    return Answer(tuple(said.of_flows(flows)), content, lineage.only(personal))


def reads(lineage: Lineage, service: str) -> Answer:
    """What a service reads.

    Raises:
        UnknownName: no such service.
    """
    found = reads_of(lineage, service)
    part = lineage.upstream([f"service:{found.service}"])
    return Answer(tuple(said.of_reads(found)), asdict(found), part)


def dead(whole: Whole) -> Answer:
    """The functions that no service needs, and where they are computed all the same."""
    places: dict[str, list[LineageNode]] = {
        name: [] for name in dead_functions(whole.lineage, whole.project.graph)
    }
    for node in whole.lineage.nodes.values():
        if node.label in places and node.kind.is_function:
            places[node.label].append(node)
    told = [{"name": name, "nodes": [node.id for node in found]} for name, found in places.items()]
    part = whole.lineage.only([node.id for found in places.values() for node in found])
    return Answer(tuple(said.of_dead(places)), {"dead": told}, part)


def _full_names(lineage: Lineage, way: Iterable[str]) -> list[str]:
    return [lineage.nodes[node].full_name for node in way]
