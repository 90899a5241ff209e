"""What a request's features come from, as nodes that both sides have a value for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from onedag.planner import Origin, Plan
from onedag.service import EVENT_TIMESTAMP

__all__ = ["REQUEST", "Dag", "DagNode"]

REQUEST = "the request"
"""A node for requests that are refused as a whole; no function can be called so."""


@dataclass(frozen=True, slots=True)
class DagNode:
    """A node below the boundary.

    Attributes:
        name: unique.
        origin: where its value comes from.
        inputs: the nodes that its value follows from: a function's inputs; for a stored feature the
            row's time and the join keys. None of a field, or of a fitted value, which is one for
            all rows.
        view: of a stored feature.
    """

    name: str
    origin: Origin
    inputs: tuple[str, ...] = ()
    view: str | None = None


class Dag:
    """The nodes of a service, each after its inputs.

    A function that returns a table isn't among them: its columns are, and take what it takes.

    Args:
        nodes: in order.
    """

    def __init__(self, nodes: Iterable[DagNode]) -> None:
        self.nodes: Mapping[str, DagNode] = {node.name: node for node in nodes}

    @classmethod
    def of(cls, plan: Plan) -> Dag:
        """The nodes of a planned service as requests see them."""
        origins = dict.fromkeys([EVENT_TIMESTAMP, *plan.serving.given], Origin.REQUEST)
        origins |= plan.serving.origins
        taken = _taken(plan, origins)
        views = {f.name: view for view in plan.serving.views for f in view.features}
        nodes = [DagNode(REQUEST, Origin.REQUEST)]
        for name, origin in origins.items():
            if (view := views.get(name)) is not None:
                keys = tuple(dict.fromkeys([*view.join_keys, EVENT_TIMESTAMP]))
                nodes.append(DagNode(name, origin, keys, view.name))
            elif name not in taken or _is_value(name, plan):
                nodes.append(DagNode(name, origin, taken.get(name, ())))
        return cls(nodes)

    def carried(self) -> list[str]:
        """The nodes that a request carries, its time among them."""
        carried = (node.name for node in self.nodes.values() if node.origin is Origin.REQUEST)
        return [name for name in carried if name != REQUEST]

    def upstream(self, name: str) -> list[str]:
        """A node and all that it comes from, each after its inputs."""
        found, left = {name}, [name]
        while left:
            inputs = self.nodes[left.pop()].inputs
            left += [one for one in inputs if one not in found]
            found.update(inputs)
        return [one for one in self.nodes if one in found]


def _taken(plan: Plan, origins: Mapping[str, Origin]) -> dict[str, tuple[str, ...]]:
    """What each function takes, the inputs of a table in its place."""
    taken: dict[str, tuple[str, ...]] = {}
    for step in plan.serving.steps:
        inputs = [
            one
            for name in step.inputs
            if name in origins
            for one in ((name,) if _is_value(name, plan) else taken[name])
        ]
        taken[step.name] = tuple(dict.fromkeys(inputs))
    return taken


def _is_value(name: str, plan: Plan) -> bool:
    return all(step.returns is not pd.DataFrame for step in plan.serving.steps if step.name == name)
