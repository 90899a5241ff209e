"""A lineage as JSON, for programs and for keeping."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from typing import Any

import pydantic

from onedag.errors import ConfigurationError
from onedag.lineage.boundary import known_before
from onedag.lineage.model import Lineage, LineageNode, NodeKind

__all__ = ["FORMAT", "from_json", "to_json"]

FORMAT = 1
"""Raised where a reader of the one before would misread; attributes may be added without."""


def to_json(lineage: Lineage) -> dict[str, Any]:
    """The lineage as a JSON object.

    | key          | value                                                                        |
    |--------------|------------------------------------------------------------------------------|
    | ``format``   | `FORMAT`                                                                     |
    | ``services`` | names                                                                        |
    | ``boundary`` | ids: ``stored`` lies on it, ``before`` above it, ``after`` below             |
    | ``nodes``    | attributes of `LineageNode`, without those that are empty                    |
    | ``edges``    | ``from`` and ``to`` as ids, ``key`` for a look-up alone                      |
    """
    boundary: dict[str, list[str]] = {"before": [], "stored": [], "after": []}
    for node in lineage.nodes.values():
        after = "before" if known_before(node.kind) else "after"
        boundary["stored" if node.kind is NodeKind.STORED else after].append(node.id)
    return {
        "format": FORMAT,
        "services": list(lineage.services),
        "boundary": boundary,
        "nodes": [_node(node) for node in lineage.nodes.values()],
        "edges": [
            {"from": start, "to": end, "key": (start, end) in lineage.keys}
            for start, end in lineage.edges
        ],
    }


def from_json(content: Mapping[str, Any]) -> Lineage:
    """The lineage of `to_json`.

    Attributes that are not known here are left out: a newer onedag may write more.

    Raises:
        ConfigurationError: another format, or no lineage at all.
    """
    if content.get("format") != FORMAT:
        raise ConfigurationError(
            f"A lineage of format {content.get('format')!r} can't be read here, only of {FORMAT}. "
            f"Write it again with this version's `onedag lineage --format json`."
        )
    try:
        read = _adapter().validate_python({"nodes": content["nodes"], "edges": content["edges"]})
    except (KeyError, pydantic.ValidationError) as error:
        raise ConfigurationError(f"This isn't the JSON of a lineage: {error}") from error
    nodes = {node.id: node for node in read.nodes}
    edges = {(edge.start, edge.end): edge.key for edge in read.edges}
    if lost := {end for edge in edges for end in edge} - nodes.keys():
        raise ConfigurationError(
            f"This isn't the JSON of a lineage: its edges have {min(lost)!r}, its nodes don't."
        )
    return Lineage(nodes, tuple(edges), frozenset(edge for edge, key in edges.items() if key))


class _Edge(pydantic.BaseModel):
    start: str = pydantic.Field(alias="from")
    end: str = pydantic.Field(alias="to")
    key: bool = False


class _Document(pydantic.BaseModel):
    nodes: list[LineageNode]
    edges: list[_Edge]


@cache  # pydantic builds it from the annotations, which takes a while
def _adapter() -> pydantic.TypeAdapter[_Document]:
    return pydantic.TypeAdapter(_Document)


def _node(node: LineageNode) -> dict[str, Any]:
    required = {"id", "label", "kind"}
    return {
        field.name: value
        for field in fields(node)
        if (value := getattr(node, field.name)) != field.default or field.name in required
    }
