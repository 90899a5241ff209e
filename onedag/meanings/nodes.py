"""What each function of a project means: its own code, and the meanings of all it is made of.

As in a Merkle tree, a node's text covers those of its inputs, so one text says whether anything
upstream has changed, and the texts along the way say what.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from onedag.fingerprints import Fingerprint, Fingerprints
from onedag.graph import FunctionGraph, FunctionNode
from onedag.meanings.code import code_of, versions
from onedag.numpy_series import Refused

__all__ = ["NodeMeaning", "node_meanings", "written_code"]


@dataclass(frozen=True, slots=True)
class NodeMeaning:
    """The fingerprints of one node.

    Attributes:
        own: of its code with the helpers and constants that it reaches, its decorator's arguments
            and its source's definition; 64 hexadecimal digits.
        text: of ``own``, of the meanings of its inputs, and of the versions of the packages that
            compute.
        certain: whether all was reached. Where it is False, the same text may stand for two
            meanings: the function reads a file, say.
        written: as ``own``, without the versions of what it reaches (`Fingerprint.written`).
    """

    own: str
    text: str
    certain: bool
    written: str = ""


def node_meanings(
    graph: FunctionGraph, fingerprints: Fingerprints | None = None
) -> dict[str, NodeMeaning]:
    """The meaning of each function of a project, by name.

    An input that is no function counts by its name: whether it is a column or a field is told with
    the source and the service.

    Args:
        graph: the functions.
        fingerprints: what has been told already.
    """
    taking = fingerprints or Fingerprints()
    computing = versions()
    found: dict[str, NodeMeaning] = {}
    inputs = {name: [i for i in node.inputs if i in graph] for name, node in graph.items()}
    for name in TopologicalSorter(inputs).static_order():
        node = graph[name]
        own = _own(node, taking)
        upstream = [(i, found[i].text if i in found else "") for i in node.inputs]
        text = hashlib.sha256(repr((own.text, computing, upstream)).encode()).hexdigest()
        certain = own.certain and all(found[i].certain for i in inputs[name])
        found[name] = NodeMeaning(own.text, text, certain, own.written)
    return {name: found[name] for name in graph}


def written_code(graph: FunctionGraph, names: Iterable[str], root: Path) -> dict[str, str]:
    """What functions are written as (`NodeMeaning.written`), by name; other names are left out.

    Args:
        graph: the functions.
        names: of some.
        root: the project's folder.
    """
    taking = Fingerprints(root)
    return {name: _own(graph[name], taking).written for name in names if name in graph}


def _own(node: FunctionNode, taking: Fingerprints) -> Fingerprint:
    try:
        return taking.of(*_parts(node))
    except Refused:  # it has kept a column of a request, which isn't there in another process
        return Fingerprint("", certain=False)


def _parts(node: FunctionNode) -> Iterator[Any]:
    yield node.definition
    yield from code_of(node)
