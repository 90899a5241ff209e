"""Lineage: what every feature comes from, back to the columns of sources."""

from onedag.lineage.build import service_lineage, view_lineage
from onedag.lineage.model import Lineage, LineageNode, NodeKind
from onedag.lineage.pii import PII, PiiFlow, personal_names, pii_flows
from onedag.lineage.text import to_dot, to_mermaid, to_tree

__all__ = [
    "PII",
    "Lineage",
    "LineageNode",
    "NodeKind",
    "PiiFlow",
    "personal_names",
    "pii_flows",
    "service_lineage",
    "to_dot",
    "to_mermaid",
    "to_tree",
    "view_lineage",
]
