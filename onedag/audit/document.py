"""An audit for programs: JSON whose form has a number."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from onedag.audit.model import Audit
from onedag.catalog import to_json
from onedag.lineage import Lineage

__all__ = ["FORMAT", "to_document"]

FORMAT = 1
"""It grows when a name that was there goes or means something else; names may be added."""


def to_document(audit: Audit) -> dict[str, Any]:
    """All of a report as values that JSON has; what isn't known is null or empty."""
    parts = (field.name for field in fields(audit) if field.name != "lineage")
    told = {name: to_json(getattr(audit, name)) for name in parts}
    return {"format": FORMAT, **told, "lineage": _graph(audit.lineage)}


def _graph(lineage: Lineage) -> dict[str, Any]:
    return {
        "nodes": [to_json(node) for node in lineage.nodes.values()],
        "edges": [
            {"from": start, "to": end, "value": (start, end) not in lineage.keys}
            for start, end in lineage.edges
        ],
    }
