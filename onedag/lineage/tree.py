"""A lineage as a tree for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from onedag.lineage.model import Lineage, LineageNode, NodeKind
from onedag.lineage.personal import PII, begins
from onedag.lineage.walks import following, preceding, reached

__all__ = ["TreeLine", "described", "roots_of", "to_tree", "tree_lines"]


@dataclass(frozen=True, slots=True)
class TreeLine:
    """One line.

    Attributes:
        depth: how far it is indented, from 0.
        node: that it tells of.
        key: what a look-up alone is to the line above: ``key``, or ``looked up by it`` downstream.
        again: whether what follows it stands further up already.
    """

    depth: int
    node: LineageNode
    key: str
    again: bool

    @property
    def words(self) -> str:
        """What is said behind the kind."""
        said = [described(self.node), self.key]
        if begins(self.node):
            said.append(PII)
        elif self.node.personal:
            said.append(f"carries {PII}")
        return ", ".join(word for word in said if word)

    def __str__(self) -> str:
        words = f"  {self.words}" if self.words else ""
        again = " …" if self.again else ""
        return f"{'  ' * self.depth}{self.node.label}  [{self.node.kind}]{words}{again}"


def to_tree(lineage: Lineage, roots: Iterable[str], *, downstream: bool = False) -> str:
    """What each root comes from, indented; a node met again is named and not repeated.

    Args:
        lineage: that the roots are in.
        roots: their names.
        downstream: what they go into instead.

    Raises:
        UnknownName: no node of that name.
    """
    return "\n".join(map(str, tree_lines(lineage, roots, downstream=downstream)))


def tree_lines(
    lineage: Lineage, roots: Iterable[str], *, downstream: bool = False
) -> Iterator[TreeLine]:
    """The lines of `to_tree`. A loop, not a recursion: a lineage may be deeper than the stack.

    Raises:
        UnknownName: no node of that name.
    """
    neighbours = following(lineage.edges) if downstream else preceding(lineage.edges)
    word = "looked up by it" if downstream else "key"
    shown: set[str] = set()
    left = [(name, 0, "") for name in lineage.all_named(roots)][::-1]
    while left:
        name, depth, key = left.pop()
        children = neighbours.get(name, ())
        again = name in shown and bool(children)
        yield TreeLine(depth, lineage.nodes[name], key, again)
        if name not in shown:
            shown.add(name)
            for child in reversed(children):
                edge = (name, child) if downstream else (child, name)
                left.append((child, depth + 1, word if edge in lineage.keys else ""))


def roots_of(lineage: Lineage, *, downstream: bool = False) -> tuple[str, ...]:
    """The ids of nodes that a tree of the whole begins at: of those that nothing uses.

    Args:
        lineage: to show.
        downstream: those that use nothing instead.
    """
    above = preceding(lineage.edges) if downstream else following(lineage.edges)
    below = following(lineage.edges) if downstream else preceding(lineage.edges)
    roots = [name for name in lineage.nodes if name not in above]
    left = lineage.nodes.keys() - reached(below, roots)
    for name in lineage.nodes if left else ():  # on a cycle, which a collapsed lineage may have
        if name in left:
            roots.append(name)
            left -= reached(below, [name])
    return tuple(roots)


def described(node: LineageNode) -> str:
    """Where a column or a stored feature comes from: ``7d of landings by carrier``."""
    if node.kind is NodeKind.COLUMN and node.size == 1:
        return f"of {node.source}"
    if node.kind is not NodeKind.STORED or not node.source:
        return ""
    what = "newest" if node.modifier == "latest" else node.window or "all"
    said = f"{what} of {node.source}" if node.modifier and node.size == 1 else f"of {node.source}"
    of_some = node.join_keys or node.size > 1  # merged nodes may be of several entities
    said += f" by {node.entity}" if node.entity else "" if of_some else ", one for all"
    said += f", refreshed every {node.refresh}" if node.refresh else ""
    return said + (f", at most {node.max_age} old" if node.max_age else "")
